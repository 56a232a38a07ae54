/* SPDX-License-Identifier: Apache-2.0 */
/* Exports of issues in the published shape: asked for, looked after, and their file fetched by an address that ends. They are of the
   whole organization, so who is limited to teams has none (team_routes.def). */
#include "api/api.h"
#include "api/body.h"
#include "api/jsonapi.h"
#include "api/list_parameters.h"
#include "api/route.h"
#include "base/memory.h"
#include "job/export_order.h"
#include "store/exports.h"

#include <stdlib.h>

#define RETRY_AFTER_S "5"

enum { DOCUMENT_BYTES_MAX = 2 << 20 };

static bool write_document(
    const struct request *request, const struct export_order *order, struct view *document, struct error *err)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    buffer_init(&text, DOCUMENT_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_pair_text(&writer, "organization", request->session.account.organization_uuid.text);
    json_key(&writer, "order");
    export_order_write(order, &writer);
    json_end_object(&writer);
    *document = arena_copy(request->arena, buffer_view(&text));
    return buffer_check(&text, "document of an export", err);
}

static bool read_order(struct request *request, struct response *response, struct export_order *order)
{
    AUTO_JSON *body = json_document_new();
    static const struct body_shape shape = {
        .type = "export", .attributes = "columns dataset filters formats url_expiration_seconds"};
    struct json attributes = {NULL, 0};
    struct document_problems problems = {.count = 0};
    struct document_reader reader = {
        .arena = request->arena, .problems = &problems, .pointer = view_text("/data/attributes")};
    bool is_unused = false;
    /* Deleted projects have no issues, and inactive ones are not scanned. */
    if (!parameter_switch(request, response, "include_deleted", &is_unused) ||
        !parameter_switch(request, response, "include_deactivated", &is_unused) ||
        !body_attributes(request, response, body, &shape, &attributes))
        return false;
    export_order_read(&reader, attributes, order);
    return problems.count == 0 || body_respond_problems(request, response, &problems);
}

static struct view place_of(const struct request *request, const char *between, const struct uuid *uuid)
{
    return arena_format(request->arena, "/rest/orgs/%s%s/export/%s", request->session.account.organization_uuid.text,
        between, uuid->text);
}

static void write_formats(struct json_writer *writer, const struct export_order *order)
{
    json_key(writer, "formats");
    json_begin_array(writer);
    json_write_text(writer, export_format_name(order->format));
    json_end_array(writer);
}

bool route_export_create(struct request *request, struct response *response)
{
    struct error err;
    struct export made;
    struct export_order order;
    struct json_writer writer;
    struct export_new given = {.who = request->session.account.user_name};
    if (!read_order(request, response, &order))
        return false;
    if (!write_document(request, &order, &given.document, &err))
        return respond_failure(request, response, &err);
    if (!store_new_export(
            request->api->store, request->arena, request->session.account.organization, &given, &made, &err)) {
        if (err.code != ERROR_LIMIT)
            return respond_failure(request, response, &err);
        response_header(response, "Retry-After", view_text(RETRY_AFTER_S));
        return respond_error(response, API_ERROR_RATE_LIMITED, "%s", err.message);
    }
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "export", view_text(made.uuid.text));
    json_pair_time(&writer, "created", made.created_ms);
    json_end_object(&writer);
    json_key(&writer, "links");
    json_begin_object(&writer);
    json_pair(&writer, "self", place_of(request, "", &made.uuid));
    json_end_object(&writer);
    json_end_object(&writer);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response_header(response, "Content-Location", place_of(request, "/jobs", &made.uuid));
    response_header(response, "Retry-After", view_text(RETRY_AFTER_S));
    response->wants_etag = false;
    response->status = 202;
    return true;
}

static bool find_export(const struct request *request, struct response *response, struct export *found)
{
    struct error err;
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, "export_id"), &uuid);
    return store_find_export(
               request->api->store, request->arena, request->session.account.organization, &uuid, found, &err) ||
           respond_failure(request, response, &err);
}

/* The order as it was stored. */
static bool read_stored(
    const struct request *request, const struct export *found, struct export_order *order, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct document_problems problems = {.count = 0};
    struct document_reader reader = {.arena = request->arena, .problems = &problems, .pointer = view_text("")};
    if (!json_parse(document, found->document, DOCUMENT_BYTES_MAX, "document of an export", &root, err))
        return false;
    export_order_read(&reader, json_member(root, "order"), order);
    return problems.count == 0 || document_refuse(&problems, "document of an export", err);
}

