/* SPDX-License-Identifier: Apache-2.0 */
/* An import policy and the store's rows of one repository become a plan. Shared by sync runs and dry runs, so that both see
   the same. */
#ifndef JOB_PLAN_REPOSITORY_H
#define JOB_PLAN_REPOSITORY_H

#include "store/import_policies.h"

struct planner {
    struct store *store;
    int64_t organization;
    int64_t integration;
    struct import_policy policy; /* filled and released by the owner */
    struct baseline_rule baseline;
    struct plan_totals totals;
    int64_t now_ms; /* the same for all repositories */
    bool is_listing_complete;
};

void planner_init(
    struct planner *planner, struct store *store, int64_t organization, int64_t integration, bool is_listing_complete);

/* Forgets the totals: a second pass counts anew. */
void planner_restart(struct planner *planner);

struct planned {
    struct repository_state state;
    struct selection *selections; /* one for each tag */
    struct plan_step *steps;
    size_t step_count;
};

/* `is_gone`: the repository is not in the registry any more. */
bool planner_read(struct planner *planner, struct arena *arena, const struct repository_row *repository, bool is_gone,
    struct planned *planned, struct error *err) MUST_CHECK;

/* The same for a repository whose state is at hand. */
void planner_plan(struct planner *planner, struct arena *arena, struct view name, struct planned *planned);

#endif
