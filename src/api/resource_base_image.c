/* SPDX-License-Identifier: Apache-2.0 */
/* Custom base images, and what an image was built on with what an update of that would remove. */
#include "api/api.h"
#include "api/body.h"
#include "api/image_parts.h"
#include "api/list_parameters.h"
#include "api/route.h"
#include "store/base_images.h"

#define MEMBERS "include_in_recommendations project_id versioning_schema"

static void write_schema(struct json_writer *writer, const struct base_image *image)
{
    json_key(writer, "versioning_schema");
    if (image->schema == BASE_SCHEMA_SHAPE) {
        json_write_null(writer);
        return;
    }
    json_begin_object(writer);
    json_pair_text(writer, "type", base_schema_name(image->schema));
    if (image->schema == BASE_SCHEMA_CUSTOM) {
        json_pair(writer, "expression", image->expression);
        json_pair_optional(writer, "label", image->label);
    }
    if (image->schema == BASE_SCHEMA_SINGLE_SELECTION)
        json_pair_boolean(writer, "is_selected", image->is_selected);
    json_end_object(writer);
}

static void write_image(struct json_writer *writer, const struct base_image *image)
{
    jsonapi_begin_resource(writer, "custom_base_image", view_text(image->uuid.text));
    json_pair_text(writer, "project_id", image->project.text);
    json_pair(writer, "repository", image->repository);
    json_pair(writer, "tag", image->tag);
    json_pair_boolean(writer, "include_in_recommendations", image->is_recommended);
    write_schema(writer, image);
    jsonapi_end_resource(writer);
}

static bool write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    (void)request;
    (void)err;
    write_image(writer, PAGE_ROW(struct base_image, rows, i));
    return true;
}

static bool read_order(struct request *request, struct response *response, struct base_image_query *query)
{
    struct view order = request_parameter(request, "sort_by");
    struct view direction = request_parameter(request, "sort_direction");
    if (order.size > 0 && !base_order_parse(order, &query->order))
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "sort_by", "sort_by is repository, tag or version");
    query->is_falling = view_is(direction, "DESC");
    return query->is_falling || direction.size == 0 || view_is(direction, "ASC") ||
           respond_parameter_error(
               response, API_ERROR_INVALID_PARAMETER, "sort_direction", "sort_direction is ASC or DESC");
}

bool route_custom_base_image_list(struct request *request, struct response *response)
{
    struct error err;
    struct base_image *items;
    struct base_image_query query = {
        .repository = request_parameter(request, "repository"), .tag = request_parameter(request, "tag")};
    struct page_rows rows = {PAGE_OF(struct base_image, write_row)};
    struct view project = request_parameter(request, "project_id");
    query.has_recommended = query_find(&request->query, "include_in_recommendations") != NULL;
    if (!page_read(request, response, &query.page) || !read_order(request, response, &query) ||
        !parameter_switch(request, response, "include_in_recommendations", &query.is_recommended))
        return false;
    if (project.size > 0 && !uuid_parse(project, &query.project))
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "project_id", "project_id must be a UUID");
    if (!store_list_base_images(request->api->store, request->arena, request->session.account.organization, &query,
            &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &query.page, &rows);
}

static bool respond_image(
    const struct request *request, struct response *response, const struct base_image *image, int status)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    write_image(&writer, image);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = status;
    response->wants_etag = request->method == METHOD_GET;
    return true;
}

/* The id was checked with the path. */
static struct uuid id_of_path(const struct request *request)
{
    struct uuid uuid = {{0}};
    (void)uuid_parse(request_path_value(request, "custombaseimage_id"), &uuid);
    return uuid;
}

bool route_custom_base_image_get(struct request *request, struct response *response)
{
    struct error err;
    struct base_image image;
    struct uuid uuid = id_of_path(request);
    return store_find_base_image(
               request->api->store, request->arena, request->session.account.organization, &uuid, &image, &err)
               ? respond_image(request, response, &image, 200)
               : respond_failure(request, response, &err);
}

static bool read_schema(
    const struct request *request, struct response *response, struct json attributes, struct base_image_change *change)
{
    static const char *const pointer = "/data/attributes/versioning_schema";
    struct json schema = json_member(attributes, "versioning_schema");
    struct json selected = json_member(schema, "is_selected");
    change->has_schema = json_is_present(schema);
    if (!change->has_schema)
        return true;
    if (json_type(schema) != JSON_OBJECT || json_member_string(schema, "type").size == 0 ||
        !base_schema_parse(json_member_string(schema, "type"), &change->schema))
        return body_complain(response, pointer,
            view_text("\"versioning_schema\" is an object whose \"type\" is semver, custom or single-selection"));
    const char *known = change->schema == BASE_SCHEMA_CUSTOM             ? "expression label type"
                        : change->schema == BASE_SCHEMA_SINGLE_SELECTION ? "is_selected type"
                                                                         : "type";
    if (!body_check_members(request, response, schema, pointer, known))
        return false;
    if (change->schema == BASE_SCHEMA_SINGLE_SELECTION && json_type(selected) != JSON_BOOLEAN)
        return body_complain(response, pointer, view_text("\"single-selection\" needs \"is_selected\", true or false"));
    change->expression = arena_copy(request->arena, json_member_string(schema, "expression"));
    change->label = arena_copy(request->arena, json_member_string(schema, "label"));
    change->is_selected = json_boolean(selected);
    if (change->expression.size > REGEX_BYTES_MAX || change->label.size > BASE_LABEL_BYTES_MAX)
        return body_complain(response, pointer,
            arena_format(request->arena, "an expression has at most %d bytes, a label %d", REGEX_BYTES_MAX,
                BASE_LABEL_BYTES_MAX));
    return true;
}

