/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"

#include "api/list_stream.h"
#include "api/rate_limit.h"
#include "api/router.h"
#include "api/team_limit.h"
#include "api/web.h"
#include "base/digest.h"

/* Everything only from ourselves, nothing inline. */
#define CONTENT_SECURITY_POLICY                                                                                        \
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

const char *api_cookie_name(const struct api *api)
{
    return api->has_plain_cookies ? "tidewaiter-session" : "__Host-tidewaiter";
}

static void add_security_headers(struct response *response)
{
    response_header(response, "Content-Security-Policy", view_text(CONTENT_SECURITY_POLICY));
    response_header(response, "X-Content-Type-Options", view_text("nosniff"));
    response_header(response, "X-Frame-Options", view_text("DENY"));
    response_header(response, "Referrer-Policy", view_text("same-origin"));
    response_header(response, "Cross-Origin-Opener-Policy", view_text("same-origin"));
    response_header(response, "Cross-Origin-Resource-Policy", view_text("same-origin"));
}

static void choose_request_id(struct request *request)
{
    if (!uuid_parse(request_header(request, "Snyk-Request-Id"), &request->id) &&
        !uuid_parse(request_header(request, "X-Request-Id"), &request->id))
        uuid_new(&request->id);
}

static bool check_size(const struct request *request, struct response *response)
{
    if (request->target.size > REQUEST_TARGET_BYTES_MAX)
        return respond_error(
            response, API_ERROR_URI_TOO_LONG, "the address has more than %u bytes", REQUEST_TARGET_BYTES_MAX);
    if (request->has_too_many_headers)
        return respond_error(response, API_ERROR_HEADERS_TOO_LARGE, "at most %d headers with %u bytes are accepted",
            REQUEST_HEADERS_MAX, REQUEST_HEADER_BYTES_MAX);
    if (!request->is_body_too_large)
        return true;
    size_t bytes_max = router_body_bytes_max(request);
    return respond_error(response, API_ERROR_BODY_TOO_LARGE, "at most %zu bytes are accepted%s", bytes_max,
        bytes_max == ROUTER_DOCUMENT_BYTES_MAX ? "; \"tidewaiter vex import\" reads documents of up to 20 MiB" : "");
}

static bool check_host(const struct request *request, struct response *response)
{
    struct view host = request_header(request, "Host");
    if (host_is_allowed(&request->api->hosts, host))
        return true;
    return respond_error(response, API_ERROR_HOST_NOT_ALLOWED,
        "the name \"%.*s\" is not one of this server's; start it with --host-name to add one", VIEW_PRINT(host));
}

static bool read_target(struct request *request, struct response *response)
{
    struct error err;
    struct view rest = request->target;
    request->path = view_cut(&rest, '?');
    if (request->path.size == 0 || (request->path.data[0] != '/' && !view_is(request->path, "*")))
        return respond_error(response, API_ERROR_PATH_NOT_FOUND, "the address must start with \"/\"");
    if (!query_parse(request->arena, rest, &request->query, &err))
        return respond_error(response, API_ERROR_INVALID_PARAMETER, "%s", err.message);
    return true;
}

/* "Authorization: token KEY" or "bearer KEY"; empty if there is no such header. Schemes are written in any case (RFC 9110,
   11.1). */
static struct view find_api_token(const struct request *request)
{
    struct view value = view_trim(request_header(request, "Authorization"));
    struct view scheme = view_cut(&value, ' ');
    bool is_known =
        view_equal_ignoring_case(scheme, view_text("token")) || view_equal_ignoring_case(scheme, view_text("bearer"));
    return is_known ? view_trim(value) : view_text("");
}

static bool refuse_rate(struct response *response, const char *what, int wait_s)
{
    response_header(response, "Retry-After", arena_format(response->arena, "%d", wait_s));
    return respond_error(response, API_ERROR_RATE_LIMITED, "too many %s in a minute: wait for %d s", what, wait_s);
}

/* Guesses at secrets are slowed down by where they come from. */
bool api_check_failures(const struct request *request, struct response *response)
{
    int wait_s = 0;
    return request->address.size == 0 ||
           rate_limit_check(request->api->failures, request->address, request->now_ms, &wait_s) ||
           refuse_rate(response, "failed attempts to sign in", wait_s);
}

