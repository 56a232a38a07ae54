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

static bool write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    const struct audit_event *row = PAGE_ROW(struct audit_event, rows, i);
    (void)request;
    (void)err;
    write_event(writer, row);
    return true;
}

bool route_audit_event_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct audit_event *items;
    struct page_rows rows = {PAGE_OF(struct audit_event, write_row)};
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_audit_events(request->api->store, request->arena, request->session.account.organization, &page,
            &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &page, &rows);
}
