/* SPDX-License-Identifier: Apache-2.0 */
#include "http/client.h"

#include "base/memory.h"
#include "base/uuid.h"
#include "http/gate.h"
#include "http/retry.h"
#include "http/transfer.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define TRIES_MAX 5
#define WAIT_MS_MAX (60LL * 1000)
#define WAIT_SLICE_MS 200
#define CONNECTIONS_KEPT_MAX 8L

static void initialise_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        memory_exhausted(0);
}

static void really_sleep(const struct clock *clock, int64_t wait_ms)
{
    (void)clock;
    struct timespec wait = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000};
    nanosleep(&wait, NULL);
}

static char *copy_text(const char *text)
{
    if (text == NULL || text[0] == '\0')
        return NULL;
    size_t size = strlen(text) + 1;
    return memcpy(memory_alloc(size), text, size);
}

struct http_client *http_client_new(const struct http_client_options *options)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialise_curl);
    struct http_client *client = memory_alloc(sizeof(*client));
    *client = (struct http_client){.options = *options, .multi = curl_multi_init()};
    if (client->multi == NULL)
        memory_exhausted(0);
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT_MAX);
    client->ca_file = copy_text(options->ca_file == NULL ? getenv("SSL_CERT_FILE") : options->ca_file);
    if (options->clock == NULL)
        client->options.clock = clock_system();
    if (options->sleep == NULL)
        client->options.sleep = really_sleep;
    if (options->wait_ms_max == 0)
        client->options.wait_ms_max = WAIT_MS_MAX;
    if (options->tries_max == 0)
        client->options.tries_max = TRIES_MAX;
    return client;
}

void http_client_free(struct http_client *client)
{
    if (client == NULL)
        return;
    for (size_t i = 0; i < client->idle_count; i++)
        curl_easy_cleanup(client->idle[i]);
    curl_multi_cleanup(client->multi);
    free(client->ca_file);
    free(client);
}

const struct http_attempt *http_last_attempt(const struct http_client *client)
{
    return &client->last;
}

struct view http_header(const struct http_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++) {
        if (view_is(response->headers[i].name, name))
            return response->headers[i].value;
    }
    return view_text("");
}

/* Waits until the client may ask again, and for room at the gate, which it takes; in slices, so that a request to stop is
   seen. */
static bool wait_turn(struct http_client *client, struct error *err)
{
    const struct clock *clock = client->options.clock;
    for (;;) {
        int64_t left_ms = client->not_before_ms - clock->monotonic_ms(clock);
        if (!cancel_check(client->options.cancel, err))
            return false;
        if (left_ms <= 0)
            left_ms = http_gate_enter(client->options.gate, client->options.is_patient);
        if (left_ms <= 0)
            return true;
        client->options.sleep(clock, left_ms < WAIT_SLICE_MS ? left_ms : WAIT_SLICE_MS);
    }
}

/* Sets when to ask again. ERROR_RATE_LIMITED if the server wants more patience than we have. */
static bool plan_retry(
    struct http_client *client, const struct http_response *response, unsigned attempt, struct error *err)
{
    const struct clock *clock = client->options.clock;
    uint32_t chance;
    random_bytes(&chance, sizeof(chance));
    int64_t wait_ms = -1;
    if (response != NULL) {
        wait_ms = retry_after_ms(http_header(response, "retry-after"), clock->wall_ms(clock));
        if (wait_ms < 0)
            wait_ms = retry_at_ms(http_header(response, "x-retry-after"), clock->wall_ms(clock));
    }
    if (wait_ms < 0)
        wait_ms = retry_backoff_ms(attempt, chance);
    client->not_before_ms = clock->monotonic_ms(clock) + wait_ms;
    if (response != NULL && (response->status == 429 || response->status == 503))
        http_gate_pause(client->options.gate, wait_ms);
    if (wait_ms > client->options.wait_ms_max) {
        AUTO_ARENA *scratch = arena_new();
        return error_set(err, ERROR_RATE_LIMITED, "%.*s asks to wait %lld seconds; try again then",
            VIEW_PRINT(url_authority(scratch, &response->url)), (long long)(wait_ms / 1000));
    }
    return true;
}