void api_note_failure(const struct request *request)
{
    int wait_s;
    if (request->address.size > 0)
        (void)rate_limit_take(request->api->failures, request->address, request->now_ms, &wait_s);
}

static bool load_api_token(struct request *request, struct view secret, struct response *response)
{
    struct error err;
    if (!api_check_failures(request, response))
        return false;
    if (store_find_api_token(request->api->store, request->arena, secret, &request->session, &err)) {
        request->is_signed_in = true;
        request->is_by_token = true;
        request->permissions = request->session.permissions;
        return request->permissions.bits != 0 ||
               respond_error(response, API_ERROR_FORBIDDEN, "the token's role \"%.*s\" is not there any more",
                   VIEW_PRINT(request->session.account.role));
    }
    if (err.code == ERROR_DENIED)
        api_note_failure(request);
    if (err.code == ERROR_DENIED)
        return request->route->permission == PERMISSION_ANYONE ||
               respond_error(response, API_ERROR_UNAUTHORIZED, "%s; \"tidewaiter token list\" shows them", err.message);
    error_wrap(&err, "token");
    return respond_failure(request, response, &err);
}

/* Senders of webhooks prove themselves in their own ways: an Authorization header of theirs holds no token of ours. */
static bool is_hook(const struct request *request)
{
    return request->route == &routes[ROUTE_hook_receive] || request->route == &routes[ROUTE_hook_validate];
}

/* Clusters that send no header have the token in the address of admission.
   Neither a session that does not exist nor a store that does not answer lets anybody in. */
static bool load_session(struct request *request, const struct route_match *match, struct response *response)
{
    struct error err;
    bool has_path_secret = match->route == &routes[ROUTE_admission_review_by_secret];
    struct view token = has_path_secret ? match->path_values[1] : find_api_token(request);
    struct view secret = cookie_find(request_header(request, "Cookie"), api_cookie_name(request->api));
    if (is_hook(request))
        return true;
    if (token.size > 0)
        return load_api_token(request, token, response);
    if (secret.size == 0)
        return true;
    if (store_find_session(request->api->store, request->arena, secret, &request->session, &err)) {
        request->is_signed_in = true;
        request->permissions = request->session.permissions;
        return true;
    }
    if (err.code == ERROR_DENIED)
        return true;
    error_wrap(&err, "session");
    return respond_failure(request, response, &err);
}

static bool check_rate(const struct request *request, struct response *response)
{
    int wait_s = 0;
    return !request->is_signed_in ||
           rate_limit_take(
               request->api->requests, view_text(request->session.account.user_uuid.text), request->now_ms, &wait_s) ||
           refuse_rate(response, "requests", wait_s);
}

/* A token that ends soon says so with every answer. */
static void add_token_header(const struct request *request, struct response *response)
{
    char text[TIME_TEXT_SIZE];
    if (!request->is_by_token || !api_token_expires_soon(request->session.expires_ms, request->now_ms))
        return;
    time_format(request->session.expires_ms, text);
    response_header(response, "Tidewaiter-Token-Expires", arena_copy(request->arena, view_text(text)));
}

static bool check_signed_in(const struct request *request, struct response *response)
{
    if (request->route->permission == PERMISSION_ANYONE || request->is_signed_in)
        return true;
    return respond_error(response, API_ERROR_UNAUTHORIZED,
        "there is no session, or it has ended; \"tidewaiter sign-in\" on the server prints a sign-in link, \"tidewaiter "
        "token create\" makes a token for programs");
}

/* Chosen before anything is refused, so that every answer can name it; said only to callers who are signed in. */
static enum version_answer choose_version(struct request *request)
{
    if (request->route->versions[0] == '\0')
        return VERSION_SERVED;
    return version_negotiate(
        request_parameter(request, "version"), request->route->versions, request->now_ms, &request->version);
}

