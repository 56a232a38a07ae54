/* SPDX-License-Identifier: Apache-2.0 */
/* Who changed what. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/audit.h"

static void write_event(struct json_writer *writer, const struct audit_event *event)
{
    jsonapi_begin_resource(writer, "audit_event", view_text(event->uuid.text));
    json_pair_time(writer, "created_at", event->at_ms);
    json_pair(writer, "actor", event->actor);
    json_pair(writer, "action", event->action);
    json_pair(writer, "subject_type", event->subject_type);
    json_pair(writer, "subject_id", event->subject_id);
    json_pair(writer, "subject_name", event->subject_name);
    json_pair(writer, "detail", event->detail);
    jsonapi_end_resource(writer);
}

bool route_audit_event_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct json_writer writer;
    struct audit_event *items;
    struct page_edges edges = {0};
    size_t count;
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_audit_events(request->api->store, request->arena, request->session.account.organization, &page,
            &items, &count, &edges.has_more, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++)
        write_event(&writer, &items[i]);
    json_end_array(&writer);
    if (count > 0) {
        edges.first = items[0].cursor;
        edges.last = items[count - 1].cursor;
    }
    return jsonapi_end_page(request, response, &writer, &page, &edges);
}
