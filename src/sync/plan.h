/* SPDX-License-Identifier: Apache-2.0 */
/* From selections to what a sync run does: import, refresh, delete, leave alone, each with its reason. Pure, one repository
   at a time in order of name; what spans repositories (the cap on imports, the guard against mass pruning) is carried along in
   `struct plan_totals`. A dry run is the same plan, not executed. */
#ifndef SYNC_PLAN_H
#define SYNC_PLAN_H

#include "sync/import_policy.h"

/* Deletions are held if they are more than a fifth of the integration's projects, and at least this many. */
#define PLAN_HELD_DELETIONS_MIN 10

enum plan_action {
#define PLAN_ACTION(constant, name, text) PLAN_##constant,
#include "sync/plan_actions.def"
#undef PLAN_ACTION
    PLAN_ACTION_COUNT
};
const char *plan_action_name(enum plan_action action); /* "import" */
const char *plan_action_text(enum plan_action action); /* for people */

/* A project of the repository, as the store has it. */
struct plan_project {
    struct view tag;
    struct view digest; /* of its newest snapshot */
    bool is_by_sync; /* this integration's sync made it; only such are ever pruned */
    bool is_inactive; /* a moved tag is not followed */
};

/* One thing to do or to leave. */
struct plan_step {
    enum plan_action action;
    struct view tag;
    const struct observed_tag *observed; /* NULL if the tag is not in the registry any more */
    const struct plan_project *project; /* NULL if there is none */
    const struct selection *selection; /* NULL if the tag is not in the registry any more */
};

struct plan_totals {
    size_t imports_max;
    size_t imports;
    size_t later; /* beyond the cap: the backlog */
    size_t deletions;
    size_t processed; /* observed tags */
    size_t selected;
    size_t rejected[SELECTION_REASON_COUNT]; /* not selected, by reason */
};

/* One line for people: "0 of 1367 selected; 1367 baseline", and what else to try if that is because of missing push times. */
struct view plan_summary(struct arena *arena, const struct plan_totals *totals);

struct plan_input {
    const struct observed_repository *repository; /* no tags if it is gone */
    const struct selection *selections; /* one for each tag */
    struct plan_project *projects;
    size_t project_count;
    const struct view *tombstones; /* tags whose project a user deleted */
    size_t tombstone_count;
    bool deletes_images;
    bool is_listing_complete; /* of the whole registry; without it nothing is deleted or marked as gone */
};

/* The steps for one repository: first its observed tags, newest first (unknown times last, then by name), then projects whose
   tag is gone, by name. They live in the arena and borrow from the input. */
void plan_repository(const struct plan_input *input, struct arena *arena, struct plan_totals *totals,
    struct plan_step **steps, size_t *count);

enum plan_hold { HOLD_NONE, HOLD_MANY_DELETIONS, HOLD_SHRUNKEN_LISTING, HOLD_COUNT };
const char *plan_hold_text(enum plan_hold hold);

/* What is known of earlier runs when deletions are weighed. */
struct plan_history {
    size_t project_count; /* of the integration, before the run */
    size_t listed_before; /* tags of the last complete listing; 0 = there was none */
    size_t listed_now;
    bool is_approved; /* a person approved these deletions */
    bool is_after_policy_change; /* no run of this policy has finished yet */
    bool was_held; /* the run before held its deletions */
    bool is_same_listing; /* the listing equals that of the held run */
    bool is_interval_over; /* a full schedule interval lies between the two */
};

/* Whether the deletions of the run must wait, and why. */
enum plan_hold plan_hold_deletions(const struct plan_totals *totals, const struct plan_history *history);

#endif
