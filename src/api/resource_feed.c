/* SPDX-License-Identifier: Apache-2.0 */
/* The advisory feeds that results are matched against. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/notice.h"
#include "api/route.h"

static bool write_feed(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)err;
    const struct feed_state *feed = PAGE_ROW(struct feed_state, rows, i);
    jsonapi_begin_resource(writer, "feed", feed->name);
    json_pair(writer, "name", feed->name);
    json_pair(writer, "ecosystem", feed->ecosystem);
    json_pair_time(writer, "date", feed->date_ms);
    json_pair_time(writer, "checked_at", feed->checked_ms);
    json_pair_integer(writer, "records", (int64_t)feed->records);
    json_pair_integer(writer, "gap_count", (int64_t)feed->gap_count);
    json_pair_boolean(writer, "is_remote", feed->is_remote);
    json_pair_boolean(writer, "is_complete", feed->is_complete);
    json_pair_boolean(writer, "is_stale", feed_is_stale(feed, request->now_ms));
    json_pair_boolean(writer, "is_demo", feed->is_demo);
    json_pair_optional(writer, "alarm", feed->alarm);
    if (feed->alarm.size > 0)
        json_pair_time(writer, "alarm_at", feed->alarm_ms);
    jsonapi_end_resource(writer);
    return true;
}

bool route_feed_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct feed_state *feeds;
    struct page_rows rows = {SLICE_OF(struct feed_state, write_feed)};
    int64_t generation;
    if (!store_current_generation(request->api->store, request->arena, &generation, &feeds, &rows.count, &err))
        return respond_failure(request, response, &err);
    if (!page_read(request, response, &page))
        return false;
    rows.items = feeds;
    return respond_slice(request, response, &page, &rows);
}
