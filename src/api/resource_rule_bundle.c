/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles of rules that several vulnerability policies may share: the predefined ones, copies of these, and others. */
#include "api/api.h"
#include "api/body.h"
#include "api/policy_json.h"
#include "api/route.h"

#define POINTER "/data/attributes"
#define MEMBERS "description name rules"

static bool parse_bundle(struct arena *arena, struct view text, struct policy_bundle *bundle, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct document_problems problems;
    struct json root;
    if (!json_parse(document, text, JSON_BYTES_MAX, "stored bundle", &root, err))
        return false;
    return policy_bundle_parse(arena, root, "", bundle, &problems) || document_refuse(&problems, "stored bundle", err);
}

static bool write_bundle(
    struct arena *arena, struct json_writer *writer, const struct policy_row *row, struct error *err)
{
    struct policy_bundle bundle;
    if (!parse_bundle(arena, row->document, &bundle, err))
        return false;
    jsonapi_begin_resource(writer, "rule_bundle", view_text(row->uuid.text));
    policy_bundle_write_members(&bundle, writer);
    json_pair_text(writer, "bundle_type", row->is_predefined ? "predefined" : "custom");
    policy_write_history(writer, row);
    jsonapi_end_resource(writer);
    return true;
}

static bool respond_bundle(
    const struct request *request, struct response *response, const struct policy_row *row, int status)
{
    struct error err;
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    if (!write_bundle(request->arena, &writer, row, &err))
        return respond_failure(request, response, &err);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = status;
    response->wants_etag = request->method == METHOD_GET;
    return true;
}

static bool find_bundle(
    const struct request *request, struct response *response, const struct uuid *uuid, struct policy_row *row)
{
    struct error err;
    return store_find_bundle(
               request->api->store, request->arena, request->session.account.organization, uuid, row, &err) ||
           respond_failure(request, response, &err);
}

static struct uuid bundle_of_path(const struct request *request)
{
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, "rule_bundle_id"), &uuid); /* its form was checked with the path */
    return uuid;
}

static bool write_bundle_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    return write_bundle(request->arena, writer, PAGE_ROW(struct policy_row, rows, i), err);
}

bool route_rule_bundle_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_rows rows = {SLICE_OF(struct policy_row, write_bundle_row)};
    struct page_request page;
    struct policy_row *items;
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_bundles(
            request->api->store, request->arena, request->session.account.organization, &items, &rows.count, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_slice(request, response, &page, &rows);
}

bool route_rule_bundle_get(struct request *request, struct response *response)
{
    struct uuid uuid = bundle_of_path(request);
    struct policy_row row;
    return find_bundle(request, response, &uuid, &row) && respond_bundle(request, response, &row, 200);
}

/* A new bundle, or a copy of another with what the request gives. */
static bool read_new(
    const struct request *request, struct response *response, struct json attributes, struct policy_bundle *bundle)
{
    struct error err;
    struct uuid source;
    struct policy_row row;
    struct policy_bundle copied;
    struct document_problems problems;
    bool is_copy = json_is_present(json_member(attributes, "copy_of"));
    if (!is_copy)
        return policy_bundle_parse(request->arena, attributes, POINTER, bundle, &problems) ||
               body_respond_problems(request, response, &problems);
    if (!body_uuid(request, response, attributes, "copy_of", &source) ||
        !body_text(request, response, attributes, "name", POLICY_NAME_BYTES_MAX, &bundle->name) ||
        !find_bundle(request, response, &source, &row))
        return false;
    if (!parse_bundle(request->arena, row.document, &copied, &err))
        return respond_failure(request, response, &err);
    copied.name = bundle->name;
    *bundle = copied;
    return true;
}

static bool save(const struct request *request, struct response *response, const struct uuid *uuid,
    const struct policy_bundle *bundle, int status)
{
    struct error err;
    struct policy_row saved;
    if (!store_save_bundle(request->api->store, request->arena, request->session.account.organization, uuid, bundle,
            request->session.account.user_name, &saved, &err))
        return respond_failure(request, response, &err);
    if (uuid == NULL)
        response_header(
            response, "Location", arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), saved.uuid.text));
    return respond_bundle(request, response, &saved, status);
}

bool route_rule_bundle_create(struct request *request, struct response *response)
{
    static const struct body_shape copy_shape = {.type = "rule_bundle", .attributes = "copy_of " MEMBERS};
    AUTO_JSON *document = json_document_new();
    struct policy_bundle bundle = {.rule_count = 0};
    struct json attributes;
    if (!body_attributes(request, response, document, &copy_shape, &attributes))
        return false;
    if (json_is_present(json_member(attributes, "copy_of")) &&
        !body_check_members(request, response, attributes, POINTER, "copy_of name"))
        return false;
    return read_new(request, response, attributes, &bundle) && save(request, response, NULL, &bundle, 201);
}

bool route_rule_bundle_edit(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "rule_bundle", .attributes = MEMBERS, .id_name = "rule_bundle_id"};
    AUTO_JSON *document = json_document_new();
    struct document_problems problems;
    struct policy_bundle stored, bundle;
    struct uuid uuid = bundle_of_path(request);
    struct policy_row row;
    struct json attributes;
    struct error err;
    if (!find_bundle(request, response, &uuid, &row) ||
        !body_attributes(request, response, document, &shape, &attributes))
        return false;
    if (!parse_bundle(request->arena, row.document, &stored, &err))
        return respond_failure(request, response, &err);
    if (!policy_bundle_patch(request->arena, &stored, attributes, POINTER, &bundle, &problems))
        return body_respond_problems(request, response, &problems);
    return save(request, response, &uuid, &bundle, 200);
}

bool route_rule_bundle_delete(struct request *request, struct response *response)
{
    struct error err;
    struct uuid uuid = bundle_of_path(request);
    if (!store_delete_bundle(request->api->store, request->arena, request->session.account.organization, &uuid,
            request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    return true;
}
