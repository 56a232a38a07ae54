/* SPDX-License-Identifier: Apache-2.0 */
#include "api/body.h"

#include "api/api.h"
#include "api/router.h"
#include "base/document.h"
#include "store/roles.h"
#include "store/teams.h"

bool body_complain(struct response *response, const char *pointer, struct view detail)
{
    struct body_problem problem = {view_text(pointer), detail};
    return respond_body_problems(response, &problem, 1);
}

bool body_respond_problems(
    const struct request *request, struct response *response, const struct document_problems *problems)
{
    struct body_problem *list = ARENA_ARRAY(request->arena, struct body_problem, problems->count);
    for (size_t i = 0; i < problems->count; i++)
        list[i] = (struct body_problem){problems->items[i].pointer, problems->items[i].detail};
    return respond_body_problems(response, list, problems->count);
}

bool body_check_content_type(const struct request *request, struct response *response)
{
    struct view type = request_header(request, "Content-Type");
    struct view essence = view_trim(view_cut(&type, ';'));
    if (view_equal_ignoring_case(essence, view_text("application/vnd.api+json")))
        return true;
    return respond_error(response, API_ERROR_INVALID_HEADER,
        "the request does not conform to the OpenAPI document: Content-Type must be application/vnd.api+json");
}

bool body_check_members(const struct request *request, struct response *response, struct json object,
    const char *pointer, const char *known)
{
    for (struct json_iterator i = json_each(object); json_next(&i);) {
        bool is_known = false;
        for (struct view rest = view_text(known); rest.size > 0 && !is_known;)
            is_known = view_equal(view_cut(&rest, ' '), i.key);
        if (!is_known)
            return body_complain(response,
                arena_format(request->arena, "%s/%s", pointer, json_pointer_escape(request->arena, i.key)).data,
                arena_format(
                    request->arena, "there is no member \"%.*s\" here; there are: %s", VIEW_PRINT(i.key), known));
    }
    return true;
}

static bool check_data(
    const struct request *request, struct response *response, const struct body_shape *shape, struct json data)
{
    struct json id = json_member(data, "id");
    const char *known = arena_format(request->arena, "attributes%s%s type", shape->id_name == NULL ? "" : " id",
        shape->relationships == NULL ? "" : " relationships")
                            .data;
    if (json_type(data) != JSON_OBJECT)
        return body_complain(response, "/data", view_text("\"data\" must be an object"));
    if (!body_check_members(request, response, data, "/data", known))
        return false;
    if (!view_is(json_member_string(data, "type"), shape->type))
        return body_complain(
            response, "/data/type", arena_format(request->arena, "\"type\" must be \"%s\"", shape->type));
    if (json_type(id) != JSON_MISSING &&
        !view_equal_ignoring_case(json_string(id), request_path_value(request, shape->id_name)))
        return body_complain(response, "/data/id", view_text("\"id\" must be the one in the path"));
    return true;
}

bool body_read(const struct request *request, struct response *response, struct json_document *document,
    const struct body_shape *shape, struct json *data)
{
    struct error err;
    struct json root;
    if (!body_check_content_type(request, response))
        return false;
    if (!json_parse(document, request->body, router_body_bytes_max(request), "request body", &root, &err))
        return respond_error(response, API_ERROR_INVALID_BODY, "%s", err.message);
    if (json_type(root) != JSON_OBJECT)
        return body_complain(response, "", view_text("the body must be an object"));
    *data = json_member(root, "data");
    if (!check_data(request, response, shape, *data))
        return false;
    struct json attributes = json_member(*data, "attributes");
    struct json relationships = json_member(*data, "relationships");
    if (json_type(attributes) != JSON_OBJECT && (shape->relationships == NULL || json_type(attributes) != JSON_MISSING))
        return body_complain(response, "/data/attributes", view_text("\"attributes\" must be an object"));
    if (json_type(relationships) != JSON_MISSING && json_type(relationships) != JSON_OBJECT)
        return body_complain(response, "/data/relationships", view_text("\"relationships\" must be an object"));
    return body_check_members(request, response, attributes, "/data/attributes", shape->attributes) &&
           (shape->relationships == NULL ||
               body_check_members(request, response, relationships, "/data/relationships", shape->relationships));
}

bool body_attributes(const struct request *request, struct response *response, struct json_document *document,
    const struct body_shape *shape, struct json *attributes)
{
    struct json data = {NULL, 0};
    if (!body_read(request, response, document, shape, &data))
        return false;
    *attributes = json_member(data, "attributes");
    return true;
}

bool body_text(const struct request *request, struct response *response, struct json attributes, const char *name,
    size_t bytes_max, struct view *text)
{
    struct view given = json_member_string(attributes, name);
    if (given.size == 0 || given.size > bytes_max)
        return body_complain(response, arena_format(request->arena, "/data/attributes/%s", name).data,
            arena_format(request->arena, "\"%s\" must be a text of 1 to %zu bytes", name, bytes_max));
    *text = arena_copy(request->arena, given);
    return true;
}

bool body_uuid(const struct request *request, struct response *response, struct json attributes, const char *name,
    struct uuid *uuid)
{
    return uuid_parse(json_member_string(attributes, name), uuid) ||
           body_complain(response, arena_format(request->arena, "/data/attributes/%s", name).data,
               arena_format(request->arena, "\"%s\" must be a UUID", name));
}

bool body_role(const struct request *request, struct response *response, struct json attributes, bool is_required,
    struct view *role)
{
    struct error err;
    struct role given;
    struct view name = {NULL, 0};
    if (!is_required && !json_is_present(json_member(attributes, "role")))
        return true;
    if (!body_text(request, response, attributes, "role", ROLE_NAME_BYTES_MAX, &name))
        return false;
    if (!store_find_role(
            request->api->store, request->arena, request->session.account.organization, name, &given, &err))
        return err.code == ERROR_NOT_FOUND ? body_complain(response, "/data/attributes/role", view_text(err.message))
                                           : respond_failure(request, response, &err);
    if (!permission_covers(request->permissions, given.permissions))
        return respond_error(response, API_ERROR_FORBIDDEN,
            "the role \"%.*s\" may do more than you: only who has its permissions gives it", VIEW_PRINT(name));
    *role = given.name;
    return true;
}

bool body_team(const struct request *request, struct response *response, struct json attributes, struct view *team)
{
    struct error err;
    struct team found;
    if (!json_is_present(json_member(attributes, "team")))
        return true;
    if (!body_text(request, response, attributes, "team", TEAM_NAME_BYTES_MAX, team))
        return false;
    if (!store_find_team(
            request->api->store, request->arena, request->session.account.organization, *team, &found, &err))
        return err.code == ERROR_NOT_FOUND ? body_complain(response, "/data/attributes/team", view_text(err.message))
                                           : respond_failure(request, response, &err);
    *team = arena_copy(request->arena, view_text(found.uuid.text));
    return true;
}

bool body_check_rank(
    const struct request *request, struct response *response, const char *what, struct view role, struct view name)
{
    struct error err;
    struct role theirs = {.permissions = {0}};
    if (!store_find_role(
            request->api->store, request->arena, request->session.account.organization, role, &theirs, &err) &&
        err.code != ERROR_NOT_FOUND)
        return respond_failure(request, response, &err);
    return permission_covers(request->permissions, theirs.permissions) ||
           respond_error(response, API_ERROR_FORBIDDEN, "the %s \"%.*s\" may do more than you", what, VIEW_PRINT(name));
}
