/* SPDX-License-Identifier: Apache-2.0 */
/* The description of this API, generated from routes.def, operations.def, parameters.def, schemas.def and errors.def: a list
   of versions, and for each the operations that it has (OpenAPI 3.0.3). */
#include "api/api.h"
#include "api/router.h"
#include "base/json.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { VERSIONS_MAX = 256 };

struct version_list {
    struct view items[VERSIONS_MAX]; /* newest first, each once */
    size_t count;
};

static int compare_versions(const void *a, const void *b)
{
    return view_compare(*(const struct view *)b, *(const struct view *)a);
}

static void list_versions(struct version_list *list)
{
    *list = (struct version_list){0};
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        for (struct view rest = view_text(routes[i].versions); rest.size > 0;) {
            struct view version = view_cut(&rest, ' ');
            size_t known = 0;
            while (known < list->count && !view_equal(list->items[known], version))
                known++;
            assert(known < VERSIONS_MAX);
            if (known == list->count)
                list->items[list->count++] = version;
        }
    }
    qsort(list->items, list->count, sizeof(list->items[0]), compare_versions);
}

bool route_openapi_list(struct request *request, struct response *response)
{
    (void)request;
    struct version_list list;
    struct json_writer writer;
    list_versions(&list);
    json_writer_init(&writer, &response->body);
    json_begin_array(&writer);
    for (size_t i = 0; i < list.count; i++)
        json_write(&writer, list.items[i]);
    json_end_array(&writer);
    response->status = 200;
    response->content_type = "application/json";
    response->wants_etag = true;
    return true;
}

static void write_path_parameters(struct json_writer *writer, const char *pattern)
{
    for (struct view rest = view_text(pattern); rest.size > 0;) {
        struct view segment = view_cut(&rest, '/');
        if (segment.size == 0 || segment.data[0] != '{')
            continue;
        struct view kind = view_slice(segment, 1, segment.size - 2);
        struct view name = view_cut(&kind, ':');
        json_begin_object(writer);
        json_pair(writer, "name", name);
        json_pair_text(writer, "in", "path");
        json_pair_boolean(writer, "required", true);
        json_key(writer, "schema");
        json_begin_object(writer);
        json_pair_text(writer, "type", "string");
        if (kind.size == 0)
            json_pair_text(writer, "format", "uuid");
        if (view_is(kind, "digest"))
            json_pair_text(writer, "pattern", "^sha(256|512):[a-f0-9]+$");
        json_end_object(writer);
        json_end_object(writer);
    }
}

static void write_references(struct json_writer *writer, const struct route *route)
{
    json_begin_object(writer);
    json_pair_text(writer, "$ref", "#/components/parameters/version");
    json_end_object(writer);
    for (struct view rest = view_text(route->parameters); rest.size > 0;) {
        struct view name = view_cut(&rest, ' ');
        AUTO_BUFFER reference;
        buffer_init(&reference, 200);
        buffer_append_format(&reference, "#/components/parameters/%.*s", VIEW_PRINT(name));
        json_begin_object(writer);
        json_pair(writer, "$ref", buffer_view(&reference));
        json_end_object(writer);
    }
}

/* Separated by spaces. */
static struct view media_types_of(const char *schema)
{
    return view_text(strcmp(schema, "BillOfMaterials") == 0
                         ? "application/json application/vnd.api+json application/vnd.cyclonedx+json "
                           "application/vnd.cyclonedx+xml"
                         : "application/vnd.api+json");
}

static void write_content(struct json_writer *writer, const char *schema)
{
    AUTO_BUFFER reference;
    buffer_init(&reference, 200);
    buffer_append_format(&reference, "#/components/schemas/%s", schema);
    json_key(writer, "content");
    json_begin_object(writer);
    for (struct view rest = media_types_of(schema); rest.size > 0;) {
        struct view media_type = view_cut(&rest, ' ');
        json_key_view(writer, media_type);
        json_begin_object(writer);
        if (!view_ends_with(media_type, "+xml")) { /* XML has a schema of its own */
            json_key(writer, "schema");
            json_begin_object(writer);
            json_pair(writer, "$ref", buffer_view(&reference));
            json_end_object(writer);
        }
        json_end_object(writer);
    }
    json_end_object(writer);
}

/* With `schema` NULL there is no body. */
static void write_answer(struct json_writer *writer, const char *status, const char *description, const char *schema)
{
    json_key(writer, status);
    json_begin_object(writer);
    json_pair_text(writer, "description", description);
    if (schema != NULL)
        write_content(writer, schema);
    json_end_object(writer);
}

static const struct operation {
    int status; /* 0 = the route has no row */
    const char *answer;
    const char *type;
    const char *attributes;
} operations[ROUTE_COUNT] = {
#define OPERATION(route, status, answer, type, attributes) [ROUTE_##route] = {status, answer, type, attributes},
#include "api/operations.def"
#undef OPERATION
};

