/* SPDX-License-Identifier: Apache-2.0 */
/* People of an organization: invited by a one-time link, changed, disabled and removed. */
#include "api/api.h"
#include "api/body.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/users.h"

#define LINK_MS (INT64_C(7) * 24 * 3600 * 1000) /* for who is invited by mail */

static void begin_user(struct json_writer *writer, const struct user *user)
{
    jsonapi_begin_resource(writer, "user", view_text(user->uuid.text));
    json_pair(writer, "name", user->name);
    json_pair(writer, "role", user->role);
    json_pair_boolean(writer, "limited", user->is_limited);
    json_pair(writer, "state", user->state);
    json_pair_time(writer, "created_at", user->created_ms);
    json_pair_time(writer, "signed_in_at", user->signed_in_ms);
}

/* With `link` the answer has the path that signs in, which is told only here. */
static bool respond_user(
    const struct request *request, struct response *response, const struct user *user, int status, struct token *link)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    begin_user(&writer, user);
    if (link != NULL) {
        json_pair(&writer, "sign_in_path", arena_format(request->arena, "/session?token=%s", link->text));
        token_wipe(link);
    }
    jsonapi_end_resource(&writer);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = status;
    response->wants_etag = status == 200 && request->method == METHOD_GET;
    if (link != NULL)
        response->cache_control = "no-store";
    return true;
}

static bool write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    const struct user *row = PAGE_ROW(struct user, rows, i);
    (void)request;
    (void)err;
    begin_user(writer, row);
    jsonapi_end_resource(writer);
    return true;
}

bool route_user_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct user *items;
    struct page_rows rows = {PAGE_OF(struct user, write_row)};
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_users(request->api->store, request->arena, request->session.account.organization, &page, &items,
            &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &page, &rows);
}

static bool find_user(struct request *request, struct response *response, struct user *user)
{
    struct error err;
    return store_find_user(request->api->store, request->arena, request->session.account.organization,
               request_path_value(request, "user_id"), user, &err) ||
           respond_failure(request, response, &err);
}

bool route_user_get(struct request *request, struct response *response)
{
    struct user user;
    return find_user(request, response, &user) && respond_user(request, response, &user, 200, NULL);
}

bool route_user_create(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "user", .attributes = "name role"};
    AUTO_JSON *document = json_document_new();
    struct user_new given = {.who = request->session.account.user_name, .valid_ms = LINK_MS};
    struct json attributes;
    struct token link;
    struct user made;
    struct error err;
    if (!body_attributes(request, response, document, &shape, &attributes) ||
        !body_text(request, response, attributes, "name", USER_NAME_BYTES_MAX, &given.name) ||
        !body_role(request, response, attributes, true, &given.role))
        return false;
    if (!store_add_user(
            request->api->store, request->arena, request->session.account.organization, &given, &link, &made, &err))
        return err.code == ERROR_INVALID ? body_complain(response, "/data/attributes/name", view_text(err.message))
                                         : respond_failure(request, response, &err);
    response_header(
        response, "Location", arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), made.uuid.text));
    return respond_user(request, response, &made, 201, &link);
}

bool route_user_edit(struct request *request, struct response *response)
{
    static const struct body_shape shape = {
        .type = "user", .attributes = "disabled limited role", .id_name = "user_id"};
    AUTO_JSON *document = json_document_new();
    struct user_change change = {.who = request->session.account.user_name};
    struct json attributes;
    struct user user, edited;
    struct error err;
    if (!find_user(request, response, &user) || !body_check_rank(request, response, "user", user.role, user.name) ||
        !body_attributes(request, response, document, &shape, &attributes) ||
        !body_role(request, response, attributes, false, &change.role))
        return false;
    struct json disabled = json_member(attributes, "disabled");
    change.has_state = json_is_present(disabled);
    if (change.has_state && json_type(disabled) != JSON_BOOLEAN)
        return body_complain(response, "/data/attributes/disabled", view_text("\"disabled\" must be true or false"));
    change.is_disabled = change.has_state && json_boolean(disabled);
    struct json limited = json_member(attributes, "limited");
    change.has_limit = json_is_present(limited);
    if (change.has_limit && json_type(limited) != JSON_BOOLEAN)
        return body_complain(response, "/data/attributes/limited", view_text("\"limited\" must be true or false"));
    change.is_limited = change.has_limit && json_boolean(limited);
    if (!store_edit_user(request->api->store, request->arena, request->session.account.organization,
            view_text(user.uuid.text), &change, &edited, &err))
        return respond_failure(request, response, &err);
    return respond_user(request, response, &edited, 200, NULL);
}

bool route_user_delete(struct request *request, struct response *response)
{
    struct user user;
    struct error err;
    if (!find_user(request, response, &user) || !body_check_rank(request, response, "user", user.role, user.name))
        return false;
    if (!store_remove_user(request->api->store, request->arena, request->session.account.organization,
            view_text(user.uuid.text), request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    return true;
}

bool route_user_invite(struct request *request, struct response *response)
{
    struct user user;
    struct token link;
    struct error err;
    if (!find_user(request, response, &user) || !body_check_rank(request, response, "user", user.role, user.name))
        return false;
    if (!store_invite_user(request->api->store, request->arena, request->session.account.organization,
            view_text(user.uuid.text), LINK_MS, request->session.account.user_name, &link, &err))
        return respond_failure(request, response, &err);
    return respond_user(request, response, &user, 200, &link);
}