bool route_export_status(struct request *request, struct response *response)
{
    struct error err;
    struct export found;
    struct export_order order;
    struct json_writer writer;
    if (!find_export(request, response, &found))
        return false;
    if (!read_stored(request, &found, &order, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "export", view_text(found.uuid.text));
    json_pair_time(&writer, "created", found.created_ms);
    write_formats(&writer, &order);
    json_pair_text(&writer, "status", export_state_name(found.state));
    jsonapi_end_resource(&writer);
    response_header(
        response, "Content-Location", place_of(request, found.state == EXPORT_FINISHED ? "" : "/jobs", &found.uuid));
    return jsonapi_end(request, response, &writer);
}

/* "https" where a proxy with TLS stands in front. */
static const char *scheme_of(const struct request *request)
{
    struct view forwarded = request_header(request, "X-Forwarded-Proto");
    bool has_proxy = !request->api->hosts.is_loopback && !request->api->has_plain_cookies;
    return view_is(forwarded, "https") || (forwarded.size == 0 && has_proxy) ? "https" : "http";
}

static void write_result(
    const struct request *request, struct json_writer *writer, const struct export *found, int64_t url_s)
{
    char proof[EXPORT_PROOF_SIZE];
    int64_t until_ms = request->now_ms + url_s * 1000;
    json_begin_object(writer);
    if (found->state == EXPORT_ERRORED) {
        json_pair(writer, "error_message", found->error);
    } else {
        export_prove(found, until_ms, proof);
        json_pair(writer, "url",
            arena_format(request->arena, "%s://%.*s/exports/%s/%lld/%s", scheme_of(request),
                VIEW_PRINT(request_header(request, "Host")), found->uuid.text, (long long)until_ms, proof));
        json_pair_integer(writer, "file_size", found->bytes);
        json_pair_integer(writer, "row_count", found->rows);
    }
    json_end_object(writer);
}

static void write_range(struct json_writer *writer, const char *name, const struct export_range *range)
{
    if (range->from_ms == 0 && range->to_ms == 0)
        return;
    json_key(writer, name);
    json_begin_object(writer);
    if (range->from_ms != 0)
        json_pair_time(writer, "from", range->from_ms);
    if (range->to_ms != 0)
        json_pair_time(writer, "to", range->to_ms);
    json_end_object(writer);
}

bool route_export_get(struct request *request, struct response *response)
{
    struct error err;
    struct export found;
    struct export_order order;
    struct json_writer writer;
    if (!find_export(request, response, &found))
        return false;
    if (!read_stored(request, &found, &order, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "export", view_text(found.uuid.text));
    json_pair_time(&writer, "created", found.created_ms);
    if (found.finished_ms > 0)
        json_pair_time(&writer, "finished", found.finished_ms);
    write_formats(&writer, &order);
    write_range(&writer, "introduced_date_range", &order.introduced);
    write_range(&writer, "updated_date_range", &order.updated);
    json_key(&writer, "results");
    json_begin_array(&writer);
    if (found.state >= EXPORT_FINISHED)
        write_result(request, &writer, &found, order.url_s);
    json_end_array(&writer);
    json_pair_integer(&writer, "row_count", found.rows);
    /* What has begun is still pending here; the job tells more. */
    json_pair_text(&writer, "status", export_state_name(found.state == EXPORT_STARTED ? EXPORT_PENDING : found.state));
    jsonapi_end_resource(&writer);
    response_header(response, "Content-Location", place_of(request, "", &found.uuid));
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->wants_etag = false; /* each answer has an address of its own */
    return true;
}

/* The parts of a file one after the other. */
struct export_stream {
    struct body_stream base;
    struct store *store;
    struct arena *arena; /* of the part at hand */
    int64_t export;
    int64_t position;
};

static bool next_part(struct body_stream *base, struct view *piece)
{
    struct error err;
    struct export_stream *stream = (struct export_stream *)base;
    arena_reset(stream->arena);
    return store_read_export_part(stream->store, stream->arena, stream->export, stream->position++, piece, &err);
}

static void free_stream(struct body_stream *base)
{
    struct export_stream *stream = (struct export_stream *)base;
    arena_free(stream->arena);
    free(stream);
}

/* Whoever has the address may fetch: it is only given to who may read, and ends soon. */
bool route_export_file(struct request *request, struct response *response)
{
    struct error err;
    struct export found;
    struct export_order order;
    struct uuid uuid = {0};
    int64_t until_ms = 0;
    uuid_parse(request_path_value(request, "export_id"), &uuid);
    if (!view_to_integer(request_path_value(request, "until"), &until_ms))
        until_ms = 0;
    if (!store_find_proved_export(
            request->api->store, request->arena, &uuid, until_ms, request_path_value(request, "proof"), &found, &err) ||
        !read_stored(request, &found, &order, &err))
        return respond_failure(request, response, &err);
    struct export_stream *stream = memory_alloc(sizeof(*stream));
    *stream = (struct export_stream){
        .base = {next_part, free_stream}, .store = request->api->store, .arena = arena_new(), .export = found.id};
    response->stream = &stream->base;
    response->status = 200;
    response->content_type = export_format_media_type(order.format);
    response_header(response, "Content-Disposition",
        arena_format(request->arena, "attachment; filename=\"export-%s.%s\"", found.uuid.text,
            export_format_name(order.format)));
    return true;
}
