/* SPDX-License-Identifier: Apache-2.0 */
#include "api/notice.h"

#include "sandbox/sandbox.h"

#include <assert.h>

bool feed_is_stale(const struct feed_state *feed, int64_t now_ms)
{
    int64_t counted_from_ms = feed->is_remote ? feed->checked_ms : feed->date_ms;
    return now_ms - counted_from_ms > FEED_AGE_MS_MAX;
}

static void add_notice(struct notice_list *notices, const char *kind, struct view text)
{
    assert(notices->count < NOTICES_MAX);
    notices->items[notices->count++] = (struct notice){kind, text};
}

static void note_feeds(
    const struct request *request, const struct feed_state *feeds, size_t count, struct notice_list *notices)
{
    struct arena *arena = request->arena;
    struct view stale = view_text("");
    bool is_demo = false;
    for (size_t i = 0; i < count; i++) {
        is_demo = is_demo || feeds[i].is_demo;
        if (!feeds[i].is_demo && feed_is_stale(&feeds[i], request->now_ms))
            stale = arena_format(
                arena, "%.*s%s%.*s", VIEW_PRINT(stale), stale.size == 0 ? "" : ", ", VIEW_PRINT(feeds[i].name));
    }
    if (is_demo)
        add_notice(notices, "demo-data",
            view_text("DEMO DATA: findings come from a small built-in set of well-known vulnerabilities; "
                      "real counts are higher."));
    if (count == 0)
        add_notice(notices, "feed-missing",
            view_text("There is no advisory feed yet, so nothing can be matched. Run \"tidewaiter feed update\"."));
    if (stale.size > 0)
        add_notice(notices, "feed-stale",
            arena_format(arena, "Older than 7 days: %.*s. Run \"tidewaiter feed update\".", VIEW_PRINT(stale)));
}

bool notices_read(const struct request *request, struct notice_list *notices, struct error *err)
{
    int64_t generation;
    struct feed_state *feeds;
    size_t count;
    const struct sandbox *sandbox = request->api->sandbox;
    if (!store_current_generation(request->api->store, request->arena, &generation, &feeds, &count, err))
        return false;
    *notices = (struct notice_list){0};
    const char *missing = sandbox == NULL ? "" : sandbox_missing(sandbox);
    if (missing[0] != '\0')
        add_notice(notices, "sandbox",
            arena_format(request->arena, "The sandbox is weakened: this system lacks %s.", missing));
    note_feeds(request, feeds, count, notices);
    return true;
}
