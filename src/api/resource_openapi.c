/* SPDX-License-Identifier: Apache-2.0 */
/* The description of this API, generated from routes.def, parameters.def and errors.def: a list of versions, and for each
   the operations that it has (OpenAPI 3.0.3). */
#include "api/api.h"
#include "api/router.h"
#include "base/json.h"

#include <assert.h>
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

static void write_answer(struct json_writer *writer, const char *status, const char *description, const char *schema)
{
    json_key(writer, status);
    json_begin_object(writer);
    json_pair_text(writer, "description", description);
    json_key(writer, "content");
    json_begin_object(writer);
    json_key(writer, "application/vnd.api+json");
    json_begin_object(writer);
    json_key(writer, "schema");
    json_begin_object(writer);
    json_pair_text(writer, "$ref", schema);
    json_end_object(writer);
    json_end_object(writer);
    json_end_object(writer);
    json_end_object(writer);
}

static void write_operation(struct json_writer *writer, const struct route *route, const struct version_choice *choice)
{
    static const char *const keys[METHOD_COUNT] = {"get", "head", "post", "patch", "delete", "options", ""};
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
    json_key(writer, "responses");
    json_begin_object(writer);
    if (route->method == METHOD_DELETE) {
        json_key(writer, "204");
        json_begin_object(writer);
        json_pair_text(writer, "description", "Done");
        json_end_object(writer);
    } else
        write_answer(writer, "200", "The resource, or a page of resources", "#/components/schemas/Document");
    write_answer(writer, "default", "What went wrong", "#/components/schemas/ErrorDocument");
    json_end_object(writer);
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

static void write_components(struct json_writer *writer)
{
    static const char schemas[] =
        "{\"JsonApi\":{\"type\":\"object\",\"required\":[\"version\"],\"properties\":{\"version\":{\"type\":\"string\"}}},"
        "\"Resource\":{\"type\":\"object\",\"required\":[\"type\",\"id\"],\"properties\":{\"type\":{\"type\":\"string\"},"
        "\"id\":{\"type\":\"string\"},\"attributes\":{\"type\":\"object\"},\"relationships\":{\"type\":\"object\"}}},"
        "\"Document\":{\"type\":\"object\",\"required\":[\"jsonapi\",\"data\"],\"properties\":{"
        "\"jsonapi\":{\"$ref\":\"#/components/schemas/JsonApi\"},\"data\":{\"oneOf\":["
        "{\"$ref\":\"#/components/schemas/Resource\"},{\"type\":\"array\",\"items\":"
        "{\"$ref\":\"#/components/schemas/Resource\"}}]},\"links\":{\"type\":\"object\"},\"meta\":{\"type\":\"object\"}}},"
        "\"ErrorDocument\":{\"type\":\"object\",\"required\":[\"jsonapi\",\"errors\"],\"properties\":{"
        "\"jsonapi\":{\"$ref\":\"#/components/schemas/JsonApi\"},\"errors\":{\"type\":\"array\",\"minItems\":1,"
        "\"items\":{\"type\":\"object\",\"required\":[\"status\",\"detail\"],\"properties\":{"
        "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},\"status\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
        "\"detail\":{\"type\":\"string\"},\"source\":{\"type\":\"object\"},\"code\":{\"type\":\"string\",\"enum\":[";
    AUTO_BUFFER text;
    buffer_init(&text, 16384);
    buffer_append_text(&text, schemas);
    for (int i = 0; i < API_ERROR_COUNT; i++)
        buffer_append_format(&text, "%s\"%s\"", i == 0 ? "" : ",", api_error_code((enum api_error)i));
    buffer_append_text(&text, "]}}}}}}}");
    json_key(writer, "components");
    json_begin_object(writer);
    json_key(writer, "schemas");
    json_write_raw(writer, buffer_view(&text));
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
    write_paths(&writer, version, request->now_ms);
    write_components(&writer);
    json_end_object(&writer);
    response->status = 200;
    response->content_type = "application/json";
    response->wants_etag = true;
    return true;
}
