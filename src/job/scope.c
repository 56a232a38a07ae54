/* SPDX-License-Identifier: Apache-2.0 */
#include "job/scope.h"

#include "base/path.h"

#define DAY_MS INT64_C(86400000)

static bool compile_list(struct view list, struct regex **patterns, size_t *count, struct error *err)
{
    while (list.size > 0 && *count < INTEGRATION_LIST_ITEMS_MAX) {
        if (!regex_compile(view_cut(&list, '\n'), &patterns[*count], err))
            return false;
        (*count)++;
    }
    return true;
}

bool scope_open(const struct integration *integration, const struct view *others, size_t other_count, int64_t now_ms,
    struct scope *scope, struct error *err)
{
    const struct integration_settings *settings = &integration->settings;
    scope->path = integration->address.path;
    scope->others = others;
    scope->other_count = other_count;
    scope->oldest_ms = settings->age_days_max > 0 ? now_ms - settings->age_days_max * DAY_MS : 0;
    scope->tags_max = settings->tags_max;
    scope->repositories_max = settings->repositories_max;
    return compile_list(settings->include, scope->include, &scope->include_count, err) &&
           compile_list(settings->exclude, scope->exclude, &scope->exclude_count, err);
}

void scope_done(struct scope *scope)
{
    while (scope->include_count > 0)
        regex_free(scope->include[--scope->include_count]);
    while (scope->exclude_count > 0)
        regex_free(scope->exclude[--scope->exclude_count]);
}

static bool is_below(struct view repository, struct view path)
{
    return path.size == 0 || view_equal(repository, path) || path_is_below(repository, path);
}

static bool matches_one(struct regex *const *patterns, size_t count, struct view text)
{
    for (size_t i = 0; i < count; i++) {
        if (regex_search(patterns[i], text))
            return true;
    }
    return false;
}

bool scope_has_repository(const struct scope *scope, struct view repository)
{
    if (!is_below(repository, scope->path))
        return false;
    for (size_t i = 0; i < scope->other_count; i++) {
        if (scope->others[i].size > scope->path.size && is_below(repository, scope->others[i]))
            return false;
    }
    return (scope->include_count == 0 || matches_one(scope->include, scope->include_count, repository)) &&
           !matches_one(scope->exclude, scope->exclude_count, repository);
}

bool scope_has_age(const struct scope *scope, int64_t pushed_ms)
{
    return pushed_ms == 0 || pushed_ms >= scope->oldest_ms;
}
