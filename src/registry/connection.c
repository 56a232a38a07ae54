/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/connection.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <assert.h>
#include <stdlib.h>

#define SAID_BYTES_MAX 300
#define SIGN_IN_MARGIN_MS (300LL * 1000)
#define DOCKER_HUB "docker.io"
#define DOCKER_HUB_SERVER "registry-1.docker.io"

void registry_take_scheme(struct view *text, bool *is_plain_http)
{
    *is_plain_http = view_starts_with(*text, "http://");
    if (*is_plain_http)
        *text = view_from(*text, strlen("http://"));
    else if (view_starts_with(*text, "https://"))
        *text = view_from(*text, strlen("https://"));
}

static bool set_base(struct registry *registry, const struct registry_options *options, struct error *err)
{
    struct view host = view_is(options->host, DOCKER_HUB) ? view_text(DOCKER_HUB_SERVER) : options->host;
    struct view prefix = options->path_prefix;
    while (prefix.size > 0 && prefix.data[prefix.size - 1] == '/')
        prefix = view_slice(prefix, 0, prefix.size - 1);
    if (!host_is_valid(host))
        return error_set(
            err, ERROR_INVALID, "\"%.*s\" is not a host name or address with an optional port", VIEW_PRINT(host));
    if (prefix.size > 0 && (prefix.data[0] != '/' || view_find(prefix, '?') < prefix.size))
        return error_set(
            err, ERROR_INVALID, "path prefix \"%.*s\" must begin with \"/\" and have no \"?\"", VIEW_PRINT(prefix));
    struct view text = arena_format(registry->arena, "%s://%.*s%.*s", options->is_plain_http ? "http" : "https",
        VIEW_PRINT(host), VIEW_PRINT(prefix));
    if (!url_parse(registry->arena, text, &registry->base, err))
        return error_wrap(err, "registry \"%.*s\"", VIEW_PRINT(options->host));
    if (prefix.size == 0)
        registry->base.path = view_text("");
    registry->address = url_show(registry->arena, &registry->base);
    registry->may_fall_back = !options->is_plain_http && !options->wants_tls && host_is_loopback(registry->base.host);
    return true;
}

/* The caller's rule, with this registry's host as its own. */
static void set_policy(struct registry *registry, const struct outbound_policy *given)
{
    size_t count = given == NULL ? 0 : given->own_count;
    struct view *own = ARENA_ARRAY(registry->arena, struct view, count + 1);
    for (size_t i = 0; i < count; i++)
        own[i] = given->own[i];
    bool is_address6 = view_find(registry->base.host, ':') < registry->base.host.size;
    own[count] = arena_format(
        registry->arena, is_address6 ? "[%.*s]:%u" : "%.*s:%u", VIEW_PRINT(registry->base.host), registry->base.port);
    if (given != NULL)
        registry->policy = *given;
    registry->policy.own = own;
    registry->policy.own_count = count + 1;
}

static void set_credentials(struct registry *registry, const struct registry_credentials *credentials)
{
    secret_free(registry->basic);
    secret_free(registry->fixed);
    registry->basic = registry->fixed = NULL;
    registry->has_password = false;
    registry->credentials = credentials;
    while (registry->access_count > 0)
        registry_access_drop(registry, registry->access[0].scope);
    if (credentials == NULL)
        return;
    registry->has_password = credentials->username.size > 0 && credentials->password != NULL;
    if (registry->has_password) {
        struct view parts[] = {credentials->username, view_text(":"), secret_view(credentials->password)};
        AUTO_SECRET *joined = secret_join(parts, 3);
        registry->basic = secret_base64("Basic ", secret_view(joined));
    }
    if (credentials->registry_token != NULL) {
        struct view parts[] = {view_text("Bearer "), secret_view(credentials->registry_token)};
        registry->fixed = secret_join(parts, 2);
    }
}

/* Asks for credentials where they are given for a while only. */
static bool sign_in(struct registry *registry, struct error *err)
{
    int64_t valid_ms = 0;
    struct registry_credentials given = {0};
    if (!registry->sign_in->renew(registry->sign_in, &given, &valid_ms, err))
        return error_wrap(err, "%.*s", VIEW_PRINT(registry->address));
    registry->signed_in = given;
    set_credentials(registry, &registry->signed_in);
    int64_t margin_ms = valid_ms / 10 < SIGN_IN_MARGIN_MS ? valid_ms / 10 : SIGN_IN_MARGIN_MS;
    registry->signed_in_until_ms = registry->clock->monotonic_ms(registry->clock) + valid_ms - margin_ms;
    return true;
}

