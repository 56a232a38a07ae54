/* SPDX-License-Identifier: Apache-2.0 */
#include "store/owners.h"

bool owner_filter_has(const struct owner_filter *filter, int64_t team)
{
    if (!filter->is_set)
        return true;
    for (size_t i = 0; i < filter->count; i++) {
        if (filter->teams[i] == team)
            return true;
    }
    return team == 0 && filter->has_unowned;
}

struct owner_filter owner_filter_both(
    struct arena *arena, const struct owner_filter *left, const struct owner_filter *right)
{
    if (!left->is_set || !right->is_set)
        return left->is_set ? *left : *right;
    int64_t *teams = ARENA_ARRAY(arena, int64_t, left->count);
    struct owner_filter both = {.is_set = true, .has_unowned = left->has_unowned && right->has_unowned, .teams = teams};
    for (size_t i = 0; i < left->count; i++) {
        if (owner_filter_has(right, left->teams[i]))
            teams[both.count++] = left->teams[i];
    }
    return both;
}

struct view owner_filter_team_sql(struct arena *arena, const struct owner_filter *filter, const char *column)
{
    if (!filter->is_set)
        return view_text("");
    struct view keys = view_text("0");
    for (size_t i = 0; i < filter->count; i++)
        keys = arena_format(arena, "%.*s, %lld", VIEW_PRINT(keys), (long long)filter->teams[i]);
    return filter->has_unowned
               ? arena_format(arena, " AND (%s IN (%.*s) OR %s IS NULL)", column, VIEW_PRINT(keys), column)
               : arena_format(arena, " AND %s IN (%.*s)", column, VIEW_PRINT(keys));
}

struct view owner_filter_sql(struct arena *arena, const struct owner_filter *filter, const char *column)
{
    struct view teams = owner_filter_team_sql(arena, filter, "team_id");
    return teams.size == 0 ? teams
                           : arena_format(arena, " AND %s IN (SELECT id FROM repositories WHERE 1 = 1%.*s)", column,
                                 VIEW_PRINT(teams));
}
