/* SPDX-License-Identifier: Apache-2.0 */
/* Stored rows of the image list as the policies of a stage see them now, with accepted risks and VEX documents. For the files of
   this folder. */
#ifndef STORE_JUDGING_H
#define STORE_JUDGING_H

#include "finding/accepted_risk.h"
#include "policy/evaluate.h"
#include "store/evaluations_internal.h"
#include "store/image_rows.h"
#include "store/stored_image.h"
#include "store/vex_claims.h"

/* What a row has by accepted risks. */
struct accepted_counts {
    int64_t total;
    int64_t by_severity[SEVERITY_COUNT];
};

/* A row, and what is needed to judge it. */
struct judged_row {
    int64_t id;
    enum due_cause cause; /* filled by who asks for rows that are due */
    int64_t organization;
    int64_t snapshot;
    int64_t image; /* 0 = not scanned, or not an image */
    enum evaluation_outcome verdict; /* as stored */
    struct accepted_counts accepted; /* as stored */
    uint64_t bytes;
    struct view manifest;
    struct accepted_place place;
    int64_t missing_platforms;
    struct view ecosystems;
};

struct judged_rows {
    struct judged_row *items;
    size_t count;
    size_t capacity;
};

/* The columns that judged_row_read reads, from snapshot_images AS s with these joins; others may follow. */
#define JUDGED_SELECT                                                                                                  \
    "SELECT s.id, s.organization_id, s.snapshot_id, "                                                                  \
    "CASE WHEN s.state = 1 AND s.is_image = 1 THEN coalesce(s.image_id, 0) ELSE 0 END, s.verdict, s.accepted, "        \
    "s.accepted_unknown, s.accepted_negligible, s.accepted_low, s.accepted_medium, s.accepted_high, "                  \
    "s.accepted_critical, s.layer_bytes, s.manifest, integrations.name, integrations.host, repositories.name, "        \
    "projects.tag, snapshots.missing_platforms, coalesce(inventories.ecosystems, '')"
#define JUDGED_JOINS                                                                                                   \
    " JOIN integrations ON integrations.id = s.integration_id JOIN snapshots ON snapshots.id = s.snapshot_id "         \
    "JOIN projects ON projects.id = snapshots.project_id "                                                             \
    "JOIN repositories ON repositories.id = snapshots.repository_id "                                                  \
    "LEFT JOIN inventories ON inventories.image_id = s.image_id "
enum { JUDGED_COLUMN_COUNT = 20 };
void judged_row_read(const struct rows *rows, struct arena *arena, int64_t now_ms, struct judged_row *row);

/* What the rows of one organization share. */
struct judging {
    struct transaction *transaction; /* given by the caller, as the next three */
    struct arena *arena; /* of the organization's rows */
    struct arena *scratch; /* of one row; may be the same */
    int64_t organization;
    struct row_reader reader; /* the feeds */
    bool asks_use; /* some policy does: whether images are in use */
    struct accepted_risk *risks;
    size_t risk_count;
    struct vex_claims vex;
    struct image_reader images;
};

bool judging_begin(struct judging *judging, struct error *err) MUST_CHECK;

/* The policies of a stage, by name. */
struct judging_policies {
    enum stage stage;
    const struct vulnerability_policy **items;
    size_t count;
};

/* Of what is judged at the stage. `name` names the only policy to be asked, also one of another stage (ERROR_NOT_FOUND without
   it); empty: those of the stage. All that are asked must be chosen before the first image is judged. */
bool judging_choose_policies(struct judging *judging, enum stage stage, struct view name,
    struct judging_policies *policies, struct error *err) MUST_CHECK;

/* What the policies say of a row whose image is scanned; `scan` has what is accepted, and stays empty where nobody asks. Both
   live in `scratch`. */
bool judging_judge(struct judging *judging, const struct judging_policies *policies, const struct judged_row *row,
    struct scan_image *scan, struct verdict_result *result, struct error *err) MUST_CHECK;

#endif