bool registry_open(const struct registry_options *options, struct registry **registry, struct error *err)
{
    AUTO_REGISTRY *opened = memory_alloc(sizeof(*opened));
    *opened = (struct registry){.arena = arena_new()};
    opened->clock = options->clock == NULL ? clock_system() : options->clock;
    if (!set_base(opened, options, err))
        return false;
    if (options->credentials != NULL &&
        view_find(options->credentials->username, ':') < options->credentials->username.size)
        return error_set(err, ERROR_INVALID, "the user name for %.*s has a \":\", which HTTP cannot send",
            VIEW_PRINT(opened->address));
    set_policy(opened, options->policy);
    set_credentials(opened, options->credentials);
    struct http_client_options client = {.policy = &opened->policy,
        .route = options->route,
        .ca_file = options->ca_file,
        .tries_max = options->tries_max,
        .cancel = options->cancel,
        .clock = options->clock,
        .sleep = options->sleep,
        .gate = options->gate,
        .is_patient = options->is_patient};
    opened->token_host_given = arena_copy(opened->arena, options->token_host);
    opened->sign_in = options->sign_in;
    opened->signed_in_until_ms = INT64_MIN;
    opened->parallel = options->parallel == 0 ? REGISTRY_PARALLEL_DEFAULT : options->parallel;
    if (opened->parallel > HTTP_PARALLEL_MAX)
        opened->parallel = HTTP_PARALLEL_MAX;
    opened->client = http_client_new(&client);
    *registry = opened;
    opened = NULL;
    return true;
}

void registry_close(struct registry *registry)
{
    if (registry == NULL)
        return;
    while (registry->access_count > 0)
        registry_access_drop(registry, registry->access[0].scope);
    http_client_free(registry->client);
    secret_free(registry->basic);
    secret_free(registry->fixed);
    free(registry->challenge_text);
    free(registry->token_host);
    arena_free(registry->arena);
    free(registry);
}

const struct http_attempt *registry_last_attempt(const struct registry *registry)
{
    return http_last_attempt(registry->client);
}

struct view registry_token_host(const struct registry *registry, bool *is_refused)
{
    *is_refused = registry->has_other_token_host;
    return view_text(registry->token_host == NULL ? "" : registry->token_host);
}

struct view registry_address(const struct registry *registry)
{
    return registry->address;
}

bool registry_url(struct registry *registry, struct arena *arena, struct view path, struct url *url, struct error *err)
{
    struct view text = url_show(arena, &registry->base);
    return url_parse(arena, arena_format(arena, "%.*s/v2/%.*s", VIEW_PRINT(text), VIEW_PRINT(path)), url, err);
}

struct view registry_header_list(struct arena *arena, const struct http_response *response, const char *name)
{
    AUTO_BUFFER list;
    buffer_init(&list, HTTP_HEADER_BYTES_MAX + 2 * HTTP_HEADERS_MAX);
    for (size_t i = 0; i < response->header_count; i++) {
        if (!view_is(response->headers[i].name, name))
            continue;
        buffer_append_text(&list, list.size == 0 ? "" : ", ");
        buffer_append(&list, response->headers[i].value);
    }
    return arena_copy(arena, buffer_view(&list));
}

/* What the body of a refusal says: {"errors":[{"code","message"}]}, or one of the other forms that are seen. */
static void append_said(struct buffer *out, struct view body)
{
    struct error ignored; /* an HTML page or nothing: the status has to do */
    struct json root;
    AUTO_JSON *document = json_document_new();
    if (!json_parse(document, body, HTTP_ERROR_BODY_MAX, "answer", &root, &ignored))
        return;
    struct json_iterator errors = json_each(json_member(root, "errors"));
    struct view code = view_text("");
    struct view message = json_member_string(root, "message");
    static const char *const others[] = {"error_description", "details", "detail", "error"};
    for (size_t i = 0; message.size == 0 && i < sizeof(others) / sizeof(others[0]); i++)
        message = json_member_string(root, others[i]);
    if (json_next(&errors)) {
        code = json_member_string(errors.value, "code");
        message = json_member_string(errors.value, "message");
    }
    AUTO_BUFFER text;
    buffer_init(&text, 2 * HTTP_ERROR_BODY_MAX);
    text_append_printable(&text, code);
    buffer_append_text(&text, code.size > 0 && message.size > 0 ? ": " : "");
    text_append_printable(&text, message);
    size_t size = text.size;
    while (size > SAID_BYTES_MAX || (size > 0 && size < text.size && ((unsigned char)text.data[size] & 0xc0) == 0x80))
        size--;
    if (size > 0) {
        buffer_append_text(out, ": ");
        buffer_append(out, view_slice(buffer_view(&text), 0, size));
    }
}

