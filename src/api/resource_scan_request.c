/* SPDX-License-Identifier: Apache-2.0 */
/* Scan Now: requests for single images, with their state, place in the queue and result. */
#include "api/api.h"
#include "api/body.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "api/team_limit.h"
#include "store/scan_requests.h"

static void write_request(
    struct json_writer *writer, const struct request *request, const struct scan_request *scan_request)
{
    struct reference reference = {scan_request->host, scan_request->repository, scan_request->tag, {.text = ""}};
    if (scan_request->tag.size == 0)
        reference.digest = scan_request->digest;
    jsonapi_begin_resource(writer, "scan_request", view_text(scan_request->uuid.text));
    json_pair(writer, "image", reference_format(request->arena, &reference));
    json_pair_or_null(writer, "digest", digest_view(&scan_request->digest));
    json_pair_text(writer, "status", scan_request_state_name(scan_request->state));
    json_pair_or_null(writer, "reason", scan_request->error);
    if (scan_request->position > 0)
        json_pair_integer(writer, "position", scan_request->position);
    else
        json_pair_null(writer, "position");
    json_pair_integer(writer, "retries", scan_request->retries);
    json_pair(writer, "requested_by", scan_request->who);
    json_pair_text(writer, "integration_id", scan_request->integration_uuid.text);
    json_pair(writer, "integration", scan_request->integration_name);
    json_pair_or_null(writer, "project_id", view_text(scan_request->project.text));
    json_pair_time(writer, "created_at", scan_request->created_ms);
    json_pair_time(writer, "pulling_at", scan_request->pulling_ms);
    json_pair_time(writer, "analyzing_at", scan_request->analyzing_ms);
    json_pair_time(writer, "matching_at", scan_request->matching_ms);
    json_pair_time(writer, "finished_at", scan_request->finished_ms);
    jsonapi_end_resource(writer);
}

static bool respond_request(
    const struct request *request, struct response *response, const struct uuid *uuid, int status)
{
    struct error err;
    struct json_writer writer;
    struct scan_request found;
    if (!store_find_scan_request(
            request->api->store, request->arena, request->session.account.organization, uuid, &found, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    write_request(&writer, request, &found);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = status;
    return true;
}

/* No connection is opened for what no integration covers: the name alone would tell a stranger's host that we exist. */
static bool find_integration(const struct request *request, struct response *response,
    const struct reference *reference, struct integration *integration)
{
    struct error err;
    bool found = false;
    if (!store_find_covering_integration(request->api->store, request->arena, request->session.account.organization,
            reference->host, reference->repository, integration, &found, &err))
        return respond_failure(request, response, &err);
    return found ||
           respond_error(response, API_ERROR_REGISTRY_NOT_INTEGRATED,
               "no integration covers \"%.*s/%.*s\": add its registry (POST /rest/orgs/{org_id}/integrations, or "
               "tidewaiter integration add NAME --url https://%.*s), or correct the name",
               VIEW_PRINT(reference->host), VIEW_PRINT(reference->repository), VIEW_PRINT(reference->host));
}

static bool read_reference(const struct request *request, struct response *response, struct reference *reference)
{
    static const struct body_shape shape = {.type = "scan_request", .attributes = "image"};
    AUTO_JSON *document = json_document_new();
    struct error err;
    struct json attributes;
    struct view text;
    if (!body_attributes(request, response, document, &shape, &attributes) ||
        !body_text(request, response, attributes, "image", REFERENCE_BYTES_MAX, &text))
        return false;
    return reference_parse(request->arena, text, reference, &err) ||
           body_complain(response, "/data/attributes/image", view_text(err.message));
}

bool route_scan_request_create(struct request *request, struct response *response)
{
    struct error err;
    struct reference reference;
    struct integration integration;
    struct uuid uuid;
    bool is_new;
    if (!read_reference(request, response, &reference) ||
        !team_limit_repositories(request, response, &reference.repository, 1) ||
        !find_integration(request, response, &reference, &integration))
        return false;
    const struct scan_request_new given = {
        .integration = &integration,
        .reference = &reference,
        .who = request->session.account.user_name,
        .requester = view_text(request->is_by_token ? "" : request->session.account.user_uuid.text),
    };
    if (!store_new_scan_request(
            request->api->store, request->session.account.organization, &given, &uuid, &is_new, &err))
        return err.code == ERROR_LIMIT ? respond_error(response, API_ERROR_NOT_READY, "%s", err.message)
                                       : respond_failure(request, response, &err);
    if (!respond_request(request, response, &uuid, is_new ? 201 : 200))
        return false;
    response_header(
        response, "Location", arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), uuid.text));
    response->wants_etag = false;
    return true;
}

static struct uuid asked_for(const struct request *request)
{
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, "scan_request_id"), &uuid); /* its form was checked with the path */
    return uuid;
}

bool route_scan_request_get(struct request *request, struct response *response)
{
    struct uuid uuid = asked_for(request);
    return respond_request(request, response, &uuid, 200);
}

bool route_scan_request_cancel(struct request *request, struct response *response)
{
    struct error err;
    struct uuid uuid = asked_for(request);
    if (!store_cancel_scan_request(request->api->store, request->session.account.organization, &uuid,
            request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    return respond_request(request, response, &uuid, 200);
}

bool route_scan_request_retry(struct request *request, struct response *response)
{
    struct error err;
    struct uuid uuid = asked_for(request);
    if (!store_retry_scan_request(request->api->store, request->session.account.organization, &uuid,
            request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    return respond_request(request, response, &uuid, 200);
}

/* "queued" is what waits or runs; without it, all. */
static bool read_queue(const struct request *request, struct response *response, bool *unfinished_only)
{
    struct view value = request_parameter(request, "queue");
    *unfinished_only = view_is(value, "true");
    return value.size == 0 || *unfinished_only || view_is(value, "false") ||
           respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "queue", "queue is true or false");
}

static bool write_request_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)err;
    write_request(writer, request, PAGE_ROW(struct scan_request, rows, i));
    return true;
}

bool route_scan_request_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_rows rows = {PAGE_OF(struct scan_request, write_request_row)};
    struct scan_request_query query;
    struct scan_request *items;
    if (!page_read(request, response, &query.page) || !read_queue(request, response, &query.unfinished_only) ||
        !parameter_owner(request, response, &query.owners))
        return false;
    if (!store_list_scan_requests(request->api->store, request->arena, request->session.account.organization, &query,
            &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &query.page, &rows);
}
