/* SPDX-License-Identifier: Apache-2.0 */
/* Roles: the predefined ones, and those that an organization makes for itself. */
#include "api/api.h"
#include "api/body.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/roles.h"

static void write_role(struct json_writer *writer, const struct role *role)
{
    bool is_own = role->created_ms != 0;
    jsonapi_begin_resource(writer, "role", is_own ? view_text(role->uuid.text) : role->name);
    json_pair(writer, "name", role->name);
    json_pair(writer, "purpose", role->purpose);
    json_pair_boolean(writer, "predefined", !is_own);
    json_key(writer, "permissions");
    json_begin_array(writer);
    for (int i = PERMISSION_SIGNED_IN + 1; i < PERMISSION_COUNT; i++) {
        if (permission_has(role->permissions, (enum permission)i))
            json_write_text(writer, permission_name((enum permission)i));
    }
    json_end_array(writer);
    json_pair_time(writer, "created_at", role->created_ms);
    jsonapi_end_resource(writer);
}

static bool write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    (void)request;
    (void)err;
    write_role(writer, PAGE_ROW(struct role, rows, i));
    return true;
}

bool route_role_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct role *items;
    struct page_rows rows = {SLICE_OF(struct role, write_row)};
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_roles(
            request->api->store, request->arena, request->session.account.organization, &items, &rows.count, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_slice(request, response, &page, &rows);
}

static bool respond_role(const struct request *request, struct response *response, const struct role *role, int status)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    write_role(&writer, role);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = status;
    response->wants_etag = request->method == METHOD_GET;
    return true;
}

static bool find_role(struct request *request, struct response *response, struct role *role)
{
    struct error err;
    if (store_find_role(request->api->store, request->arena, request->session.account.organization,
            request_path_value(request, "role_id"), role, &err))
        return true;
    return err.code == ERROR_NOT_FOUND ? respond_error(response, API_ERROR_ENTITY_NOT_FOUND, "there is no such role")
                                       : respond_failure(request, response, &err);
}

bool route_role_get(struct request *request, struct response *response)
{
    struct role role;
    return find_role(request, response, &role) && respond_role(request, response, &role, 200);
}

/* A list of names, none of which the caller lacks: nobody gives away more than they have. */
static bool read_permissions(const struct request *request, struct response *response, struct json attributes,
    struct permission_set *permissions)
{
    struct json member = json_member(attributes, "permissions");
    *permissions = (struct permission_set){0};
    if (json_type(member) != JSON_ARRAY || json_count(member) == 0)
        return body_complain(
            response, "/data/attributes/permissions", view_text("this must be a list of names of permissions"));
    for (struct json_iterator i = json_each(member); json_next(&i);) {
        struct permission_set one;
        struct view name = json_string(i.value), unknown;
        if (name.size == 0 || !permission_parse(name, &one, &unknown))
            return body_complain(response, "/data/attributes/permissions",
                arena_format(request->arena, "there is no permission \"%.*s\"",
                    VIEW_PRINT(view_slice(name, 0, ROLE_NAME_BYTES_MAX))));
        permissions->bits |= one.bits;
    }
    return permission_covers(request->permissions, *permissions) ||
           respond_error(response, API_ERROR_FORBIDDEN, "the role may do more than you");
}

bool route_role_create(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "role", .attributes = "name permissions purpose"};
    AUTO_JSON *document = json_document_new();
    struct role_new given = {.purpose = view_text(""), .who = request->session.account.user_name};
    struct json attributes;
    struct role made;
    struct error err;
    if (!body_attributes(request, response, document, &shape, &attributes) ||
        !body_text(request, response, attributes, "name", ROLE_NAME_BYTES_MAX, &given.name) ||
        (json_is_present(json_member(attributes, "purpose")) &&
            !body_text(request, response, attributes, "purpose", ROLE_PURPOSE_BYTES_MAX, &given.purpose)) ||
        !read_permissions(request, response, attributes, &given.permissions))
        return false;
    if (!store_add_role(
            request->api->store, request->arena, request->session.account.organization, &given, &made, &err))
        return err.code == ERROR_INVALID ? body_complain(response, "/data/attributes/name", view_text(err.message))
                                         : respond_failure(request, response, &err);
    response_header(
        response, "Location", arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), made.uuid.text));
    return respond_role(request, response, &made, 201);
}

/* Who may do less than a role may not change it. */
static bool check_covers(const struct request *request, struct response *response, const struct role *role)
{
    return permission_covers(request->permissions, role->permissions) ||
           respond_error(
               response, API_ERROR_FORBIDDEN, "the role \"%.*s\" may do more than you", VIEW_PRINT(role->name));
}

bool route_role_edit(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "role", .attributes = "permissions purpose", .id_name = "role_id"};
    AUTO_JSON *document = json_document_new();
    struct role_change change = {.who = request->session.account.user_name};
    struct json attributes;
    struct role role, edited;
    struct view purpose;
    struct permission_set permissions;
    struct error err;
    if (!find_role(request, response, &role) || !check_covers(request, response, &role) ||
        !body_attributes(request, response, document, &shape, &attributes))
        return false;
    if (json_is_present(json_member(attributes, "purpose"))) {
        if (!body_text(request, response, attributes, "purpose", ROLE_PURPOSE_BYTES_MAX, &purpose))
            return false;
        change.purpose = &purpose;
    }
    if (json_is_present(json_member(attributes, "permissions"))) {
        if (!read_permissions(request, response, attributes, &permissions))
            return false;
        change.permissions = &permissions;
    }
    if (!store_edit_role(request->api->store, request->arena, request->session.account.organization,
            view_text(role.uuid.text), &change, &edited, &err))
        return respond_failure(request, response, &err);
    return respond_role(request, response, &edited, 200);
}

bool route_role_delete(struct request *request, struct response *response)
{
    struct role role;
    struct error err;
    if (!find_role(request, response, &role) || !check_covers(request, response, &role))
        return false;
    if (!store_remove_role(request->api->store, request->arena, request->session.account.organization,
            view_text(role.uuid.text), request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    return true;
}