static bool check_version(const struct request *request, enum version_answer answer, struct response *response)
{
    struct view asked = request_parameter(request, "version");
    const char *released = request->route->versions;
    switch (answer) {
    case VERSION_SERVED:
        return true;
    case VERSION_MISSING:
        return respond_parameter_error(response, API_ERROR_VERSION_MISSING, "version",
            "give the date that your program was written for, such as version=2025-09-17");
    case VERSION_INVALID:
        return respond_parameter_error(response, API_ERROR_VERSION_INVALID, "version",
            "version must be a date such as 2025-09-17, which may end with ~beta or ~experimental");
    case VERSION_IN_FUTURE:
        return respond_parameter_error(response, API_ERROR_VERSION_IN_FUTURE, "version",
            "version \"%.*s\" lies in the future (days begin and end in UTC)", VIEW_PRINT(asked));
    case VERSION_NOT_RELEASED:
    case VERSION_ANSWER_COUNT:
        break;
    }
    return respond_parameter_error(response, API_ERROR_VERSION_NOT_RELEASED, "version",
        "no version of this operation fits \"%.*s\"; there are: %s", VIEW_PRINT(asked), released);
}

static void add_version_headers(const struct request *request, struct response *response)
{
    struct view asked = request_parameter(request, "version");
    response_header(response, "snyk-request-id", view_text(request->id.text));
    if (request->route == NULL || request->route->versions[0] == '\0')
        return;
    if (asked.size > 0 && asked.size < 64)
        response_header(response, "snyk-version-requested", asked); /* query_decode let no control characters pass */
    if (request->version.served.date == 0)
        return;
    char text[API_VERSION_TEXT_SIZE];
    api_version_format(request->version.served, text);
    response_header(response, "snyk-version-served", arena_copy(request->arena, view_text(text)));
    response_header(response, "snyk-version-lifecycle-stage", view_text(version_stage(&request->version)));
    if (request->version.is_deprecated) {
        response_header(response, "deprecation", view_text(request->version.deprecation));
        response_header(response, "sunset", view_text(request->version.sunset));
    }
}

/* Lacking read hides the resource, lacking write does not; whoever may not even read it, or asks to read what only those
   may who can write, is told the same as of a missing one. */
static bool check_permission(const struct request *request, struct response *response)
{
    enum permission permission = request->route->permission;
    if (permission == PERMISSION_ANYONE || permission == PERMISSION_SIGNED_IN)
        return true;
    bool is_own_organization =
        view_is(request_path_value(request, "org_id"), request->session.account.organization_uuid.text);
    bool may_read = permission_has(request->permissions, permission_reading(permission));
    bool hides = !permission_is_write(permission) || request->method == METHOD_GET || request->method == METHOD_HEAD;
    if (!is_own_organization || !may_read || (hides && !permission_has(request->permissions, permission)))
        return respond_error(response, API_ERROR_ENTITY_NOT_FOUND, "there is no such organization or resource");
    if (!permission_has(request->permissions, permission))
        return respond_error(
            response, API_ERROR_FORBIDDEN, "this needs the permission %s", permission_name(permission));
    return true;
}

/* A cookie comes along whoever made the browser send the request. */
static bool check_origin(const struct request *request, struct response *response)
{
    bool is_write =
        request->method != METHOD_GET && request->method != METHOD_HEAD && request->method != METHOD_OPTIONS;
    if (!is_write || !request->is_signed_in || request->is_by_token)
        return true;
    if (!host_is_origin(request_header(request, "Origin"), request_header(request, "Host")))
        return respond_error(response, API_ERROR_CSRF_REFUSED, "the Origin header does not name this server");
    if (!session_csrf_matches(&request->session, request_header(request, "X-CSRF-Token")))
        return respond_error(
            response, API_ERROR_CSRF_REFUSED, "the X-CSRF-Token header is not the csrf_token of GET /rest/self");
    return true;
}

static bool run_route(struct request *request, const struct route_match *match, struct response *response)
{
    request->route = match->route;
    enum version_answer version = choose_version(request);
    return load_session(request, match, response) && check_rate(request, response) &&
           check_signed_in(request, response) && check_version(request, version, response) &&
           router_read_values(request, match, response) && check_permission(request, response) &&
           team_limit_check(request, response) && check_origin(request, response) &&
           router_check_parameters(request, response) &&
           (list_stream_is_wanted(request) ? list_stream_begin(request, response)
                                           : request->route->run(request, response));
}