static struct operation operation_of(const struct route *route)
{
    struct operation operation = operations[route - routes];
    if (operation.status != 0)
        return operation;
    assert(route->method == METHOD_GET || route->method == METHOD_DELETE);
    if (route->method == METHOD_DELETE)
        return (struct operation){204, NULL, "", ""};
    bool is_list = router_list_has(route->parameters, view_text("limit"));
    return (struct operation){200, is_list ? "ListDocument" : "ResourceDocument", "", ""};
}

/* A document with one resource; its own id is only taken by PATCH. */
static void write_body(struct json_writer *writer, const struct route *route, const struct operation *operation)
{
    AUTO_BUFFER schema;
    buffer_init(&schema, 2000);
    buffer_append_format(&schema,
        "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{\"data\":{\"type\":\"object\",\"required\":[\"type\","
        "\"attributes\"],\"properties\":{%s\"type\":{\"type\":\"string\",\"enum\":[\"%s\"]},\"attributes\":{\"$ref\":"
        "\"#/components/schemas/%s\"}}}}}",
        route->method == METHOD_PATCH ? "\"id\":{\"type\":\"string\"}," : "", operation->type, operation->attributes);
    json_key(writer, "requestBody");
    json_begin_object(writer);
    json_pair_boolean(writer, "required", true);
    json_key(writer, "content");
    json_begin_object(writer);
    json_key(writer, "application/vnd.api+json");
    json_begin_object(writer);
    json_key(writer, "schema");
    json_write_raw(writer, buffer_view(&schema));
    json_end_object(writer);
    json_end_object(writer);
    json_end_object(writer);
}

static void write_answers(struct json_writer *writer, const struct route *route, const struct operation *operation)
{
    static const struct {
        enum api_error error;
        bool is_for_writes;
    } refusals[] = {{API_ERROR_INVALID_PARAMETER, false}, {API_ERROR_UNAUTHORIZED, false}, {API_ERROR_FORBIDDEN, true},
        {API_ERROR_ENTITY_NOT_FOUND, false}, {API_ERROR_CONFLICT, true}, {API_ERROR_RATE_LIMITED, false},
        {API_ERROR_INTERNAL_ERROR, false}};
    char status[4];
    bool is_write = permission_is_write(route->permission) || route->method != METHOD_GET;
    json_key(writer, "responses");
    json_begin_object(writer);
    snprintf(status, sizeof(status), "%d", operation->status);
    write_answer(writer, status, "Done", operation->answer);
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (refusals[i].is_for_writes && !is_write)
            continue;
        snprintf(status, sizeof(status), "%d", api_error_status(refusals[i].error));
        write_answer(writer, status, "Refused: the errors tell why", "ErrorDocument");
    }
    write_answer(writer, "default", "Refused before the operation was reached", "ErrorDocument");
    json_end_object(writer);
}

static void write_operation(struct json_writer *writer, const struct route *route, const struct version_choice *choice)
{
    static const char *const keys[METHOD_COUNT] = {"get", "head", "post", "patch", "delete", "options", ""};
    const struct operation operation = operation_of(route);
    char served[API_VERSION_TEXT_SIZE];
    api_version_format(choice->served, served);
    json_key(writer, keys[route->method]);
    json_begin_object(writer);
    json_pair_text(writer, "operationId", route->name);
    json_pair_text(writer, "x-tidewaiter-permission", permission_name(route->permission));
    json_pair_text(writer, "x-tidewaiter-version", served);
    if (choice->is_deprecated)
        json_pair_boolean(writer, "deprecated", true);
    json_key(writer, "parameters");
    json_begin_array(writer);
    write_path_parameters(writer, route->pattern);
    write_references(writer, route);
    json_end_array(writer);
    if (operation.type[0] != '\0')
        write_body(writer, route, &operation);
    write_answers(writer, route, &operation);
    json_end_object(writer);
}

/* "/rest/orgs/{org_id}/images/{image_id}" without our own marks of what a value is. */
static void write_path_key(struct json_writer *writer, const char *pattern)
{
    AUTO_BUFFER key;
    buffer_init(&key, 500);
    for (struct view rest = view_text(pattern); rest.size > 0;) {
        struct view segment = view_cut(&rest, '/');
        if (segment.size == 0)
            continue;
        struct view name = view_cut(&segment, ':');
        bool had_kind = segment.size > 0;
        buffer_append_format(&key, "/%.*s%s", VIEW_PRINT(name), had_kind ? "}" : "");
    }
    json_key_view(writer, buffer_view(&key));
}