static enum error_code code_of(int status)
{
    switch (status) {
    case 401:
    case 403:
        return ERROR_DENIED;
    case 404:
    case 410:
        return ERROR_NOT_FOUND;
    case 405:
    case 406:
    case 415:
        return ERROR_UNSUPPORTED;
    case 408:
    case 504:
        return ERROR_TIMEOUT;
    case 429:
        return ERROR_RATE_LIMITED;
    }
    return ERROR_SERVER;
}

bool registry_refusal(const struct http_response *response, const char *what, struct error *err)
{
    AUTO_BUFFER said;
    buffer_init(&said, 1024);
    append_said(&said, response->body);
    return error_set(err, code_of(response->status), "%s: HTTP status %d%.*s", what, response->status,
        VIEW_PRINT(buffer_view(&said)));
}

/* Sends once. A loopback registry that speaks no TLS is asked over plain http from then on. */
static bool send_once(struct registry *registry, struct arena *arena, const struct registry_request *request,
    const struct secret *authorization, struct http_response *response, struct source **body, struct error *err)
{
    enum http_failure failure = HTTP_FAILURE_OTHER;
    struct http_header headers[REGISTRY_HEADERS_MAX + 2];
    size_t count = 0;
    assert(request->header_count <= REGISTRY_HEADERS_MAX);
    if (request->accept != NULL)
        headers[count++] = (struct http_header){view_text("Accept"), view_text(request->accept)};
    if (request->range.size > 0)
        headers[count++] = (struct http_header){view_text("Range"), request->range};
    for (size_t i = 0; i < request->header_count; i++)
        headers[count++] = request->headers[i];
    struct http_request sent = {.method = request->method,
        .url = request->url,
        .headers = headers,
        .header_count = count,
        .content = request->content,
        .authorization = authorization,
        .body_bytes_max = request->body_bytes_max,
        .timeout_ms = request->timeout_ms,
        .failure = &failure};
    if (!registry->base.is_https && sent.url.is_https) {
        sent.url.is_https = false; /* made before the fall back */
        sent.url.port = registry->base.port;
    }
    for (;;) {
        bool is_answered = body == NULL ? http_fetch(registry->client, arena, &sent, response, err)
                                        : http_open(registry->client, arena, &sent, response, body, err);
        if (is_answered)
            registry->may_fall_back = false;
        bool speaks_no_tls = failure == HTTP_FAILURE_CONNECT || failure == HTTP_FAILURE_TLS;
        if (is_answered || !registry->may_fall_back || !speaks_no_tls)
            return is_answered;
        registry->may_fall_back = false;
        registry->base.is_https = sent.url.is_https = false;
        if (registry->base.port == 443)
            registry->base.port = sent.url.port = 80;
        registry->address = url_show(registry->arena, &registry->base);
    }
}

/* The scope that the challenge names, if it is about the same thing; else our own. */
static struct view scope_for(const struct challenge *challenge, struct view own)
{
    size_t prefix = view_find_last(own, ':') + 1;
    bool is_same = own.size > 0 && challenge->scope.size >= prefix &&
                   view_find(challenge->scope, ' ') == challenge->scope.size &&
                   view_equal(view_slice(challenge->scope, 0, prefix), view_slice(own, 0, prefix));
    return is_same ? challenge->scope : own;
}

static bool deny(struct registry *registry, const struct http_response *response, struct view scope, struct error *err)
{
    bool is_known = registry->has_password || registry->fixed != NULL ||
                    (registry->credentials != NULL && registry->credentials->identity_token != NULL);
    (void)registry_refusal(response,
        is_known ? "the credentials are wrong or not sufficient"
                 : "it wants a user name and password, and none were given",
        err);
    if (scope.size > 0)
        error_wrap(err, "no access to %.*s", VIEW_PRINT(scope));
    return error_wrap(err, "%.*s", VIEW_PRINT(registry->address));
}