static bool read_change(const struct request *request, struct response *response, struct json attributes, bool is_new,
    struct base_image_change *change)
{
    struct json recommended = json_member(attributes, "include_in_recommendations");
    change->has_recommended = json_is_present(recommended);
    change->is_recommended = json_boolean(recommended);
    if ((change->has_recommended || is_new) && json_type(recommended) != JSON_BOOLEAN)
        return body_complain(response, "/data/attributes/include_in_recommendations",
            view_text("\"include_in_recommendations\" must be true or false"));
    return read_schema(request, response, attributes, change);
}

/* What the store does not take is the versioning schema. */
static bool respond_refusal(const struct request *request, struct response *response, const struct error *err)
{
    return err->code == ERROR_INVALID
               ? body_complain(response, "/data/attributes/versioning_schema", view_text(err->message))
               : respond_failure(request, response, err);
}

bool route_custom_base_image_create(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "custom_base_image", .attributes = MEMBERS};
    AUTO_JSON *document = json_document_new();
    struct base_image_change given = {.has_schema = false};
    struct base_image made;
    struct json attributes;
    struct error err;
    if (!body_attributes(request, response, document, &shape, &attributes) ||
        !body_uuid(request, response, attributes, "project_id", &given.project) ||
        !read_change(request, response, attributes, true, &given))
        return false;
    if (!store_add_base_image(request->api->store, request->arena, request->session.account.organization, &given,
            request->session.account.user_name, &made, &err))
        return respond_refusal(request, response, &err);
    response_header(
        response, "Location", arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), made.uuid.text));
    return respond_image(request, response, &made, 201);
}

bool route_custom_base_image_edit(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "custom_base_image",
        .attributes = "include_in_recommendations versioning_schema",
        .id_name = "custombaseimage_id"};
    AUTO_JSON *document = json_document_new();
    struct base_image_change change = {.has_schema = false};
    struct base_image edited;
    struct json attributes;
    struct error err;
    struct uuid uuid = id_of_path(request);
    if (!body_attributes(request, response, document, &shape, &attributes) ||
        !read_change(request, response, attributes, false, &change))
        return false;
    if (!store_edit_base_image(request->api->store, request->arena, request->session.account.organization, &uuid,
            &change, request->session.account.user_name, &edited, &err))
        return respond_refusal(request, response, &err);
    return respond_image(request, response, &edited, 200);
}

bool route_custom_base_image_delete(struct request *request, struct response *response)
{
    struct error err;
    struct uuid uuid = id_of_path(request);
    if (!store_remove_base_image(request->api->store, request->session.account.organization, &uuid,
            request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    return true;
}

static void write_brief(struct json_writer *writer, const struct image_row *image)
{
    json_pair_text(writer, "id", image->uuid.text);
    json_pair(writer, "reference", image->reference);
    json_pair(writer, "digest", image->digest);
    json_pair_integer(writer, "vulnerability_count", image->counts.vulnerabilities);
    image_write_severities(writer, &image->counts.tally);
}

static void write_changes(struct json_writer *writer, const struct base_update *update, enum image_change change)
{
    json_begin_array(writer);
    for (size_t i = 0; i < update->change_count; i++) {
        const struct change_row *row = &update->changes[i];
        if (row->change != change)
            continue;
        json_begin_object(writer);
        json_pair(writer, "vulnerability", row->vulnerability);
        json_pair_text(writer, "severity", severity_name(row->severity));
        json_pair(writer, "package", row->package);
        json_pair_or_null(writer, "version_before", row->before);
        json_pair_or_null(writer, "version_after", row->after);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_update(struct json_writer *writer, const struct base_update *update)
{
    json_begin_object(writer);
    json_pair_text(writer, "kind", base_update_kind_name(update->kind));
    write_brief(writer, &update->image);
    json_pair_integer(writer, "removed_count", (int64_t)update->counts[IMAGE_CHANGE_FIXED]);
    json_pair_integer(writer, "added_count", (int64_t)update->counts[IMAGE_CHANGE_NEW]);
    json_pair_integer(writer, "remaining_count", (int64_t)update->counts[IMAGE_CHANGE_NONE]);
    json_key(writer, "removed");
    write_changes(writer, update, IMAGE_CHANGE_FIXED);
    json_key(writer, "added");
    write_changes(writer, update, IMAGE_CHANGE_NEW);
    json_end_object(writer);
}

bool route_image_base(struct request *request, struct response *response)
{
    struct error err;
    struct json_writer writer;
    struct base_updates updates;
    struct uuid uuid = image_of_path(request);
    if (!store_list_base_updates(
            request->api->store, request->arena, request->session.account.organization, &uuid, &updates, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "image_base", view_text(uuid.text));
    json_pair_or_null(&writer, "base_image", updates.base);
    json_pair_integer(&writer, "layer_count", (int64_t)updates.layer_count);
    json_key(&writer, "base");
    if (updates.is_known) {
        json_begin_object(&writer);
        write_brief(&writer, &updates.image);
        json_end_object(&writer);
    } else {
        json_write_null(&writer);
    }
    json_key(&writer, "updates");
    json_begin_array(&writer);
    for (size_t i = 0; i < updates.count; i++)
        write_update(&writer, &updates.items[i]);
    json_end_array(&writer);
    jsonapi_end_resource(&writer);
    return jsonapi_end(request, response, &writer);
}