static void write_paths(struct json_writer *writer, struct view version, int64_t now_ms)
{
    const char *open_pattern = NULL;
    json_key(writer, "paths");
    json_begin_object(writer);
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        struct version_choice choice;
        if (version_negotiate(version, routes[i].versions, now_ms, &choice) != VERSION_SERVED)
            continue;
        if (open_pattern == NULL || strcmp(open_pattern, routes[i].pattern) != 0) {
            if (open_pattern != NULL)
                json_end_object(writer);
            open_pattern = routes[i].pattern;
            write_path_key(writer, open_pattern);
            json_begin_object(writer);
        }
        write_operation(writer, &routes[i], &choice);
    }
    if (open_pattern != NULL)
        json_end_object(writer);
    json_end_object(writer);
}

static void write_parameter(
    struct json_writer *writer, const char *name, const char *schema, const char *description, bool is_required)
{
    json_key(writer, name);
    json_begin_object(writer);
    json_pair_text(writer, "name", name);
    json_pair_text(writer, "in", "query");
    json_pair_text(writer, "description", description);
    if (is_required)
        json_pair_boolean(writer, "required", true);
    json_pair_text(writer, "style", "form");
    json_pair_boolean(writer, "explode", false);
    json_key(writer, "schema");
    json_write_raw(writer, view_text(schema));
    json_end_object(writer);
}

static void write_error_schema(struct json_writer *writer)
{
    static const char schema[] =
        "{\"type\":\"object\",\"required\":[\"jsonapi\",\"errors\"],\"additionalProperties\":false,\"properties\":{"
        "\"jsonapi\":{\"$ref\":\"#/components/schemas/JsonApi\"},\"errors\":{\"type\":\"array\",\"minItems\":1,"
        "\"items\":{\"type\":\"object\",\"required\":[\"id\",\"status\",\"code\",\"title\",\"detail\"],"
        "\"additionalProperties\":false,\"properties\":{\"id\":{\"type\":\"string\",\"format\":\"uuid\"},"
        "\"status\":{\"type\":\"string\",\"pattern\":\"^[45][0-9][0-9]$\"},\"title\":{\"type\":\"string\"},"
        "\"detail\":{\"type\":\"string\"},\"source\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
        "\"parameter\":{\"type\":\"string\"},\"pointer\":{\"type\":\"string\"}}},\"code\":{\"type\":\"string\",\"enum\":[";
    AUTO_BUFFER text;
    buffer_init(&text, 16384);
    buffer_append_text(&text, schema);
    for (int i = 0; i < API_ERROR_COUNT; i++)
        buffer_append_format(&text, "%s\"%s\"", i == 0 ? "" : ",", api_error_code((enum api_error)i));
    buffer_append_text(&text, "]}}}}}}");
    json_key(writer, "ErrorDocument");
    json_write_raw(writer, buffer_view(&text));
}

static void write_components(struct json_writer *writer)
{
    json_key(writer, "components");
    json_begin_object(writer);
    json_key(writer, "securitySchemes");
    json_write_raw(writer,
        view_text("{\"token\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"Authorization\",\"description\":"
                  "\"token KEY, or bearer KEY\"}}"));
    json_key(writer, "schemas");
    json_begin_object(writer);
    write_error_schema(writer);
#define SCHEMA(name, schema)                                                                                           \
    json_key(writer, #name);                                                                                           \
    json_write_raw(writer, view_text(schema));
#include "api/schemas.def"
#undef SCHEMA
    json_end_object(writer);
    json_key(writer, "parameters");
    json_begin_object(writer);
    write_parameter(writer, "version", "{\"type\":\"string\",\"example\":\"2025-09-17\"}",
        "The date that the caller was written for", true);
#define PARAMETER(name, schema, description) write_parameter(writer, #name, schema, description, false);
#include "api/parameters.def"
#undef PARAMETER
    json_end_object(writer);
    json_end_object(writer);
}

bool route_openapi_get(struct request *request, struct response *response)
{
    struct api_version parsed;
    struct view version = request_path_value(request, "version");
    if (!api_version_parse(version, &parsed))
        return respond_error(
            response, API_ERROR_ENTITY_NOT_FOUND, "there is no version \"%.*s\"; see /openapi", VIEW_PRINT(version));
    struct json_writer writer;
    json_writer_init(&writer, &response->body);
    json_begin_object(&writer);
    json_pair_text(&writer, "openapi", "3.0.3");
    json_key(&writer, "info");
    json_begin_object(&writer);
    json_pair_text(&writer, "title", "Tidewaiter");
    json_pair(&writer, "version", version);
    json_end_object(&writer);
    json_key(&writer, "security");
    json_write_raw(&writer, view_text("[{\"token\":[]}]"));
    write_paths(&writer, version, request->now_ms);
    write_components(&writer);
    json_end_object(&writer);
    response->status = 200;
    response->content_type = "application/json";
    response->wants_etag = true;
    return true;
}

/* For clients that know the address of /rest only. */
bool route_rest_openapi_list(struct request *request, struct response *response)
{
    return route_openapi_list(request, response);
}

bool route_rest_openapi_get(struct request *request, struct response *response)
{
    return route_openapi_get(request, response);
}