/* What to send after a 401; `sent` is what was refused. NULL in `*again` cannot happen on success. */
static bool answer_challenge(struct registry *registry, const struct registry_request *request,
    const struct http_response *response, const struct secret *sent, const struct secret **again, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    struct challenge_list list = {0};
    struct view header = registry_header_list(scratch, response, "www-authenticate");
    if (!challenge_parse(scratch, header, &list, err))
        return error_wrap(err, "%.*s", VIEW_PRINT(registry->address));
    const struct challenge *challenge = challenge_choose(&list, registry->has_password);
    struct challenge known = {.scheme = view_text("bearer"), .realm = registry->realm, .service = registry->service};
    if (challenge == NULL && list.count == 0 && registry->realm.size > 0)
        challenge = &known; /* some registries say it once only */
    struct challenge basic = {.scheme = view_text("basic")};
    if (challenge == NULL && list.count == 0 && registry->has_password)
        challenge = &basic;
    if (challenge == NULL && list.count > 0 && registry->has_password)
        return error_set(err, ERROR_UNSUPPORTED, "%.*s wants authentication by %.*s; Basic and Bearer are supported",
            VIEW_PRINT(registry->address), VIEW_PRINT(challenge_schemes(scratch, &list)));
    if (challenge == NULL || registry->fixed != NULL)
        return deny(registry, response, request->scope, err);
    if (view_is(challenge->scheme, "basic")) {
        registry->wants_basic = true;
        *again = registry->basic;
        return sent != registry->basic || deny(registry, response, request->scope, err);
    }
    /* A token service gives tokens without rights to anybody; the registry then tells that they are too few. */
    if (sent != NULL && view_is(challenge->error, "insufficient_scope"))
        return deny(registry, response, request->scope, err);
    registry_access_drop(registry, request->scope);
    struct view wanted = arena_copy(scratch, scope_for(challenge, request->scope));
    if (!registry_set_realm(registry, challenge, err))
        return false;
    return registry_access_fetch(registry, request->scope, wanted, again, err);
}

/* Nothing until the registry said what it wants. */
bool registry_authorize(struct registry *registry, const struct registry_request *request,
    const struct secret **authorization, struct error *err)
{
    bool wants_credentials =
        registry->sign_in != NULL && registry->clock->monotonic_ms(registry->clock) >= registry->signed_in_until_ms;
    if (wants_credentials && !sign_in(registry, err))
        return false;
    *authorization = registry->fixed;
    if (registry->fixed != NULL)
        return true;
    if (registry->wants_basic)
        *authorization = registry->basic;
    else if (registry->realm.size > 0 && request->scope.size > 0) {
        *authorization = registry_access_find(registry, request->scope);
        return *authorization != NULL ||
               registry_access_fetch(registry, request->scope, request->scope, authorization, err);
    }
    return true;
}

static bool send_authorized(struct registry *registry, struct arena *arena, const struct registry_request *request,
    struct http_response *response, struct source **body, struct error *err)
{
    const struct secret *authorization = NULL;
    if (!registry_authorize(registry, request, &authorization, err))
        return false;
    /* Once to learn what is wanted, and once more for a token that had run out. */
    unsigned answers_max = authorization == NULL ? 2 : 1;
    for (unsigned answers = 0;; answers++) {
        if (!send_once(registry, arena, request, authorization, response, body, err))
            return false;
        if (response->status != 401 || response->left_origin)
            return true;
        if (answers == answers_max)
            return deny(registry, response, request->scope, err);
        if (!answer_challenge(registry, request, response, authorization, &authorization, err))
            return false;
    }
}

bool registry_send(struct registry *registry, struct arena *arena, const struct registry_request *request,
    struct http_response *response, struct source **body, struct error *err)
{
    if (send_authorized(registry, arena, request, response, body, err))
        return true;
    bool may_be_stale = registry->sign_in != NULL && err->code == ERROR_DENIED &&
                        registry->clock->monotonic_ms(registry->clock) < registry->signed_in_until_ms;
    if (!may_be_stale)
        return false;
    registry->signed_in_until_ms = INT64_MIN; /* the vendor took them back early */
    return send_authorized(registry, arena, request, response, body, err);
}

bool registry_ping(struct registry *registry, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct http_response response;
    struct registry_request request = {
        .method = "GET", .body_bytes_max = REGISTRY_JSON_BYTES_MAX, .timeout_ms = REGISTRY_TIMEOUT_MS};
    if (!registry_url(registry, arena, view_text(""), &request.url, err) ||
        !registry_send(registry, arena, &request, &response, NULL, err))
        return false;
    struct view type = http_header(&response, "content-type");
    if (response.status == 404 || view_starts_with(type, "text/html"))
        return error_set(err, ERROR_UNSUPPORTED,
            "%.*s is not a registry but %s; check the host, and the path prefix if it has one",
            VIEW_PRINT(registry->address), response.status == 404 ? "knows no /v2/" : "a web page");
    if (response.status == 200)
        return true;
    (void)registry_refusal(&response, "the registry does not answer as one", err);
    return error_wrap(err, "%.*s", VIEW_PRINT(registry->address));
}
