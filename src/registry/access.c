/* SPDX-License-Identifier: Apache-2.0 */
/* Access tokens of the Bearer scheme: asked for one scope at a time, since some services look at the first only. */
#include "registry/connection.h"

#include "base/json.h"
#include "base/memory.h"
#include "http/sign.h"

#include <stdlib.h>

#define TOKEN_REPLY_BYTES_MAX (1u * 1024 * 1024)
#define TOKEN_BYTES_MAX (64u * 1024)
#define FORM_BYTES_MAX (128u * 1024)
#define DEFAULT_LIFETIME_S 60
#define LIFETIME_S_MAX (24 * 3600)

void registry_access_drop(struct registry *registry, struct view scope)
{
    for (size_t i = 0; i < registry->access_count; i++) {
        struct registry_access *access = &registry->access[i];
        if (!view_equal(access->scope, scope))
            continue;
        secret_free(access->header);
        free(access->scope_text);
        *access = registry->access[--registry->access_count];
        return;
    }
}

const struct secret *registry_access_find(struct registry *registry, struct view scope)
{
    for (size_t i = 0; i < registry->access_count; i++) {
        struct registry_access *access = &registry->access[i];
        if (view_equal(access->scope, scope) && registry->clock->monotonic_ms(registry->clock) < access->expires_ms)
            return access->header;
    }
    return NULL;
}

static void keep(struct registry *registry, struct view scope, struct secret *header, int64_t expires_ms)
{
    registry_access_drop(registry, scope);
    if (registry->access_count == TOKENS_MAX) { /* the one that ends first makes room */
        size_t first = 0;
        for (size_t i = 1; i < TOKENS_MAX; i++) {
            if (registry->access[i].expires_ms < registry->access[first].expires_ms)
                first = i;
        }
        registry_access_drop(registry, registry->access[first].scope);
    }
    struct registry_access *access = &registry->access[registry->access_count++];
    access->scope_text = memory_alloc(scope.size + 1);
    if (scope.size > 0)
        memcpy(access->scope_text, scope.data, scope.size);
    access->scope = view_of(access->scope_text, scope.size);
    access->header = header;
    access->expires_ms = expires_ms;
}

/* Credentials go to the token service that was there when the connection was tested, and to no other that the registry, or
   whoever answers in its place, names later. */
static bool check_token_host(struct registry *registry, struct view host, struct error *err)
{
    struct view integration = registry->policy.integration;
    free(registry->token_host);
    registry->token_host = memory_alloc(host.size + 1);
    memcpy(registry->token_host, host.data, host.size);
    registry->token_host[host.size] = '\0';
    registry->has_other_token_host =
        registry->token_host_given.size > 0 && !view_equal_ignoring_case(registry->token_host_given, host);
    if (!registry->has_other_token_host)
        return true;
    return error_set(err, ERROR_REFUSED,
        "%.*s names the token service \"%.*s\" now, but \"%.*s\" when it was tested first, and nothing was sent there; if "
        "the registry's operator moved it, confirm that with `tidewaiter integration edit \"%.*s\" --token-host %.*s`",
        VIEW_PRINT(registry->address), VIEW_PRINT(host), VIEW_PRINT(registry->token_host_given),
        VIEW_PRINT(integration), VIEW_PRINT(host));
}

bool registry_set_realm(struct registry *registry, const struct challenge *challenge, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    struct url realm;
    if (!url_resolve(scratch, &registry->base, challenge->realm, &realm, err))
        return error_wrap(err, "the token service of %.*s", VIEW_PRINT(registry->address));
    if (registry->base.is_https && !realm.is_https)
        return error_set(err, ERROR_REFUSED, "%.*s names a token service without TLS, %.*s: the password would be seen",
            VIEW_PRINT(registry->address), VIEW_PRINT(url_show(scratch, &realm)));
    if (!check_token_host(registry, url_authority(scratch, &realm), err))
        return false;
    struct view text = url_format(scratch, &realm);
    char *copy = memory_alloc(text.size + challenge->service.size + 1);
    memcpy(copy, text.data, text.size);
    if (challenge->service.size > 0)
        memcpy(copy + text.size, challenge->service.data, challenge->service.size);
    free(registry->challenge_text);
    registry->challenge_text = copy;
    registry->realm = view_of(copy, text.size);
    registry->service = view_of(copy + text.size, challenge->service.size);
    return true;
}

static void append_pair(struct buffer *form, const char *name, struct view value)
{
    if (value.size == 0)
        return;
    buffer_append_text(form, form->size == 0 ? "" : "&");
    buffer_append_text(form, name);
    buffer_append_byte(form, '=');
    url_append_encoded(form, value, "*:/,");
}

/* GET with the pairs in the query and the password, if any, as Basic. */
static bool ask_by_get(struct registry *registry, struct arena *arena, struct url *url, struct view scope,
    struct http_response *response, struct error *err)
{
    AUTO_BUFFER query;
    buffer_init(&query, URL_BYTES_MAX);
    buffer_append(&query, url->query);
    append_pair(&query, "service", registry->service);
    append_pair(&query, "scope", scope);
    append_pair(&query, "client_id", view_text("tidewaiter"));
    if (registry->has_password && registry->credentials != NULL)
        append_pair(&query, "account", registry->credentials->username);
    if (!buffer_check(&query, "the request for a token", err))
        return false;
    url->query = arena_copy(arena, buffer_view(&query));
    url->has_query = true;
    struct http_request request = {.method = "GET",
        .url = *url,
        .authorization = registry->basic,
        .body_bytes_max = TOKEN_REPLY_BYTES_MAX,
        .timeout_ms = REGISTRY_TIMEOUT_MS};
    return http_fetch(registry->client, arena, &request, response, err);
}

