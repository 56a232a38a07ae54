/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/vendor.h"

#include "base/map.h"
#include "base/memory.h"
#include "registry/connection.h"
#include "registry/link.h"

#include <assert.h>
#include <stdlib.h>

#define EMPTY_PAGES_MAX 3
#define VENDOR_TIMEOUT_MS (60LL * 1000)
#define TOKEN_MARGIN_MS (60LL * 1000)
#define TRIES_MAX 4

/* "https://api.example:8443/x" as an entry of the outbound rule. */
static bool own_host_of(struct arena *arena, struct view text, struct view *own)
{
    struct url url;
    struct error ignored; /* an unusable URL is reported when the API is opened */
    if (text.size == 0 || !url_parse(arena, text, &url, &ignored))
        return false;
    bool is_address6 = view_find(url.host, ':') < url.host.size;
    *own = arena_format(arena, is_address6 ? "[%.*s]:%u" : "%.*s:%u", VIEW_PRINT(url.host), url.port);
    return true;
}

struct adapter *adapter_new(const struct adapter_type *type, size_t size, const struct registry_options *options)
{
    static const char *const urls[] = {"api_url", "iam_url"};
    assert(size >= sizeof(struct adapter));
    struct adapter *adapter = memory_alloc(size);
    memset(adapter, 0, size);
    *adapter = (struct adapter){.type = type, .arena = arena_new(), .options = *options};
    size_t count = options->policy == NULL ? 0 : options->policy->own_count;
    struct view *own = ARENA_ARRAY(adapter->arena, struct view, count + 3);
    for (size_t i = 0; i < count; i++)
        own[i] = options->policy->own[i];
    own[count++] = options->host;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        if (own_host_of(adapter->arena, adapter_field(adapter, urls[i]), &own[count]))
            count++;
    }
    if (options->policy != NULL)
        adapter->policy = *options->policy;
    adapter->policy.own = own;
    adapter->policy.own_count = count;
    adapter->options.policy = &adapter->policy;
    struct http_client_options client = {.policy = &adapter->policy,
        .route = options->route,
        .ca_file = options->ca_file,
        .cancel = options->cancel,
        .clock = options->clock,
        .sleep = options->sleep,
        .gate = options->gate,
        .is_patient = options->is_patient};
    if (options->clock == NULL)
        adapter->options.clock = clock_system();
    adapter->client = http_client_new(&client);
    return adapter;
}

bool adapter_connect(struct adapter *adapter, const struct registry_options *options, struct error *err)
{
    if (registry_open(options, &adapter->registry, err))
        return true;
    adapter_close(adapter);
    return false;
}

bool adapter_add_place(
    struct adapter *adapter, struct view prefix, const struct registry_options *options, struct error *err)
{
    struct registry *registry = NULL;
    for (size_t i = 0; i < adapter->places.count; i++) {
        if (view_equal(adapter->places.items[i].prefix, prefix))
            return true;
    }
    struct registry_options own = *options;
    if (!view_equal(own.host, adapter->options.host))
        own.token_host = view_text(""); /* it was tested for the integration's own host */
    if (!registry_open(&own, &registry, err))
        return false;
    struct adapter_place *place = ARENA_PUSH(adapter->arena, &adapter->places);
    *place = (struct adapter_place){arena_copy(adapter->arena, prefix), registry};
    return true;
}

void adapter_close(struct adapter *adapter)
{
    if (adapter == NULL)
        return;
    if (adapter->type->close != NULL)
        adapter->type->close(adapter);
    for (size_t i = 0; i < adapter->places.count; i++)
        registry_close(adapter->places.items[i].registry);
    registry_close(adapter->registry);
    http_client_free(adapter->client);
    arena_free(adapter->arena);
    free(adapter);
}

struct view adapter_field(const struct adapter *adapter, const char *name)
{
    return credential_text(adapter->options.fields, name);
}

const struct secret *adapter_secret(const struct adapter *adapter, const char *name)
{
    return credential_secret(adapter->options.fields, name);
}

struct view vendor_own_url(const struct adapter *adapter, const char *path)
{
    return arena_format(adapter->arena, "%s://%.*s%s", adapter->options.is_plain_http ? "http" : "https",
        VIEW_PRINT(adapter->options.host), path);
}

void vendor_header(struct vendor_call *call, const char *name, struct view value)
{
    assert(call->request.header_count < VENDOR_HEADERS_MAX);
    call->headers[call->request.header_count++] = (struct http_header){view_text(name), value};
}

bool vendor_api_open(
    struct vendor_api *api, struct adapter *adapter, const char *title, struct view text, struct error *err)
{
    api->adapter = adapter;
    api->title = title;
    while (text.size > 0 && text.data[text.size - 1] == '/')
        text = view_slice(text, 0, text.size - 1);
    if (!url_parse(adapter->arena, text, &api->base, err))
        return error_wrap(err, "the address of %s", title);
    if (api->base.has_query)
        return error_set(err, ERROR_INVALID, "the address of %s has a \"?\"", title);
    if (view_is(api->base.path, "/"))
        api->base.path = view_text("");
    if (!api->base.is_https && !adapter->options.is_plain_http)
        return error_set(err, ERROR_REFUSED, "the address of %s, %.*s, is without TLS: the token would be seen", title,
            VIEW_PRINT(url_show(adapter->arena, &api->base)));
    return true;
}

