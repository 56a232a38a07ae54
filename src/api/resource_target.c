/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: repositories that something was imported from, in the published shape. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/list_parameters.h"
#include "api/route.h"
#include "api/team_limit.h"

static void write_target(const struct request *request, struct json_writer *writer, const struct target_row *target)
{
    jsonapi_begin_resource(writer, "target", view_text(target->uuid.text));
    json_pair(writer, "display_name", target->repository);
    json_pair_null(writer, "url");
    json_pair_boolean(writer, "is_private", true);
    json_pair_time(writer, "created_at", target->created_ms);
    json_end_object(writer);
    json_key(writer, "relationships");
    json_begin_object(writer);
    json_key(writer, "integration");
    json_begin_object(writer);
    json_key(writer, "data");
    json_begin_object(writer);
    json_pair_text(writer, "type", "integration");
    json_pair_text(writer, "id", target->integration_uuid.text);
    json_key(writer, "attributes");
    json_begin_object(writer);
    json_pair(writer, "integration_type", target->integration_type);
    json_end_object(writer);
    json_end_object(writer);
    json_end_object(writer);
    json_key(writer, "organization");
    json_begin_object(writer);
    json_key(writer, "data");
    json_begin_object(writer);
    json_pair_text(writer, "type", "organization");
    json_pair(writer, "id", request_path_value(request, "org_id"));
    json_end_object(writer);
    json_end_object(writer);
    team_write_relationship(writer, &target->team);
    json_end_object(writer);
    json_end_object(writer);
}

/* All our targets are private and have no URL: filters for others let nothing through. */
static bool read_query(const struct request *request, struct response *response, struct target_query *query,
    bool *is_nothing, bool *counts)
{
    bool excludes_empty = true, is_private = true;
    *counts = false;
    if (!page_read_any(request, response, &query->page) ||
        !parameter_switch(request, response, "exclude_empty", &excludes_empty) ||
        !parameter_switch(request, response, "is_private", &is_private) ||
        !parameter_switch(request, response, "count", counts) ||
        !parameter_list(request, response, "source_types", &query->types) ||
        !parameter_time(request, response, "created_gte", &query->created_from_ms) ||
        !parameter_owner(request, response, &query->owners))
        return false;
    query->has_empty = !excludes_empty;
    query->prefix = request_parameter(request, "display_name");
    *is_nothing = !is_private || request_parameter(request, "url").size > 0;
    return true;
}

static bool write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    (void)err;
    write_target(request, writer, PAGE_ROW(struct target_row, rows, i));
    return true;
}

bool route_target_list(struct request *request, struct response *response)
{
    struct error err;
    struct target_row *items = NULL;
    struct target_query query = {.has_empty = false};
    struct page_rows rows = {PAGE_OF(struct target_row, write_row)};
    size_t total = 0;
    bool is_nothing = false;
    if (!read_query(request, response, &query, &is_nothing, &rows.has_total))
        return false;
    if (!is_nothing && !store_list_targets(request->api->store, request->arena, request->session.account.organization,
                           &query, &items, &rows.count, &total, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    rows.total = (int64_t)total;
    return respond_page(request, response, &query.page, &rows);
}

static struct uuid target_of_path(const struct request *request)
{
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, "target_id"), &uuid); /* its form was checked with the path */
    return uuid;
}

bool route_target_get(struct request *request, struct response *response)
{
    struct error err;
    struct json_writer writer;
    struct target_row target;
    struct uuid uuid = target_of_path(request);
    if (!store_find_target(
            request->api->store, request->arena, request->session.account.organization, &uuid, &target, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    write_target(request, &writer, &target);
    return jsonapi_end(request, response, &writer);
}

bool route_target_delete(struct request *request, struct response *response)
{
    struct error err;
    struct uuid uuid = target_of_path(request);
    if (!store_delete_target(request->api->store, request->session.account.organization, &uuid,
            request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    response->content_type = NULL;
    return true;
}
