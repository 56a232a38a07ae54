/* SPDX-License-Identifier: Apache-2.0 */
/* The advisory feeds that results are matched against. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/notice.h"
#include "api/route.h"

static void write_feed(const struct request *request, struct json_writer *writer, const struct feed_state *feed)
{
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
}

bool route_feed_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct page_slice slice;
    struct json_writer writer;
    struct feed_state *feeds;
    int64_t generation;
    size_t count;
    if (!store_current_generation(request->api->store, request->arena, &generation, &feeds, &count, &err))
        return respond_failure(request, response, &err);
    if (!page_read(request, response, &page) || !page_slice(request, response, &page, count, &slice))
        return false;
    jsonapi_begin(&writer, response);
    json_begin_array(&writer);
    for (size_t i = slice.start; i < slice.end; i++)
        write_feed(request, &writer, &feeds[i]);
    json_end_array(&writer);
    return jsonapi_end_page(request, response, &writer, &page, &slice.edges);
}