void vendor_api_done(struct vendor_api *api)
{
    secret_free(api->token);
    api->token = NULL;
}

/* A token that is good for a while: made when there is none, when it ran out, and when it was refused. */
static bool refresh_token(struct vendor_api *api, bool is_again, struct error *err)
{
    const struct clock *clock = api->adapter->options.clock;
    int64_t now_ms = clock->monotonic_ms(clock);
    int64_t valid_ms = 0;
    struct secret *token = NULL;
    if (api->token != NULL && !is_again && now_ms < api->token_until_ms)
        return true;
    if (!api->sign_in(api, &token, &valid_ms, err))
        return error_wrap(err, "signing in to %s", api->title);
    secret_free(api->token);
    api->token = token;
    api->token_until_ms = now_ms + valid_ms - (valid_ms / 10 < TOKEN_MARGIN_MS ? valid_ms / 10 : TOKEN_MARGIN_MS);
    return true;
}

static bool set_target(
    struct vendor_api *api, struct arena *arena, struct view target, struct url *url, struct error *err)
{
    if (target.size > 0 && target.data[0] == '/')
        return url_parse(arena,
            arena_format(arena, "%.*s%.*s", VIEW_PRINT(url_show(arena, &api->base)), VIEW_PRINT(target)), url, err);
    if (target.size == 0) {
        *url = api->base;
        if (url->path.size == 0)
            url->path = view_text("/");
        return true;
    }
    if (!url_resolve(arena, &api->base, target, url, err))
        return error_wrap(err, "%s leads to a page that is not accepted", api->title);
    if (!url_same_origin(url, &api->base))
        return error_set(err, ERROR_REFUSED, "%s leads to a page at another host, %.*s", api->title,
            VIEW_PRINT(url_authority(arena, url)));
    return true;
}

static bool send_to_registry(struct vendor_api *api, struct arena *arena, const struct vendor_request *request,
    struct http_response *response, struct error *err)
{
    struct registry_request sent = {.method = "GET",
        .accept = api->accept == NULL ? "application/json" : api->accept,
        .scope = request->scope,
        .body_bytes_max = VENDOR_JSON_BYTES_MAX,
        .timeout_ms = VENDOR_TIMEOUT_MS};
    if (!set_target(api, arena, request->target, &sent.url, err) ||
        !registry_send(api->registry, arena, &sent, response, NULL, err))
        return false;
    return !response->left_origin || error_set(err, ERROR_REFUSED, "the answer comes from another host, %.*s",
                                         VIEW_PRINT(url_authority(arena, &response->url)));
}

static bool send_once(struct vendor_api *api, struct arena *arena, const struct vendor_request *request, bool is_again,
    struct http_response *response, struct error *err)
{
    if (api->registry != NULL)
        return send_to_registry(api, arena, request, response, err);
    struct vendor_call call = {.body = request->body};
    AUTO_SECRET *body = request->body_type == NULL ? NULL : secret_new(request->body);
    call.request = (struct http_request){.method = request->method == NULL ? "GET" : request->method,
        .headers = call.headers,
        .form = body,
        .may_repeat = true,
        .stays_at_origin = true,
        .body_bytes_max = VENDOR_JSON_BYTES_MAX,
        .timeout_ms = VENDOR_TIMEOUT_MS};
    if (!set_target(api, arena, request->target, &call.request.url, err))
        return false;
    vendor_header(&call, "accept", view_text(api->accept == NULL ? "application/json" : api->accept));
    if (request->body_type != NULL)
        vendor_header(&call, "content-type", view_text(request->body_type));
    for (size_t i = 0; i < 4 && request->headers[i].name.size > 0; i++)
        call.headers[call.request.header_count++] = request->headers[i];
    if (api->prove != NULL) {
        if (!api->prove(api, arena, &call, is_again, err))
            return false;
    } else {
        if (api->sign_in != NULL && !refresh_token(api, is_again, err))
            return false;
        if (api->token != NULL && api->token_header != NULL)
            vendor_header(&call, api->token_header, secret_view(api->token));
        else
            call.request.authorization = api->token;
    }
    bool is_sent = http_fetch(api->adapter->client, arena, &call.request, response, err);
    secret_free(call.signature);
    return is_sent;
}

/* GitHub's secondary limits are 403, with a time to come back. */
static enum vendor_retry usual_retry(const struct http_response *response)
{
    bool is_limited =
        http_header(response, "retry-after").size > 0 || view_is(http_header(response, "x-ratelimit-remaining"), "0");
    if (response->status == 401)
        return VENDOR_RETRY_FRESH;
    return response->status == 403 && is_limited ? VENDOR_RETRY_LATER : VENDOR_RETRY_NO;
}