/* POST (OAuth 2.0, RFC 6749 §6): the only way to use an identity token. */
static bool ask_by_post(struct registry *registry, struct arena *arena, struct url *url, struct view scope,
    struct http_response *response, struct error *err)
{
    static const struct http_header type = {
        VIEW_LITERAL("Content-Type"), VIEW_LITERAL("application/x-www-form-urlencoded")};
    char bytes[FORM_BYTES_MAX]; /* not on the heap, where growing would leave copies behind */
    struct buffer form = {.data = bytes, .capacity = sizeof(bytes), .size_max = sizeof(bytes)};
    append_pair(&form, "grant_type", view_text("refresh_token"));
    append_pair(&form, "service", registry->service);
    append_pair(&form, "client_id", view_text("tidewaiter"));
    append_pair(&form, "scope", scope);
    append_pair(&form, "refresh_token", secret_view(registry->credentials->identity_token));
    AUTO_SECRET *body = secret_new(buffer_view(&form));
    bool fits = buffer_check(&form, "the request for a token", err);
    secret_wipe(bytes, sizeof(bytes));
    if (!fits)
        return false;
    struct http_request request = {.method = "POST",
        .url = *url,
        .form = body,
        .headers = &type,
        .header_count = 1,
        .body_bytes_max = TOKEN_REPLY_BYTES_MAX,
        .timeout_ms = REGISTRY_TIMEOUT_MS};
    return http_fetch(registry->client, arena, &request, response, err);
}

/* A token goes into a header: nothing that could end it. */
static bool token_is_valid(struct view token)
{
    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] <= 0x20 || token.data[i] >= 0x7f)
            return false;
    }
    return token.size > 0 && token.size <= TOKEN_BYTES_MAX;
}

int64_t registry_token_expiry_s(struct view token)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct error ignored; /* opaque tokens are fine */
    struct view payload;
    double seconds = 0;
    (void)view_cut(&token, '.');
    if (!base64_parse(arena, view_cut(&token, '.'), &payload) || payload.size == 0 ||
        !json_parse(document, payload, TOKEN_BYTES_MAX, "token", &root, &ignored) ||
        !json_number(json_member(root, "exp"), &seconds) || seconds < 0 || seconds > 1e12)
        return 0;
    return (int64_t)seconds;
}

static bool read_reply(
    struct registry *registry, struct view reply, struct view scope, const struct secret **header, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!json_parse(document, reply, TOKEN_REPLY_BYTES_MAX, "answer of the token service", &root, err))
        return false;
    struct view token = json_member_string(root, "token");
    if (token.size == 0)
        token = json_member_string(root, "access_token");
    if (!token_is_valid(token))
        return error_set(err, ERROR_INVALID, "the token service answered without a usable token");
    int64_t lifetime_s = 0;
    /* Quay and Azure do not tell: the token itself does. */
    if (!json_integer(json_member(root, "expires_in"), &lifetime_s) && registry_token_expiry_s(token) > 0)
        lifetime_s = registry_token_expiry_s(token) - registry->clock->wall_ms(registry->clock) / 1000;
    if (lifetime_s <= 0)
        lifetime_s = DEFAULT_LIFETIME_S;
    if (lifetime_s > LIFETIME_S_MAX)
        lifetime_s = LIFETIME_S_MAX;
    int64_t margin_s = lifetime_s / 10 > 5 ? lifetime_s / 10 : 5;
    int64_t now_ms = registry->clock->monotonic_ms(registry->clock);
    const struct view parts[] = {VIEW_LITERAL("Bearer "), token};
    struct secret *made = secret_join(parts, 2);
    keep(registry, scope, made, now_ms + (lifetime_s - margin_s) * 1000);
    *header = made;
    return true;
}

bool registry_access_fetch(
    struct registry *registry, struct view scope, struct view wanted, const struct secret **header, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct url url;
    struct http_response response;
    if (!url_parse(arena, registry->realm, &url, err))
        return false;
    struct view shown = url_show(arena, &url);
    bool has_identity = registry->credentials != NULL && registry->credentials->identity_token != NULL;
    bool is_answered = has_identity ? ask_by_post(registry, arena, &url, wanted, &response, err)
                                    : ask_by_get(registry, arena, &url, wanted, &response, err);
    if (!is_answered)
        return error_wrap(err, "token service %.*s", VIEW_PRINT(shown));
    if (response.status < 200 || response.status >= 300) {
        (void)registry_refusal(&response, "no access token", err);
        return error_wrap(err, "token service %.*s", VIEW_PRINT(shown));
    }
    bool is_read = read_reply(registry, response.body, scope, header, err);
    secret_wipe((void *)(uintptr_t)response.body.data, response.body.size);
    return is_read || error_wrap(err, "token service %.*s", VIEW_PRINT(shown));
}
