/* SPDX-License-Identifier: Apache-2.0 */
#include "job/plan_repository.h"

void planner_init(
    struct planner *planner, struct store *store, int64_t organization, int64_t integration, bool is_listing_complete)
{
    *planner = (struct planner){
        .store = store,
        .organization = organization,
        .integration = integration,
        .now_ms = store_now_ms(store),
        .is_listing_complete = is_listing_complete,
    };
    planner_restart(planner);
}

void planner_restart(struct planner *planner)
{
    planner->totals = (struct plan_totals){0};
}

void planner_plan(struct planner *planner, struct arena *arena, struct view name, struct planned *planned)
{
    struct observed_repository *observed = ARENA_NEW(arena, struct observed_repository);
    *observed = (struct observed_repository){name, planned->state.tags, planned->state.tag_count};
    struct selection_input input = {observed, planner->now_ms};
    planner->totals.imports_max = (size_t)planner->policy.imports_max;
    planned->selections = ARENA_ARRAY(arena, struct selection, planned->state.tag_count);
    selector_select(planner->policy.selector, &input, arena, planned->selections);
    struct plan_input plan = {
        .repository = observed,
        .selections = planned->selections,
        .projects = planned->state.projects,
        .project_count = planned->state.project_count,
        .tombstones = planned->state.tombstones,
        .tombstone_count = planned->state.tombstone_count,
        .deletes_images = planner->policy.delete_images,
        .is_listing_complete = planner->is_listing_complete,
    };
    plan_repository(&plan, arena, &planner->totals, &planned->steps, &planned->step_count);
}

bool planner_read(struct planner *planner, struct arena *arena, const struct repository_row *repository, bool is_gone,
    struct planned *planned, struct error *err)
{
    if (!store_read_repository(planner->store, arena, planner->organization, planner->integration, repository->id,
            &planner->baseline, &planned->state, err))
        return false;
    if (is_gone)
        planned->state.tag_count = 0;
    planner_plan(planner, arena, repository->name, planned);
    return true;
}
