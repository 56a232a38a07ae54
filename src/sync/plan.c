/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/plan.h"

#include "base/map.h"

#include <stdlib.h>

static const struct {
    const char *name;
    const char *text;
} actions[PLAN_ACTION_COUNT] = {
#define PLAN_ACTION(constant, name, text) {name, text},
#include "sync/plan_actions.def"
#undef PLAN_ACTION
};

const char *plan_action_name(enum plan_action action)
{
    return actions[action].name;
}

const char *plan_action_text(enum plan_action action)
{
    return actions[action].text;
}

const char *plan_hold_text(enum plan_hold hold)
{
    static const char *const texts[HOLD_COUNT] = {
        [HOLD_NONE] = "",
        [HOLD_MANY_DELETIONS] = "more than a fifth of the integration's projects would be deleted at once",
        [HOLD_SHRUNKEN_LISTING] = "the registry listed less than half of what it listed before",
    };
    return texts[hold];
}

static int64_t time_of(const struct observed_tag *tag)
{
    int64_t time_ms;
    enum selection_clock clock;
    return selection_clock_of(tag, &time_ms, &clock) ? time_ms : INT64_MIN;
}

/* What observed tags are ordered by, apart from the rest of a step: it is moved about much. */
struct order {
    int64_t time_ms;
    const struct observed_tag *tag;
};

static int compare_observed(const void *a, const void *b)
{
    const struct order *left = a;
    const struct order *right = b;
    if (left->time_ms != right->time_ms)
        return left->time_ms > right->time_ms ? -1 : 1;
    return view_compare(left->tag->name, right->tag->name);
}

static int compare_tags(const void *a, const void *b)
{
    return view_compare(((const struct plan_step *)a)->tag, ((const struct plan_step *)b)->tag);
}

static bool has_view(const struct view *items, size_t count, struct view wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (view_equal(items[i], wanted))
            return true;
    }
    return false;
}

static enum plan_action decide_unselected(const struct plan_input *input, const struct plan_step *step)
{
    if (step->project == NULL || !step->project->is_by_sync)
        return step->project == NULL ? PLAN_SKIP : PLAN_KEEP;
    if (!input->deletes_images)
        return PLAN_MARK_OUT_OF_POLICY;
    return input->is_listing_complete ? PLAN_DELETE : PLAN_KEEP;
}

static enum plan_action decide_observed(
    const struct plan_input *input, const struct plan_step *step, const struct plan_totals *totals)
{
    if (!step->selection->is_selected)
        return decide_unselected(input, step);
    if (step->project != NULL)
        return step->project->is_inactive || view_equal(step->project->digest, step->observed->digest) ? PLAN_KEEP
                                                                                                       : PLAN_REFRESH;
    if (has_view(input->tombstones, input->tombstone_count, step->tag))
        return PLAN_SKIP_DELETED;
    return totals->imports < totals->imports_max ? PLAN_IMPORT : PLAN_IMPORT_LATER;
}

static enum plan_action decide_gone(const struct plan_input *input, const struct plan_project *project)
{
    if (!input->is_listing_complete)
        return PLAN_KEEP;
    return input->deletes_images && project->is_by_sync ? PLAN_DELETE_GONE : PLAN_MARK_GONE;
}

static void count_step(const struct plan_step *step, struct plan_totals *totals)
{
    totals->processed += step->observed != NULL;
    totals->selected += step->selection != NULL && step->selection->is_selected;
    if (step->selection != NULL && !step->selection->is_selected)
        totals->rejected[step->selection->reason]++;
    totals->imports += step->action == PLAN_IMPORT;
    totals->later += step->action == PLAN_IMPORT_LATER;
    totals->deletions += step->action == PLAN_DELETE || step->action == PLAN_DELETE_GONE;
}

