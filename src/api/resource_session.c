/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in by a one-time link, signing out, and the organizations of who is signed in. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/route.h"

void api_set_session_cookie(const struct request *request, struct response *response, const char *value, int64_t age_ms)
{
    const char *secure = request->api->has_plain_cookies ? "" : "; Secure";
    response_header(response, "Set-Cookie",
        arena_format(request->arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
            api_cookie_name(request->api), value, (long long)(age_ms / 1000), secure));
}

static bool go_home(struct response *response)
{
    response->status = 303;
    response_header(response, "Location", view_text("/"));
    return true;
}

static bool refuse_link(const struct request *request, struct response *response)
{
    static const char page[] =
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Tidewaiter</title></head>\n<body>\n"
        "<h1>This sign-in link does not work any more</h1>\n"
        "<p>Each link works once and for a limited time. Run <code>tidewaiter sign-in</code> on the server to get another.</p>\n"
        "</body>\n</html>\n";
    api_note_failure(request);
    buffer_append_text(&response->body, page);
    response->status = 403;
    response->content_type = "text/html; charset=utf-8";
    return true;
}

/* The link is opened by people, so the answers are pages. Only GET redeems it: programs that look ahead send HEAD. */
bool route_session_begin(struct request *request, struct response *response)
{
    struct error err;
    struct token secret;
    struct session session;
    if (request->method == METHOD_HEAD || request->is_signed_in)
        return go_home(response);
    if (!store_sign_in(
            request->api->store, request->arena, request_parameter(request, "token"), &secret, &session, &err))
        return err.code == ERROR_DENIED ? refuse_link(request, response) : respond_failure(request, response, &err);
    api_set_session_cookie(request, response, secret.text, SESSION_MS_MAX);
    token_wipe(&secret);
    return go_home(response);
}

bool route_session_end(struct request *request, struct response *response)
{
    struct error err;
    struct view secret = cookie_find(request_header(request, "Cookie"), api_cookie_name(request->api));
    if (!store_end_session(request->api->store, secret, &err))
        return respond_failure(request, response, &err);
    api_set_session_cookie(request, response, "", 0);
    response->status = 204;
    return true;
}

static bool write_organization(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)request;
    (void)err;
    const struct account *account = PAGE_ROW(struct account, rows, i);
    jsonapi_begin_resource(writer, "org", view_text(account->organization_uuid.text));
    json_pair(writer, "name", account->organization_name);
    json_pair(writer, "slug", account->organization_name);
    json_pair_boolean(writer, "is_personal", false);
    jsonapi_end_resource(writer);
    return true;
}

/* The caller's. */
bool route_organization_list(struct request *request, struct response *response)
{
    struct page_request page;
    const struct page_rows rows = {
        SLICE_OF(struct account, write_organization), .items = &request->session.account, .count = 1};
    return page_read(request, response, &page) && respond_slice(request, response, &page, &rows);
}