static bool answer_without_route(
    const struct request *request, const struct route_match *match, struct response *response)
{
    bool is_read = request->method == METHOD_GET || request->method == METHOD_HEAD;
    if (match->methods == 0 && is_read && web_serve(request, response))
        return true;
    if (request->method == METHOD_OPTIONS && (match->methods != 0 || view_is(request->path, "*"))) {
        response->status = 204;
        response_header(response, "Allow", router_allow(request->arena, match->methods));
        return true;
    }
    if (match->methods == 0)
        return respond_error(response, API_ERROR_PATH_NOT_FOUND, "there is nothing at \"%.*s\"; see /openapi",
            VIEW_PRINT(request->path));
    struct view allowed = router_allow(request->arena, match->methods);
    response_header(response, "Allow", allowed);
    return respond_error(response, API_ERROR_METHOD_NOT_ALLOWED, "%s is not possible here; possible are %.*s",
        http_method_name(request->method), VIEW_PRINT(allowed));
}

static bool answer(struct request *request, struct response *response)
{
    struct route_match match;
    if (!check_size(request, response) || !check_host(request, response) || !read_target(request, response))
        return false;
    router_find(request->method, request->path, &match);
    if (match.route != NULL)
        return run_route(request, &match, response);
    return answer_without_route(request, &match, response);
}

/* Whether If-None-Match (RFC 9110, 13.1.2) names the tag; "*" names any. */
static bool matches_tag(struct view list, struct view tag)
{
    while (list.size > 0) {
        struct view item = view_trim(view_cut(&list, ','));
        if (view_starts_with(item, "W/"))
            item = view_from(item, 2);
        if (view_is(item, "*") || view_equal(item, tag))
            return true;
    }
    return false;
}

static void finish_tag(const struct request *request, struct response *response)
{
    if (response->status != 200)
        return;
    if (response->wants_etag) {
        struct digest digest;
        digest_of(response_body(response), &digest);
        response->etag = arena_format(request->arena, "\"%.*s\"", VIEW_PRINT(digest_hex(&digest)));
    }
    if (response->etag.size == 0)
        return;
    response_header(response, "ETag", response->etag);
    if (matches_tag(request_header(request, "If-None-Match"), response->etag)) {
        response->status = 304;
        response->content_type = NULL;
        response->borrowed_body = view_of(NULL, 0);
        buffer_clear(&response->body);
    }
}

static bool is_slow(const struct route_match *match)
{
    bool may_fetch_keys = match->route == &routes[ROUTE_hook_receive] && view_is(match->path_values[0], "google");
    return match->route == &routes[ROUTE_integration_test] || match->route == &routes[ROUTE_import_policy_post] ||
           match->route == &routes[ROUTE_import_policy_patch] || match->route == &routes[ROUTE_session_create] ||
           match->route == &routes[ROUTE_password_set] || match->route == &routes[ROUTE_package_scan_create] ||
           match->route == &routes[ROUTE_vex_document_create] || may_fetch_keys;
}

/* An admission review writes only where it queues a scan: as good as never. */
static bool only_reads(const struct request *request, const struct route_match *match)
{
    return request->method == METHOD_GET || request->method == METHOD_HEAD ||
           match->route == &routes[ROUTE_admission_review] || match->route == &routes[ROUTE_admission_review_by_secret];
}

enum request_pace api_pace(const struct request *request)
{
    struct route_match match;
    struct view rest = request->target;
    router_find(request->method, view_cut(&rest, '?'), &match);
    if (is_slow(&match))
        return PACE_SLOW;
    return only_reads(request, &match) ? PACE_READING : PACE_WRITING;
}

void api_handle(struct request *request, struct response *response)
{
    choose_request_id(request);
    add_security_headers(response);
    (void)answer(request, response); /* both answers are in the response */
    add_version_headers(request, response);
    add_token_header(request, response);
    finish_tag(request, response);
    response_header(response, "Cache-Control", view_text(response->cache_control));
    if (response->content_type != NULL && response->status != 204)
        response_header(response, "Content-Type", view_text(response->content_type));
}
