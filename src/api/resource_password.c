/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in by name and password, and changing one's own password. Guesses are slowed down by where they come from, and by
   whom they are at. */
#include "api/api.h"
#include "api/body.h"
#include "api/jsonapi.h"
#include "api/rate_limit.h"
#include "api/route.h"
#include "secret/password.h"
#include "secret/secret.h"
#include "store/passwords.h"

#define NAME_BYTES_MAX 100

struct sign_in {
    struct view organization;
    struct view user;
    struct view password;
};

static bool read_sign_in(
    const struct request *request, struct response *response, struct json_document *document, struct sign_in *given)
{
    static const struct body_shape shape = {.type = "session", .attributes = "organization password user"};
    struct json attributes;
    *given = (struct sign_in){.organization = view_text("")};
    return body_attributes(request, response, document, &shape, &attributes) &&
           body_text(request, response, attributes, "user", NAME_BYTES_MAX, &given->user) &&
           body_text(request, response, attributes, "password", PASSWORD_BYTES_MAX, &given->password) &&
           (!json_is_present(json_member(attributes, "organization")) ||
               body_text(request, response, attributes, "organization", NAME_BYTES_MAX, &given->organization));
}

/* A page of somebody else must not sign people in as somebody they are not. */
static bool check_page(const struct request *request, struct response *response)
{
    struct view origin = request_header(request, "Origin");
    return origin.size == 0 || host_is_origin(origin, request_header(request, "Host")) ||
           respond_error(response, API_ERROR_CSRF_REFUSED, "the Origin header does not name this server");
}

static bool refuse_guess(const struct request *request, struct response *response, struct view account)
{
    int wait_s;
    api_note_failure(request);
    (void)rate_limit_take(request->api->guesses, account, request->now_ms, &wait_s);
    return respond_error(response, API_ERROR_UNAUTHORIZED,
        "name or password are wrong; an administrator can print a sign-in link: tidewaiter user link NAME");
}

static bool respond_session(
    const struct request *request, struct response *response, const struct session *session, int status)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "session", view_text(session->account.user_uuid.text));
    json_pair(&writer, "user", session->account.user_name);
    json_pair_text(&writer, "organization", session->account.organization_uuid.text);
    json_pair_time(&writer, "expires_at", session->expires_ms);
    jsonapi_end_resource(&writer);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = status;
    response->cache_control = "no-store";
    response->wants_etag = false;
    return true;
}

bool route_session_create(struct request *request, struct response *response)
{
    AUTO_JSON *document = json_document_new();
    struct error err;
    struct sign_in given;
    struct password_user user;
    struct token secret;
    struct session session;
    int wait_s = 0;
    if (!check_page(request, response) || !api_check_failures(request, response) ||
        !read_sign_in(request, response, document, &given))
        return false;
    struct view account =
        arena_format(request->arena, "%.*s\n%.*s", VIEW_PRINT(given.organization), VIEW_PRINT(given.user));
    if (!rate_limit_check(request->api->guesses, account, request->now_ms, &wait_s)) {
        response_header(response, "Retry-After", arena_format(request->arena, "%d", wait_s));
        return respond_error(response, API_ERROR_RATE_LIMITED, "too many wrong passwords: wait for %d s", wait_s);
    }
    if (!store_find_password(request->api->store, request->arena, given.organization, given.user, &user, &err))
        return respond_failure(request, response, &err);
    if (!password_matches(given.password, user.hash))
        return refuse_guess(request, response, account);
    if (!store_begin_session(request->api->store, request->arena, user.user, &secret, &session, &err))
        return respond_failure(request, response, &err);
    api_set_session_cookie(request, response, secret.text, SESSION_MS_MAX);
    token_wipe(&secret);
    return respond_session(request, response, &session, 201);
}

/* Whoever has a password gives it again, so that a session left open is not enough to take over the account. */
static bool check_present(const struct request *request, struct response *response, struct json attributes)
{
    struct error err;
    struct password_user user;
    struct view present = json_member_string(attributes, "current_password");
    const struct account *account = &request->session.account;
    if (!store_find_password(request->api->store, request->arena, view_text(account->organization_uuid.text),
            account->user_name, &user, &err))
        return respond_failure(request, response, &err);
    if (user.hash.size == 0 || password_matches(present, user.hash))
        return true;
    api_note_failure(request);
    return respond_error(response, API_ERROR_FORBIDDEN, "\"current_password\" is not your present password");
}

bool route_password_set(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "password", .attributes = "current_password password"};
    AUTO_JSON *document = json_document_new();
    struct json attributes;
    struct error err;
    char hash[PASSWORD_HASH_SIZE];
    struct view password;
    struct view kept = cookie_find(request_header(request, "Cookie"), api_cookie_name(request->api));
    if (request->is_by_token)
        return respond_error(response, API_ERROR_FORBIDDEN, "a token has no password: sign in with a browser");
    if (!api_check_failures(request, response) || !body_attributes(request, response, document, &shape, &attributes) ||
        !body_text(request, response, attributes, "password", PASSWORD_BYTES_MAX, &password) ||
        !check_present(request, response, attributes))
        return false;
    if (!password_hash(password, hash, &err))
        return err.code == ERROR_INVALID ? body_complain(response, "/data/attributes/password", view_text(err.message))
                                         : respond_failure(request, response, &err);
    const struct password_new given = {.user = view_text(request->session.account.user_uuid.text),
        .hash = view_text(hash),
        .who = request->session.account.user_name};
    if (!store_set_password(
            request->api->store, request->arena, request->session.account.organization, &given, kept, &err))
        return respond_failure(request, response, &err);
    return respond_session(request, response, &request->session, 200);
}
