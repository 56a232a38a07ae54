/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of programs: made (and shown once), listed and revoked. */
#include "api/api.h"
#include "api/body.h"
#include "api/jsonapi.h"
#include "api/route.h"

enum { DAYS_DEFAULT = 90, DAYS_MAX = 3650 };

static void begin_token(struct json_writer *writer, const struct api_token *token, int64_t now_ms)
{
    bool has_expired = token->expires_ms != 0 && token->expires_ms <= now_ms;
    jsonapi_begin_resource(writer, "token", view_text(token->uuid.text));
    json_pair(writer, "name", token->name);
    json_pair(writer, "role", token->role);
    json_pair_or_null(writer, "team", token->limited_to);
    json_pair_text(writer, "state", token->revoked_ms != 0 ? "revoked" : has_expired ? "expired" : "valid");
    json_pair(writer, "created_by", token->created_by);
    json_pair_time(writer, "created_at", token->created_ms);
    json_pair_time(writer, "expires_at", token->expires_ms);
    json_pair_boolean(writer, "expires_soon", api_token_expires_soon(token->expires_ms, now_ms));
    json_pair_time(writer, "used_at", token->used_ms);
}

static bool write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    const struct api_token *row = PAGE_ROW(struct api_token, rows, i);
    (void)err;
    begin_token(writer, row, request->now_ms);
    jsonapi_end_resource(writer);
    return true;
}

bool route_token_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct api_token *items;
    struct page_rows rows = {PAGE_OF(struct api_token, write_row)};
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_api_tokens(request->api->store, request->arena, request->session.account.organization, &page,
            &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &page, &rows);
}

bool route_token_create(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "token", .attributes = "days name role team"};
    AUTO_JSON *document = json_document_new();
    struct api_token_new given = {.who = request->session.account.user_name};
    struct json attributes;
    struct json_writer writer;
    struct token secret;
    struct api_token made;
    struct error err;
    int64_t days = DAYS_DEFAULT;
    if (!body_attributes(request, response, document, &shape, &attributes) ||
        !body_text(request, response, attributes, "name", API_TOKEN_NAME_BYTES_MAX, &given.name) ||
        !body_role(request, response, attributes, true, &given.role) ||
        !body_team(request, response, attributes, &given.team))
        return false;
    struct json member = json_member(attributes, "days");
    if (json_is_present(member) && (!json_integer(member, &days) || days < 1 || days > DAYS_MAX))
        return body_complain(response, "/data/attributes/days",
            arena_format(request->arena, "\"days\" must be a number from 1 to %d", DAYS_MAX));
    given.valid_ms = days * 24 * 3600 * 1000;
    if (!store_new_api_token(
            request->api->store, request->arena, request->session.account.organization, &given, &secret, &made, &err))
        return err.code == ERROR_INVALID ? body_complain(response, "/data/attributes/name", view_text(err.message))
                                         : respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    begin_token(&writer, &made, request->now_ms);
    json_pair_text(&writer, "token", secret.text); /* told only here */
    token_wipe(&secret);
    jsonapi_end_resource(&writer);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = 201;
    response->wants_etag = false;
    response->cache_control = "no-store";
    response_header(
        response, "Location", arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), made.uuid.text));
    return true;
}

bool route_token_delete(struct request *request, struct response *response)
{
    struct error err;
    if (!store_revoke_api_token(request->api->store, request->session.account.organization,
            request_path_value(request, "token_id"), request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    return true;
}
