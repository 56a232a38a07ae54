/* SPDX-License-Identifier: Apache-2.0 */
/* Connected registries and their sync runs. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/integrations.h"

/* The published shape has these members and no others. */
static void write_integration(
    const struct request *request, struct json_writer *writer, const struct integration *integration)
{
    jsonapi_begin_resource(writer, "integration", view_text(integration->uuid.text));
    json_pair(writer, "profile_name", integration->name);
    json_pair(writer, "integration_type", integration->type);
    json_pair_time(writer, "created_at", integration->created_ms);
    json_pair_boolean(writer, "has_broker", false);
    json_end_object(writer);
    json_key(writer, "relationships");
    json_begin_object(writer);
    json_key(writer, "org");
    json_begin_object(writer);
    json_key(writer, "data");
    json_begin_object(writer);
    json_pair_text(writer, "type", "org");
    json_pair(writer, "id", request_path_value(request, "org_id"));
    json_end_object(writer);
    json_end_object(writer);
    json_end_object(writer);
    json_end_object(writer);
}

bool route_integration_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct json_writer writer;
    struct integration *items;
    struct page_edges edges = {0};
    size_t count;
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_integrations(request->api->store, request->arena, request->session.account.organization, &page,
            &items, &count, &edges.has_more, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++)
        write_integration(request, &writer, &items[i]);
    json_end_array(&writer);
    if (count > 0) {
        edges.first = items[0].cursor;
        edges.last = items[count - 1].cursor;
    }
    return jsonapi_end_page(request, response, &writer, &page, &edges);
}

static void write_sync_run(struct json_writer *writer, const struct sync_run *run)
{
    jsonapi_begin_resource(writer, "sync_run", view_text(run->uuid.text));
    json_pair(writer, "integration", run->integration_name);
    json_pair_text(writer, "integration_id", run->integration_uuid.text);
    json_pair(writer, "status", run->state);
    json_pair(writer, "started_by", run->who);
    json_pair_time(writer, "started_at", run->started_ms);
    json_pair_time(writer, "finished_at", run->finished_ms);
    json_pair_integer(writer, "repositories", run->counts.repositories);
    json_pair_integer(writer, "repositories_done", run->counts.repositories_done);
    json_pair_integer(writer, "tags", run->counts.tags);
    json_pair_integer(writer, "images_imported", run->counts.images_new);
    json_pair_integer(writer, "images_unchanged", run->counts.images_unchanged);
    json_pair_integer(writer, "artifacts", run->counts.artifacts);
    json_pair_integer(writer, "errors", run->counts.errors);
    json_pair_or_null(writer, "error", run->error);
    jsonapi_end_resource(writer);
}

bool route_sync_run_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct json_writer writer;
    struct sync_run *items;
    struct page_edges edges = {0};
    size_t count;
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_sync_runs(request->api->store, request->arena, request->session.account.organization, 0, &page,
            &items, &count, &edges.has_more, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++)
        write_sync_run(&writer, &items[i]);
    json_end_array(&writer);
    if (count > 0) {
        edges.first = items[0].cursor;
        edges.last = items[count - 1].cursor;
    }
    return jsonapi_end_page(request, response, &writer, &page, &edges);
}

bool route_sync_run_get(struct request *request, struct response *response)
{
    struct error err;
    struct sync_run run;
    struct json_writer writer;
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, "sync_run_id"), &uuid); /* its form was checked with the path */
    if (!store_find_sync_run(
            request->api->store, request->arena, request->session.account.organization, &uuid, &run, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    write_sync_run(&writer, &run);
    return jsonapi_end(request, response, &writer);
}
