/* SPDX-License-Identifier: Apache-2.0 */
/* What became known, or changed, about stored images. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "api/team_limit.h"
#include "store/events.h"

static void write_texts(struct json_writer *writer, const char *name, const struct view *items, size_t count)
{
    json_key(writer, name);
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++)
        json_write(writer, items[i]);
    json_end_array(writer);
}

static void write_event(struct json_writer *writer, const struct event_row *event)
{
    jsonapi_begin_resource(writer, "event", view_text(event->uuid.text));
    json_pair_time(writer, "created_at", event->at_ms);
    json_pair_integer(writer, "generation", event->generation);
    json_pair_text(writer, "cause", event_cause_name(event->cause));
    json_pair_text(writer, "change", event_change_name(event->change));
    write_texts(writer, "vulnerabilities", event->vulnerabilities, event->vulnerability_count);
    json_pair_or_null(writer, "package", event->package);
    json_pair_or_null(writer, "before", event->before);
    json_pair_or_null(writer, "after", event->after);
    json_pair_integer(writer, "added_count", event->added);
    json_pair_integer(writer, "removed_count", event->removed);
    json_pair_integer(writer, "image_count", event->image_count);
    write_texts(writer, "images", event->references, event->reference_count);
    jsonapi_end_resource(writer);
}

static bool read_changes(const struct request *request, struct response *response, unsigned *changes)
{
    *changes = 0;
    for (struct view rest = request_parameter(request, "event"); rest.size > 0;) {
        enum event_change change;
        struct view word = view_trim(view_cut(&rest, ','));
        if (!event_change_parse(word, &change))
            return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "event",
                "\"%.*s\" is no change that events tell", VIEW_PRINT(word));
        *changes |= 1u << change;
    }
    return true;
}

static bool write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    const struct event_row *row = PAGE_ROW(struct event_row, rows, i);
    (void)request;
    (void)err;
    write_event(writer, row);
    return true;
}

bool route_event_list(struct request *request, struct response *response)
{
    struct error err;
    struct event_row *items;
    struct page_rows rows = {PAGE_OF(struct event_row, write_row)};
    struct event_query query = {.vulnerability = request_parameter(request, "vulnerability")};
    if (!page_read(request, response, &query.page) || !read_changes(request, response, &query.changes) ||
        !parameter_owner(request, response, &query.owners))
        return false;
    if (!store_list_events(request->api->store, request->arena, request->session.account.organization, &query, &items,
            &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &query.page, &rows);
}
