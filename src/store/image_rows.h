/* SPDX-License-Identifier: Apache-2.0 */
/* Reading rows of the image list, for the files of this folder. */
#ifndef STORE_IMAGE_ROWS_H
#define STORE_IMAGE_ROWS_H

#include "store/images.h"
#include "store/transaction.h"

/* What the rows of one answer share. */
struct row_reader {
    struct transaction *transaction;
    struct arena *arena;
    int64_t organization;
    struct gate gate;
    int64_t generation;
    struct feed_state *feeds;
    size_t feed_count;
    bool has_kev; /* a feed tells what is known to be exploited */
    bool has_exploits; /* that, or what has a public exploit */
};

/* A row and the keys behind it. */
struct found_row {
    struct image_row row;
    int64_t id;
    int64_t image; /* 0 = not scanned */
    int64_t sort_keys[IMAGE_ORDER_COUNT]; /* of the orders by a number */
    struct view search_text;
    struct view ecosystems; /* one a line */
    struct view distribution_id;
    struct view distribution_version;
    int64_t missing_platforms;
};

/* Reads the feeds; `gate` may be NULL. */
bool row_reader_begin(struct row_reader *reader, struct transaction *transaction, struct arena *arena,
    int64_t organization, const struct gate *gate, struct error *err) MUST_CHECK;

/* The columns of a row, and the tables that they come from: `page` is a query of snapshot_images ids. */
#define ROW_SELECT                                                                                                     \
    "SELECT s.id, s.uuid, projects.uuid, integrations.uuid, integrations.name, s.reference, repositories.name, "       \
    "projects.tag, snapshots.digest, s.manifest, coalesce(images.config_digest, ''), s.platform, s.state, "            \
    "s.is_image, s.artifact_type, s.error, coalesce(inventories.distribution, ''), "                                   \
    "coalesce(inventories.ecosystems, ''), coalesce(inventories.gap_count, 0), "                                       \
    "coalesce(inventories.hiding_gap_count, 0), snapshots.missing_platforms, "                                         \
    "s.layers_fetched, s.layers_shared, coalesce(images.created_ms, 0), s.created_ms, s.scanned_ms, "                  \
    "s.search_text, coalesce(s.image_id, 0), coalesce(inventories.distribution_id, ''), "                              \
    "coalesce(inventories.distribution_version, ''), coalesce(details.removed_count, 0), "                             \
    "coalesce(details.unattributed_count, 0), s.built_ms, coalesce(seen.pushed_ms, 0), "                               \
    "coalesce(seen.push_source, ''), coalesce(seen.first_observed_ms, 0), "                                            \
    "coalesce(CASE WHEN run.finished_ms > 0 THEN run.finished_ms ELSE run.started_ms END, 0), "                        \
    "projects.gone_ms > 0 OR projects.snapshot_id <> snapshots.id, projects.owner, "                                   \
    "s.verdict, s.accepted, s.accepted_unknown, s.accepted_negligible, s.accepted_low, s.accepted_medium, "            \
    "s.accepted_high, s.accepted_critical, coalesce(teams.name, '') FROM "
#define ROW_JOINS                                                                                                      \
    " JOIN snapshot_images AS s ON s.id = page.id JOIN integrations ON integrations.id = s.integration_id "            \
    "JOIN snapshots ON snapshots.id = s.snapshot_id JOIN projects ON projects.id = snapshots.project_id "              \
    "JOIN repositories ON repositories.id = snapshots.repository_id LEFT JOIN images ON images.id = s.image_id "       \
    "LEFT JOIN inventories ON inventories.image_id = s.image_id "                                                      \
    "LEFT JOIN inventory_details AS details ON details.image_id = s.image_id LEFT JOIN observed_tags AS seen "         \
    "ON seen.id = coalesce((SELECT id FROM observed_tags WHERE repository_id = snapshots.repository_id "               \
    "AND tag = projects.tag AND last_seen_run_id IS NULL AND digest = snapshots.digest), "                             \
    "(SELECT max(id) FROM observed_tags WHERE repository_id = snapshots.repository_id AND tag = projects.tag "         \
    "AND last_seen_run_id IS NOT NULL AND digest = snapshots.digest)) "                                                \
    "LEFT JOIN teams ON teams.id = repositories.team_id "                                                              \
    "LEFT JOIN sync_runs AS run ON run.id = coalesce(seen.last_seen_run_id, repositories.listed_run_id) "              \
    "AND seen.id IS NOT NULL "

bool row_read(
    const struct row_reader *reader, const struct rows *rows, struct found_row *found, struct error *err) MUST_CHECK;

/* The organization's row with this UUID. ERROR_NOT_FOUND. */
bool row_find(
    const struct row_reader *reader, const struct uuid *uuid, struct found_row *found, struct error *err) MUST_CHECK;

/* Adds what depends on the feeds and on the rest of the index. */
void row_derive_gaps(
    const struct row_reader *reader, struct view ecosystems, int64_t missing_platforms, struct gap_list *gaps);

/* Items of a text with one a line. */
void row_split_lines(struct arena *arena, struct view text, struct view **items, size_t *count);

#endif
