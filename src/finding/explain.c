/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/explain.h"

static bool has(const struct view *ids, size_t count, struct view id)
{
    for (size_t i = 0; i < count; i++) {
        if (view_equal_ignoring_case(ids[i], id))
            return true;
    }
    return false;
}

static bool names(struct arena *arena, const struct advisory *advisory, struct view vulnerability)
{
    struct view *ids;
    size_t count;
    advisory_vulnerabilities(arena, advisory, &ids, &count);
    return has(&advisory->id, 1, vulnerability) || has(ids, count, vulnerability) ||
           has(advisory->aliases, advisory->alias_count, vulnerability) ||
           has(advisory->upstream, advisory->upstream_count, vulnerability);
}

static struct view range_text(struct arena *arena, const struct range *range)
{
    static const char *const words[] = {
        [EVENT_INTRODUCED] = "from",
        [EVENT_FIXED] = "fixed",
        [EVENT_LAST_AFFECTED] = "up to and with",
        [EVENT_LIMIT] = "limit",
    };
    struct view text = view_text("");
    for (size_t i = 0; i < range->event_count && i < EXPLAIN_EVENTS_MAX; i++)
        text = arena_format(arena, "%.*s%s%s %.*s", VIEW_PRINT(text), i == 0 ? "" : ", ", words[range->events[i].kind],
            VIEW_PRINT(range->events[i].version));
    if (range->event_count > EXPLAIN_EVENTS_MAX)
        text =
            arena_format(arena, "%.*s and %zu more events", VIEW_PRINT(text), range->event_count - EXPLAIN_EVENTS_MAX);
    return text;
}

static struct view ranges_text(struct arena *arena, const struct affected *affected)
{
    struct view text = view_text("");
    size_t written = 0;
    for (size_t i = 0; i < affected->range_count && written < EXPLAIN_EVENTS_MAX; i++) {
        if (affected->ranges[i].type == RANGE_GIT)
            continue;
        text = arena_format(arena, "%.*s%s%.*s", VIEW_PRINT(text), written++ == 0 ? "" : "; ",
            VIEW_PRINT(range_text(arena, &affected->ranges[i])));
    }
    if (affected->version_count > 0)
        text = arena_format(arena, "%.*s%s%zu listed version%s", VIEW_PRINT(text), text.size == 0 ? "" : "; ",
            affected->version_count, affected->version_count == 1 ? "" : "s");
    return text;
}

bool match_explain(struct arena *arena, const struct lookup *lookup, const struct match_question *question,
    struct view vulnerability, struct match_candidate **candidates, size_t *count, struct error *err)
{
    struct match_list matches;
    struct {
        struct match_candidate *items;
        size_t count, capacity;
    } found = {NULL, 0, 0};
    struct match_question all = *question;
    all.keeps_all = true;
    if (!match_walk(arena, lookup, &all, &matches, err))
        return false;
    for (size_t i = 0; i < matches.count && found.count < EXPLAIN_CANDIDATES_MAX; i++) {
        const struct match *match = &matches.items[i];
        const struct advisory *advisory = &match->found->advisory;
        if (!names(arena, advisory, vulnerability))
            continue;
        *(struct match_candidate *)ARENA_PUSH(arena, &found) = (struct match_candidate){
            .feed = match->found->feed,
            .advisory = advisory->id,
            .ecosystem = match->affected->ecosystem,
            .name = match->query->name,
            .version = match->query->question.version,
            .ranges = ranges_text(arena, match->affected),
            .order = match->result.order,
            .rule = match->rule,
            .modified_ms = advisory->modified_ms,
        };
    }
    *candidates = found.items;
    *count = found.count;
    return true;
}