bool http_client_wait(
    struct http_client *client, const struct http_response *response, unsigned attempt, struct error *err)
{
    return plan_retry(client, response, attempt, err);
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Where a redirect leads; anything but http and https was refused by the parser. */
static bool next_url(struct arena *arena, const struct url *url, const struct http_response *response, struct url *next,
    struct error *err)
{
    struct view location = http_header(response, "location");
    struct view shown = url_show(arena, url);
    if (location.size == 0)
        return error_set(err, ERROR_INVALID, "%.*s redirects to nowhere", VIEW_PRINT(shown));
    if (!url_resolve(arena, url, location, next, err))
        return error_wrap(err, "%.*s redirects to a place that is not accepted", VIEW_PRINT(shown));
    if (url->is_https && !next->is_https)
        return error_set(err, ERROR_REFUSED, "%.*s redirects from https to http", VIEW_PRINT(shown));
    return true;
}

/* One attempt with its redirects. Authorization goes to the first origin only, and never again after leaving it: signed
   storage URLs refuse a second proof, and the token would leak. */
static bool attempt(struct http_client *client, struct arena *arena, const struct http_request *request,
    struct http_response *response, struct transfer **body, bool *is_retryable, struct error *err)
{
    bool is_post = request->method[0] == 'P';
    struct url url = request->url;
    *response = (struct http_response){0};
    for (unsigned hops = 0; hops <= HTTP_REDIRECTS_MAX; hops++) {
        struct transfer_options options = {.request = request, .url = &url};
        options.authorization = response->left_origin ? NULL : request->authorization;
        struct transfer *transfer = NULL;
        if (!transfer_start(client, arena, &options, &transfer, is_retryable, err))
            return false;
        response->status = transfer->status;
        response->url = url;
        response->headers = transfer->head.items;
        response->header_count = transfer->head.count;
        if (is_post || !is_redirect(response->status)) {
            *body = transfer;
            return true;
        }
        struct url next;
        transfer_free(transfer);
        *is_retryable = false;
        if (!next_url(arena, &url, response, &next, err))
            return false;
        if (request->stays_at_origin && !url_same_origin(&url, &next))
            return error_set(err, ERROR_REFUSED, "%.*s redirects to another host, %.*s, which is not followed there",
                VIEW_PRINT(url_show(arena, &url)), VIEW_PRINT(url_authority(arena, &next)));
        response->is_redirected = true;
        response->left_origin = response->left_origin || !url_same_origin(&url, &next);
        url = next;
    }
    return error_set(err, ERROR_INVALID, "%.*s redirects more than %d times",
        VIEW_PRINT(url_show(arena, &request->url)), HTTP_REDIRECTS_MAX);
}

/* What the answer says about the server's own limits: RateLimit-Limit "100;w=21600" as Docker Hub's registry and GitLab
   send it, or X-RateLimit-Limit with X-RateLimit-Reset, a Unix time, as the APIs of Docker Hub and GitHub do. */
static void note_limits(struct http_client *client, const struct http_response *response)
{
    const struct clock *clock = client->options.clock;
    struct rate_limit limit;
    struct rate_headers headers = {
        .limit = http_header(response, "ratelimit-limit"),
        .remaining = http_header(response, "ratelimit-remaining"),
        .reset = http_header(response, "ratelimit-reset"),
    };
    if (headers.limit.size == 0)
        headers = (struct rate_headers){
            .limit = http_header(response, "x-ratelimit-limit"),
            .remaining = http_header(response, "x-ratelimit-remaining"),
            .reset = http_header(response, "x-ratelimit-reset"),
        };
    if (!response->left_origin && rate_limit_read(&headers, clock->wall_ms(clock), &limit))
        http_gate_note(client->options.gate, limit.remaining, limit.limit, limit.window_ms);
}

/* Reads all of the body; if `cuts`, its start, or what came of it: then it only explains a status. */
static bool read_body(
    struct transfer *transfer, struct arena *arena, size_t bytes_max, bool cuts, struct view *body, struct error *err)
{
    AUTO_BUFFER buffer;
    buffer_init(&buffer, bytes_max);
    for (size_t got = 1; got > 0;) {
        char bytes[16384];
        if (!source_read(&transfer->source, bytes, sizeof(bytes), &got, err)) {
            if (!cuts || err->code == ERROR_CANCELLED)
                return false;
            break;
        }
        size_t room = bytes_max - buffer.size;
        if (got > room && !cuts)
            return error_set(
                err, ERROR_LIMIT, "the answer from %s has more than %zu bytes", transfer->shown, bytes_max);
        buffer_append(&buffer, view_of(bytes, got > room ? room : got));
        if (got > room)
            break;
    }
    *body = arena_copy(arena, buffer_view(&buffer));
    return true;
}

static bool is_success(int status)
{
    return status >= 200 && status < 300;
}

/* One attempt, with all of the body unless `stream` wants a 2xx one. */
static bool attempt_whole(struct http_client *client, struct arena *arena, const struct http_request *request,
    struct http_response *response, struct source **stream, bool *is_retryable, struct error *err)
{
    AUTO_TRANSFER *transfer = NULL;
    *is_retryable = false;
    if (!attempt(client, arena, request, response, &transfer, is_retryable, err))
        return false;
    if (stream != NULL && is_success(response->status)) {
        *stream = &transfer->source;
        transfer = NULL;
        return true;
    }
    bool cuts = !is_success(response->status);
    size_t bytes_max = cuts ? HTTP_ERROR_BODY_MAX : request->body_bytes_max;
    if (!read_body(transfer, arena, bytes_max, cuts, &response->body, err)) {
        *is_retryable = transfer_is_retryable(transfer);
        return false;
    }
    return true;
}

static bool perform(struct http_client *client, struct arena *arena, const struct http_request *request,
    struct http_response *response, struct source **stream, struct error *err)
{
    bool may_repeat = request->method[0] != 'P' || request->may_repeat;
    for (unsigned tried = 1;; tried++) {
        struct source *opened = NULL;
        bool is_retryable = false;
        bool is_last = tried >= client->options.tries_max || !may_repeat;
        struct http_response answer;
        if (!wait_turn(client, err))
            return false;
        bool is_answered =
            attempt_whole(client, arena, request, &answer, stream == NULL ? NULL : &opened, &is_retryable, err);
        http_gate_leave(client->options.gate);
        if (is_answered) {
            note_limits(client, &answer);
            bool is_final = !retry_is_worthwhile(answer.status);
            if (!is_final && !plan_retry(client, &answer, tried - 1, err))
                return false;
            if (is_final || is_last) {
                *response = answer;
                if (stream != NULL)
                    *stream = opened;
                return true;
            }
            continue;
        }
        if (is_last || !is_retryable)
            return false;
        if (!plan_retry(client, NULL, tried - 1, err))
            return false;
    }
}

bool http_fetch(struct http_client *client, struct arena *arena, const struct http_request *request,
    struct http_response *response, struct error *err)
{
    return perform(client, arena, request, response, NULL, err);
}

bool http_open(struct http_client *client, struct arena *arena, const struct http_request *request,
    struct http_response *response, struct source **body, struct error *err)
{
    assert(request->form == NULL);
    return perform(client, arena, request, response, body, err);
}
