/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts of programs, whose secrets can be replaced without an interruption. */
#include "api/api.h"
#include "api/body.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/service_accounts.h"

#define MODE_BYTES_MAX 20

static void begin_account(struct json_writer *writer, const struct service_account *account)
{
    jsonapi_begin_resource(writer, "service_account", view_text(account->uuid.text));
    json_pair(writer, "name", account->name);
    json_pair(writer, "role", account->role);
    json_pair_or_null(writer, "team", account->limited_to);
    json_pair_text(writer, "auth_type", "api_key");
    json_pair_text(writer, "level", "Org");
    json_pair(writer, "created_by", account->created_by);
    json_pair_time(writer, "created_at", account->created_ms);
    json_pair_time(writer, "used_at", account->used_ms);
    json_pair_integer(writer, "secrets", account->secret_count);
}

/* With `secret` the answer has it, which is told only here. */
static bool respond_account(const struct request *request, struct response *response,
    const struct service_account *account, int status, struct token *secret)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    begin_account(&writer, account);
    if (secret != NULL) {
        json_pair_text(&writer, "api_key", secret->text);
        token_wipe(secret);
    }
    jsonapi_end_resource(&writer);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = status;
    response->wants_etag = request->method == METHOD_GET;
    if (secret != NULL)
        response->cache_control = "no-store";
    return true;
}

static bool write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    const struct service_account *row = PAGE_ROW(struct service_account, rows, i);
    (void)request;
    (void)err;
    begin_account(writer, row);
    jsonapi_end_resource(writer);
    return true;
}

bool route_service_account_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct service_account *items;
    struct page_rows rows = {PAGE_OF(struct service_account, write_row)};
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_service_accounts(request->api->store, request->arena, request->session.account.organization, &page,
            &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &page, &rows);
}

static bool find_account(struct request *request, struct response *response, struct service_account *account)
{
    struct error err;
    return store_find_service_account(request->api->store, request->arena, request->session.account.organization,
               request_path_value(request, "serviceaccount_id"), account, &err) ||
           respond_failure(request, response, &err);
}

bool route_service_account_get(struct request *request, struct response *response)
{
    struct service_account account;
    return find_account(request, response, &account) && respond_account(request, response, &account, 200, NULL);
}

bool route_service_account_create(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "service_account", .attributes = "auth_type name role team"};
    AUTO_JSON *document = json_document_new();
    struct service_account_new given = {.who = request->session.account.user_name};
    struct view kind = view_text("api_key");
    struct json attributes;
    struct token secret;
    struct service_account made;
    struct error err;
    if (!body_attributes(request, response, document, &shape, &attributes) ||
        !body_text(request, response, attributes, "name", API_TOKEN_NAME_BYTES_MAX, &given.name) ||
        (json_is_present(json_member(attributes, "auth_type")) &&
            !body_text(request, response, attributes, "auth_type", MODE_BYTES_MAX, &kind)) ||
        !body_role(request, response, attributes, true, &given.role) ||
        !body_team(request, response, attributes, &given.team))
        return false;
    if (!view_is(kind, "api_key"))
        return body_complain(response, "/data/attributes/auth_type", view_text("\"auth_type\" must be \"api_key\""));
    if (!store_add_service_account(
            request->api->store, request->arena, request->session.account.organization, &given, &secret, &made, &err))
        return err.code == ERROR_INVALID ? body_complain(response, "/data/attributes/name", view_text(err.message))
                                         : respond_failure(request, response, &err);
    response_header(
        response, "Location", arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), made.uuid.text));
    return respond_account(request, response, &made, 201, &secret);
}

bool route_service_account_edit(struct request *request, struct response *response)
{
    static const struct body_shape shape = {
        .type = "service_account", .attributes = "role", .id_name = "serviceaccount_id"};
    AUTO_JSON *document = json_document_new();
    struct service_account account, edited;
    struct view role = view_text("");
    struct json attributes;
    struct error err;
    if (!find_account(request, response, &account) ||
        !body_check_rank(request, response, "service account", account.role, account.name) ||
        !body_attributes(request, response, document, &shape, &attributes) ||
        !body_role(request, response, attributes, false, &role))
        return false;
    if (!store_edit_service_account(request->api->store, request->arena, request->session.account.organization,
            view_text(account.uuid.text), role, request->session.account.user_name, &edited, &err))
        return respond_failure(request, response, &err);
    return respond_account(request, response, &edited, 200, NULL);
}

bool route_service_account_delete(struct request *request, struct response *response)
{
    struct service_account account;
    struct error err;
    if (!find_account(request, response, &account) ||
        !body_check_rank(request, response, "service account", account.role, account.name))
        return false;
    if (!store_remove_service_account(request->api->store, request->arena, request->session.account.organization,
            view_text(account.uuid.text), request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    return true;
}

static bool read_mode(struct request *request, struct response *response, enum secret_mode *mode, struct view *old)
{
    static const struct body_shape shape = {.type = "service_account", .attributes = "mode secret"};
    static const char *const modes[] = {
        [SECRET_REPLACE] = "replace", [SECRET_CREATE] = "create", [SECRET_DELETE] = "delete"};
    AUTO_JSON *document = json_document_new();
    struct view name = view_text("");
    struct json attributes;
    if (!body_attributes(request, response, document, &shape, &attributes) ||
        !body_text(request, response, attributes, "mode", MODE_BYTES_MAX, &name) ||
        (view_is(name, "delete") && !body_text(request, response, attributes, "secret", TOKEN_TEXT_SIZE, old)))
        return false;
    for (int i = 0; i < (int)(sizeof(modes) / sizeof(modes[0])); i++) {
        *mode = (enum secret_mode)i;
        if (view_is(name, modes[i]))
            return true;
    }
    return body_complain(response, "/data/attributes/mode", view_text("\"mode\" must be replace, create or delete"));
}

bool route_service_account_secret(struct request *request, struct response *response)
{
    struct service_account account, changed;
    struct view old = view_text("");
    enum secret_mode mode;
    struct token secret;
    struct error err;
    if (!find_account(request, response, &account) ||
        !body_check_rank(request, response, "service account", account.role, account.name) ||
        !read_mode(request, response, &mode, &old))
        return false;
    if (!store_change_secret(request->api->store, request->arena, request->session.account.organization,
            view_text(account.uuid.text), mode, old, request->session.account.user_name, &secret, &changed, &err))
        return respond_failure(request, response, &err);
    return respond_account(request, response, &changed, 200, mode == SECRET_DELETE ? NULL : &secret);
}
