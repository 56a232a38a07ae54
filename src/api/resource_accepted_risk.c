/* SPDX-License-Identifier: Apache-2.0 */
/* Accepted risks: what somebody decided to live with, where, why and for how long. */
#include "api/accepted_risk_query.h"
#include "api/api.h"
#include "api/body.h"
#include "api/route.h"
#include "finding/risk_entity.h"

#define POINTER "/data/attributes"
#define CHANGEABLE "description expirationDate expires kind name reason until_fixed"

static void write_risk(struct arena *arena, struct json_writer *writer, const struct accepted_risk_row *row)
{
    jsonapi_begin_resource(writer, "accepted_risk", view_text(row->uuid.text));
    accepted_risk_write_members(&row->risk, writer);
    risk_entity_write(arena, &row->risk, writer);
    json_pair_text(writer, "status", row->is_expired ? "expired" : "active");
    json_pair(writer, "updated_by", row->updated_by);
    json_pair_time(writer, "updated_at", row->updated_ms);
    jsonapi_end_resource(writer);
}

static bool respond_risk(
    const struct request *request, struct response *response, const struct accepted_risk_row *row, int status)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    write_risk(request->arena, &writer, row);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = status;
    response->wants_etag = request->method == METHOD_GET;
    return true;
}

static bool read_status(const struct request *request, struct response *response, struct accepted_risk_query *query)
{
    struct view status = request_parameter(request, "status");
    query->active_only = view_is(status, "active");
    query->expired_only = view_is(status, "expired");
    return status.size == 0 || query->active_only || query->expired_only ||
           respond_parameter_error(
               response, API_ERROR_INVALID_PARAMETER, "status", "\"status\" is \"active\" or \"expired\"");
}

static bool read_kind(const struct request *request, struct response *response, struct view *kind)
{
    *kind = request_parameter(request, "kind");
    for (int i = 0; i < ACCEPT_KIND_COUNT; i++) {
        if (view_is(*kind, accept_kind_name((enum accept_kind)i)))
            return true;
    }
    return kind->size == 0 || respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "kind",
                                  "\"%.*s\" is none of not-vulnerable, temporary-ignore, wont-fix", VIEW_PRINT(*kind));
}

static bool write_risk_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)err;
    write_risk(request->arena, writer, PAGE_ROW(struct accepted_risk_row, rows, i));
    return true;
}

bool route_accepted_risk_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_rows rows = {PAGE_OF(struct accepted_risk_row, write_risk_row)};
    struct accepted_risk_query query;
    struct accepted_risk_row *items;
    if (!accepted_risk_query_read(request, response, &query) || !read_status(request, response, &query) ||
        !read_kind(request, response, &query.kind))
        return false;
    query.vulnerability = request_parameter(request, "vulnerability");
    if (!store_list_accepted_risks(request->api->store, request->arena, request->session.account.organization, &query,
            &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &query.page, &rows);
}

bool route_accepted_risk_get(struct request *request, struct response *response)
{
    struct accepted_risk_row row;
    return accepted_risk_of_path(request, response, "accepted_risk_id", &row) &&
           respond_risk(request, response, &row, 200);
}

bool route_accepted_risk_create(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "accepted_risk",
        .attributes = CHANGEABLE
        " context entityType entityValue image integration package path repository rule stages tag version "
        "vulnerability"};
    AUTO_JSON *document = json_document_new();
    struct document_problems problems;
    struct accepted_risk risk;
    struct accepted_risk_row *made;
    struct json attributes;
    struct error err;
    if (!body_attributes(request, response, document, &shape, &attributes))
        return false;
    if (!accepted_risk_parse(request->arena, attributes, POINTER, &risk, &problems))
        return body_respond_problems(request, response, &problems);
    if (!accepted_risk_check_owners(request, response, &risk))
        return false;
    if (!store_accept_risks(request->api->store, request->arena, request->session.account.organization, &risk, 1,
            request->session.account.user_name, &made, &err))
        return respond_failure(request, response, &err);
    response_header(
        response, "Location", arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), made->uuid.text));
    return respond_risk(request, response, made, 201);
}

bool route_accepted_risk_edit(struct request *request, struct response *response)
{
    static const struct body_shape shape = {
        .type = "accepted_risk", .attributes = CHANGEABLE, .id_name = "accepted_risk_id"};
    AUTO_JSON *document = json_document_new();
    struct document_problems problems;
    struct accepted_risk_row row, edited;
    struct accepted_risk risk;
    struct json attributes;
    struct error err;
    if (!accepted_risk_of_path(request, response, "accepted_risk_id", &row) ||
        !body_attributes(request, response, document, &shape, &attributes))
        return false;
    if (!accepted_risk_patch(request->arena, &row.risk, attributes, POINTER, &risk, &problems))
        return body_respond_problems(request, response, &problems);
    if (!store_edit_accepted_risk(request->api->store, request->arena, request->session.account.organization, &row.uuid,
            &risk, request->session.account.user_name, &edited, &err))
        return respond_failure(request, response, &err);
    return respond_risk(request, response, &edited, 200);
}

bool route_accepted_risk_delete(struct request *request, struct response *response)
{
    return accepted_risk_revoke(request, response, "accepted_risk_id");
}