static size_t take_observed(
    const struct plan_input *input, struct arena *arena, const struct map *projects, struct plan_step *steps)
{
    const struct observed_tag *tags = input->repository->tags;
    size_t count = input->repository->tag_count;
    struct order *orders = ARENA_ARRAY(arena, struct order, count);
    for (size_t i = 0; i < count; i++)
        orders[i] = (struct order){time_of(&tags[i]), &tags[i]};
    if (count > 0)
        qsort(orders, count, sizeof(orders[0]), compare_observed);
    for (size_t i = 0; i < count; i++)
        steps[i] = (struct plan_step){
            .tag = orders[i].tag->name,
            .observed = orders[i].tag,
            .project = map_get(projects, orders[i].tag->name),
            .selection = &input->selections[orders[i].tag - tags],
        };
    return count;
}

static size_t take_gone(const struct plan_input *input, struct arena *arena, struct plan_step *steps)
{
    struct map present;
    size_t count = 0;
    if (input->project_count == 0)
        return 0;
    map_init(&present, arena);
    for (size_t i = 0; i < input->repository->tag_count; i++)
        map_set(&present, input->repository->tags[i].name, &present);
    for (size_t i = 0; i < input->project_count; i++) {
        const struct plan_project *project = &input->projects[i];
        if (map_get(&present, project->tag) == NULL)
            steps[count++] =
                (struct plan_step){.action = decide_gone(input, project), .tag = project->tag, .project = project};
    }
    if (count > 0)
        qsort(steps, count, sizeof(steps[0]), compare_tags);
    return count;
}

void plan_repository(const struct plan_input *input, struct arena *arena, struct plan_totals *totals,
    struct plan_step **steps, size_t *count)
{
    struct map projects;
    struct plan_step *made = ARENA_ARRAY(arena, struct plan_step, input->repository->tag_count + input->project_count);
    map_init(&projects, arena);
    for (size_t i = 0; i < input->project_count; i++)
        map_set(&projects, input->projects[i].tag, &input->projects[i]);
    size_t observed_count = take_observed(input, arena, &projects, made);
    for (size_t i = 0; i < observed_count; i++) {
        made[i].action = decide_observed(input, &made[i], totals);
        count_step(&made[i], totals);
    }
    size_t gone_count = take_gone(input, arena, made + observed_count);
    for (size_t i = observed_count; i < observed_count + gone_count; i++)
        count_step(&made[i], totals);
    *steps = made;
    *count = observed_count + gone_count;
}

struct view plan_summary(struct arena *arena, const struct plan_totals *totals)
{
    struct view text = arena_format(arena, "%zu of %zu selected", totals->selected, totals->processed);
    for (size_t i = 0; i < SELECTION_REASON_COUNT; i++) {
        if (totals->rejected[i] > 0)
            text = arena_format(arena, "%.*s; %zu %s", VIEW_PRINT(text), totals->rejected[i],
                selection_reason_code((enum selection_reason)i));
    }
    if (totals->later > 0)
        text = arena_format(arena, "%.*s; %zu wait for a later run", VIEW_PRINT(text), totals->later);
    if (totals->selected == 0 && totals->rejected[SELECTION_NO_PUSH_TIME] > 0)
        text = arena_format(arena,
            "%.*s: this registry gives no push time, so only what is pushed from now on has an age; \"Regex\", "
            "\"ImportAll\" and \"ImportAllNew\" need none",
            VIEW_PRINT(text));
    return text;
}

enum plan_hold plan_hold_deletions(const struct plan_totals *totals, const struct plan_history *history)
{
    bool is_many = totals->deletions >= PLAN_HELD_DELETIONS_MIN && totals->deletions > history->project_count / 5;
    bool is_shrunken = history->listed_now < history->listed_before - history->listed_before / 2;
    bool is_confirmed =
        history->was_held && history->is_same_listing && history->is_interval_over && !history->is_after_policy_change;
    if (totals->deletions == 0 || history->is_approved || is_confirmed)
        return HOLD_NONE;
    if (is_many)
        return HOLD_MANY_DELETIONS;
    return is_shrunken ? HOLD_SHRUNKEN_LISTING : HOLD_NONE;
}