bool vendor_send(struct vendor_api *api, struct arena *arena, const struct vendor_request *request,
    struct http_response *response, struct error *err)
{
    bool is_again = false;
    for (unsigned tries = 0;; tries++) {
        if (!send_once(api, arena, request, is_again, response, err))
            return error_wrap(err, "%s", api->title);
        enum vendor_retry retry = api->retry == NULL ? usual_retry(response) : api->retry(response);
        bool is_final = retry == VENDOR_RETRY_NO || tries == TRIES_MAX ||
                        (retry == VENDOR_RETRY_FRESH && (is_again || api->registry != NULL));
        if (is_final)
            return true;
        is_again = is_again || retry == VENDOR_RETRY_FRESH;
        if (retry == VENDOR_RETRY_LATER && !http_client_wait(api->adapter->client, response, tries, err))
            return error_wrap(err, "%s", api->title);
    }
}

bool vendor_ask(struct vendor_api *api, struct arena *arena, const struct vendor_request *request,
    struct json_document *document, struct json *root, struct http_response *response, struct error *err)
{
    if (!vendor_send(api, arena, request, response, err))
        return false;
    if (response->status < 200 || response->status >= 300) {
        struct view shown = url_show(arena, &response->url);
        (void)registry_refusal(response, "no list", err);
        return error_wrap(err, "%s at %.*s", api->title, VIEW_PRINT(shown));
    }
    return json_parse(document, response->body, VENDOR_JSON_BYTES_MAX, "answer", root, err) ||
           error_wrap(err, "%s", api->title);
}

void vendor_next_link(
    struct vendor_pages *pages, struct arena *arena, const struct http_response *response, bool *has_next)
{
    struct view target = link_next(registry_header_list(arena, response, "link"));
    struct url url;
    struct error ignored; /* set_target reports it */
    *has_next = target.size > 0;
    if (!*has_next)
        return;
    /* Relative to the page that it stands on. */
    bool is_resolved = url_resolve(arena, &response->url, target, &url, &ignored);
    pages->request.target = is_resolved ? url_format(arena, &url) : target;
}

void vendor_next_number(struct vendor_pages *pages, struct arena *arena, const char *name, bool *has_next)
{
    pages->request.target = arena_format(arena, "%.*s&%s=%zu", VIEW_PRINT(pages->first), name, pages->number + 1);
    *has_next = true;
}

void vendor_next_value(
    struct vendor_pages *pages, struct arena *arena, const char *name, struct view value, bool *has_next)
{
    *has_next = value.size > 0;
    if (*has_next)
        pages->request.target = arena_format(
            arena, "%.*s&%s=%.*s", VIEW_PRINT(pages->first), name, VIEW_PRINT(vendor_segment(arena, value)));
}

static struct view page_key(struct arena *arena, const struct vendor_request *request)
{
    return arena_format(arena, "%.*s\n%.*s", VIEW_PRINT(request->target), VIEW_PRINT(request->body));
}

/* One page; `*has_next` false ends the walk. `kept` lives as long as the walk. */
static bool walk_page(struct vendor_pages *pages, struct arena *kept, struct map *seen, unsigned *empty, bool *has_next,
    struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct http_response response;
    size_t before = pages->listing == NULL ? 0 : vendor_progress(pages->listing);
    map_set(seen, page_key(kept, &pages->request), pages);
    if (!vendor_ask(pages->api, arena, &pages->request, document, &root, &response, err) ||
        !pages->page(pages, arena, root, &response, has_next, err))
        return false;
    if (!*has_next)
        return true;
    pages->request.target = arena_copy(kept, pages->request.target);
    pages->request.body = arena_copy(kept, pages->request.body);
    bool is_empty = pages->listing != NULL && vendor_progress(pages->listing) == before;
    *empty = is_empty ? *empty + 1 : 0;
    const char *reason = *empty >= EMPTY_PAGES_MAX                                 ? "several pages brought nothing new"
                         : map_get(seen, page_key(arena, &pages->request)) != NULL ? "the pages lead in a circle"
                         : pages->number >= REGISTRY_PAGES_MAX ? "there are more pages than are accepted"
                                                               : NULL;
    if (reason == NULL)
        return true;
    *has_next = false;
    if (pages->listing != NULL)
        vendor_incomplete(pages->listing, reason);
    return true;
}

bool vendor_walk(struct vendor_pages *pages, struct error *err)
{
    AUTO_ARENA *kept = arena_new();
    struct map seen;
    unsigned empty = 0;
    map_init(&seen, kept);
    pages->first = pages->request.target;
    pages->number = 1;
    for (bool has_next = true; has_next; pages->number++) {
        has_next = false;
        if (!walk_page(pages, kept, &seen, &empty, &has_next, err))
            return false;
    }
    return true;
}
