/* SPDX-License-Identifier: Apache-2.0 */
#include "http/transfer.h"

#include "base/memory.h"
#include "http/proxy.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 10000L
#define LOW_SPEED_BYTES 1024L
#define LOW_SPEED_SECONDS 60L
#define POLL_MS 100

static const struct source_type body_type;

/* Only for options that cannot fail with the values given. */
#define SET(easy, option, value)                                                                                       \
    do {                                                                                                               \
        if (curl_easy_setopt((easy), (option), (value)) != CURLE_OK)                                                   \
            memory_exhausted(0);                                                                                       \
    } while (0)

static struct view lower_case(struct arena *arena, struct view text)
{
    char *copy = arena_text(arena, text);
    for (size_t i = 0; i < text.size; i++) {
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] - 'A' + 'a');
    }
    return view_of(copy, text.size);
}

static int read_status(struct view line)
{
    int64_t status = 0;
    (void)view_cut(&line, ' ');
    return view_to_integer(view_slice(line, 0, 3), &status) ? (int)status : 0;
}

/* One line of the head. Interim answers (1xx) are passed over; trailers after the body are ignored. */
static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    struct view line = view_trim(view_of(bytes, size * count));
    if (transfer->has_head)
        return size * count;
    transfer->head_bytes += size * count;
    if (transfer->head_bytes > HTTP_HEADER_BYTES_MAX || transfer->head.count >= HTTP_HEADERS_MAX) {
        error_set(&transfer->callback_error, ERROR_LIMIT, "the answer has more than %d headers or %u bytes of them",
            HTTP_HEADERS_MAX, HTTP_HEADER_BYTES_MAX);
        return 0;
    }
    if (view_starts_with(line, "HTTP/")) {
        transfer->status = read_status(line);
        transfer->head.count = 0;
    } else if (line.size == 0) {
        transfer->has_head = transfer->status >= 200;
        if (transfer->has_head)
            transfer->arena = NULL;
    } else {
        struct http_header *header = ARENA_PUSH(transfer->arena, &transfer->head);
        header->name = lower_case(transfer->arena, view_trim(view_cut(&line, ':')));
        header->value = arena_copy(transfer->arena, view_trim(line));
    }
    return size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t got = size * count;
    if (transfer->start == transfer->end)
        transfer->start = transfer->end = 0;
    if (got > TRANSFER_BUFFER_BYTES - transfer->end) {
        if (transfer->end == 0) {
            error_set(&transfer->callback_error, ERROR_LIMIT, "the answer came in pieces of %zu bytes", got);
            return 0;
        }
        transfer->is_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    memcpy(transfer->buffer + transfer->end, bytes, got);
    transfer->end += got;
    transfer->received += got;
    return got;
}

/* The one place where addresses are checked: what is connected, after names were resolved. A proxy is the operator's own
   choice; behind it only literal addresses can be checked (transfer_start). */
static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = context;
    if (purpose != CURLSOCKTYPE_IPCXN)
        return CURL_SOCKET_BAD;
    address_format(&address->addr, transfer->client->last.address);
    if (!transfer->has_proxy && !outbound_check(transfer->client->options.policy, transfer->url.host,
                                    transfer->url.port, &address->addr, &transfer->callback_error))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void add_header(struct transfer *transfer, const char *name, struct view value)
{
    size_t size = strlen(name) + 2 + value.size + 1;
    char *line = memory_alloc(size);
    snprintf(line, size, "%s: %.*s", name, VIEW_PRINT(value));
    struct curl_slist *list = curl_slist_append(transfer->headers, line);
    secret_wipe(line, size);
    free(line);
    if (list == NULL)
        memory_exhausted(size);
    transfer->headers = list;
}

static void set_request(struct transfer *transfer, const struct transfer_options *options)
{
    const struct http_request *request = options->request;
    CURL *easy = transfer->easy;
    if (strcmp(request->method, "HEAD") == 0) {
        SET(easy, CURLOPT_NOBODY, 1L);
    } else if (request->method[0] == 'P') {
        struct view form = request->form == NULL ? request->content : secret_view(request->form);
        SET(easy, CURLOPT_POST, 1L);
        if (strcmp(request->method, "POST") != 0)
            SET(easy, CURLOPT_CUSTOMREQUEST, request->method);
        SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)form.size);
        SET(easy, CURLOPT_POSTFIELDS, form.size > 0 ? form.data : "");
    } else {
        assert(strcmp(request->method, "GET") == 0);
        SET(easy, CURLOPT_HTTPGET, 1L);
    }
    /* A body that was coded on the way would no longer have its digest. */
    add_header(transfer, "Accept-Encoding", view_text("identity"));
    add_header(transfer, "Expect", view_text("")); /* no round trip before a small form */
    for (size_t i = 0; i < request->header_count; i++) {
        AUTO_ARENA *scratch = arena_new();
        add_header(transfer, arena_text(scratch, request->headers[i].name), request->headers[i].value);
    }
    if (options->authorization != NULL)
        add_header(transfer, "Authorization", secret_view(options->authorization));
    SET(easy, CURLOPT_HTTPHEADER, transfer->headers);
    if (request->timeout_ms > 0)
        SET(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
}

/* The route's proxy, else the environment's. */
static void set_proxy(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    const struct http_route *route = transfer->client->options.route;
    AUTO_ARENA *scratch = arena_new();
    const char *proxy = NULL;
    bool has_own = route != NULL && route->proxy.size > 0;
    if (!has_own)
        proxy = proxy_for(&transfer->url);
    else if (!host_is_loopback(transfer->url.host) && !proxy_is_excepted(route->proxy_exceptions, transfer->url.host))
        proxy = arena_text(scratch, route->proxy);
    transfer->has_proxy = proxy != NULL;
    SET(easy, CURLOPT_PROXY, proxy == NULL ? "" : proxy);
    SET(easy, CURLOPT_NOPROXY, ""); /* decided above */
    if (proxy != NULL && has_own && route->proxy_login != NULL)
        SET(easy, CURLOPT_PROXYUSERPWD, secret_view(route->proxy_login).data);
}

static struct curl_blob blob_of(struct view text)
{
    return (struct curl_blob){.data = (void *)(uintptr_t)text.data, .len = text.size, .flags = CURL_BLOB_COPY};
}

static void set_tls(struct transfer *transfer)
{
    CURL *easy = transfer->easy;
    const struct http_client *client = transfer->client;
    const struct http_route *route = client->options.route;
    bool is_own = outbound_is_own(client->options.policy, transfer->url.host, transfer->url.port);
    bool skips = route != NULL && route->skips_verification && is_own;
    SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(easy, CURLOPT_SSL_VERIFYPEER, skips ? 0L : 1L);
    SET(easy, CURLOPT_SSL_VERIFYHOST, skips ? 0L : 2L);
    if (client->ca_file != NULL)
        SET(easy, CURLOPT_CAINFO, client->ca_file);
    if (route != NULL && route->authorities.size > 0) {
        struct curl_blob authorities = blob_of(route->authorities);
        SET(easy, CURLOPT_CAINFO_BLOB, &authorities);
    }
    if (route != NULL && route->certificate.size > 0 && route->certificate_key != NULL && is_own) {
        struct curl_blob certificate = blob_of(route->certificate);
        struct curl_blob key = blob_of(secret_view(route->certificate_key));
        SET(easy, CURLOPT_SSLCERT_BLOB, &certificate);
        SET(easy, CURLOPT_SSLKEY_BLOB, &key);
    }
}

static void set_connection(struct transfer *transfer, const char *url)
{
    CURL *easy = transfer->easy;
    const struct http_client_options *options = &transfer->client->options;
    SET(easy, CURLOPT_URL, url);
    set_proxy(transfer);
    SET(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
    SET(easy, CURLOPT_HTTP_VERSION, (long)(options->wants_http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    set_tls(transfer);
    SET(easy, CURLOPT_USERAGENT, "tidewaiter/" TIDEWAITER_VERSION);
    SET(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    SET(easy, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES);
    SET(easy, CURLOPT_LOW_SPEED_TIME, LOW_SPEED_SECONDS);
    SET(easy, CURLOPT_NOSIGNAL, 1L);
    SET(easy, CURLOPT_BUFFERSIZE, TRANSFER_RECEIVE_BYTES);
    SET(easy, CURLOPT_ERRORBUFFER, transfer->reason);
    SET(easy, CURLOPT_PRIVATE, transfer);
    SET(easy, CURLOPT_HEADERFUNCTION, on_header);
    SET(easy, CURLOPT_HEADERDATA, transfer);
    SET(easy, CURLOPT_WRITEFUNCTION, on_body);
    SET(easy, CURLOPT_WRITEDATA, transfer);
    SET(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    SET(easy, CURLOPT_OPENSOCKETDATA, transfer);
}

void transfer_drive(struct http_client *client)
{
    int running = 0;
    int left = 0;
    if (curl_multi_perform(client->multi, &running) != CURLM_OK)
        memory_exhausted(0);
    for (CURLMsg *message; (message = curl_multi_info_read(client->multi, &left)) != NULL;) {
        struct transfer *ended = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&ended);
        ended->is_done = true;
        ended->result = message->data.result;
    }
}

bool transfer_is_retryable(const struct transfer *transfer)
{
    double connected = 0;
    if (transfer->callback_error.code != ERROR_NONE)
        return false;
    switch ((int)transfer->result) {
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return true;
    case CURLE_OPERATION_TIMEDOUT: /* but a host that cannot be connected stays so */
        curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME, &connected);
        return connected > 0;
    }
    return false;
}

static enum error_code code_of(CURLcode result)
{
    switch ((int)result) {
    case CURLE_OPERATION_TIMEDOUT:
        return ERROR_TIMEOUT;
    case CURLE_PARTIAL_FILE:
        return ERROR_CORRUPT;
    }
    return ERROR_UNREACHABLE;
}

static bool fail(const struct transfer *transfer, struct error *err)
{
    if (transfer->callback_error.code != ERROR_NONE) {
        *err = transfer->callback_error;
        return error_wrap(err, "%s", transfer->shown);
    }
    const char *reason = transfer->reason[0] == '\0' ? curl_easy_strerror(transfer->result) : transfer->reason;
    if (transfer->has_head)
        return error_set(err, code_of(transfer->result), "the answer from %s broke off after %llu bytes: %s",
            transfer->shown, (unsigned long long)transfer->received, reason);
    return error_set(err, code_of(transfer->result), "could not reach %s: %s", transfer->shown, reason);
}

static enum http_failure failure_of(const struct transfer *transfer)
{
    switch ((int)transfer->result) {
    case CURLE_COULDNT_CONNECT:
        return transfer->callback_error.code == ERROR_NONE ? HTTP_FAILURE_CONNECT : HTTP_FAILURE_OTHER;
    case CURLE_SSL_CONNECT_ERROR:
        return HTTP_FAILURE_TLS;
    }
    return HTTP_FAILURE_OTHER;
}

/* libcurl has no code for a server that turns our certificate down, or wants one: TLS 1.3 says so after the handshake. */
static bool wants_certificate(const struct transfer *transfer)
{
    static const char *const signs[] = {"certificate required", "alert bad certificate", "alert unknown ca",
        "alert certificate unknown", "alert certificate expired"};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (strstr(transfer->reason, signs[i]) != NULL)
            return true;
    }
    return false;
}

static enum http_stage stage_of(const struct transfer *transfer)
{
    double connected = 0;
    if (transfer->callback_error.code == ERROR_REFUSED)
        return HTTP_STAGE_REFUSED;
    if (wants_certificate(transfer))
        return HTTP_STAGE_CLIENT_CERTIFICATE;
    switch ((int)transfer->result) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return HTTP_STAGE_PROXY;
    case CURLE_COULDNT_RESOLVE_HOST:
        return HTTP_STAGE_NAME;
    case CURLE_COULDNT_CONNECT:
        return transfer->has_proxy ? HTTP_STAGE_PROXY : HTTP_STAGE_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
        return HTTP_STAGE_TLS;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return HTTP_STAGE_CERTIFICATE;
    case CURLE_SSL_CERTPROBLEM:
        return HTTP_STAGE_CLIENT_CERTIFICATE;
    case CURLE_OPERATION_TIMEDOUT:
        curl_easy_getinfo(transfer->easy, CURLINFO_CONNECT_TIME, &connected);
        return connected > 0 ? HTTP_STAGE_TIMEOUT : HTTP_STAGE_CONNECT;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        /* A proxy that does not let CONNECT through, or a server that hangs up after the handshake: TLS 1.3 asks for the
           client's certificate without waiting for it. */
        if (transfer->has_proxy && strstr(transfer->reason, "CONNECT") != NULL)
            return HTTP_STAGE_PROXY;
        curl_easy_getinfo(transfer->easy, CURLINFO_APPCONNECT_TIME, &connected);
        return connected > 0 ? HTTP_STAGE_CLIENT_CERTIFICATE : HTTP_STAGE_OTHER;
    }
    return HTTP_STAGE_OTHER;
}

static void note_answer(struct transfer *transfer)
{
    struct http_attempt *last = &transfer->client->last;
    struct http_response head = {.headers = transfer->head.items, .header_count = transfer->head.count};
    AUTO_ARENA *scratch = arena_new();
    struct view date = http_header(&head, "date");
    time_t time = date.size == 0 ? -1 : curl_getdate(arena_text(scratch, date), NULL);
    last->stage = HTTP_STAGE_ANSWERED;
    last->status = transfer->status;
    last->date_ms = time < 0 || time > INT64_MAX / 1000 ? 0 : (int64_t)time * 1000;
}

bool transfer_wait(struct http_client *client, struct error *err)
{
    if (!cancel_check(client->options.cancel, err))
        return false;
    if (curl_multi_poll(client->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK)
        memory_exhausted(0);
    return true;
}

static CURL *take_handle(struct http_client *client)
{
    CURL *easy = client->idle_count > 0 ? client->idle[--client->idle_count] : curl_easy_init();
    if (easy == NULL)
        memory_exhausted(0);
    return easy;
}

bool transfer_begin(struct http_client *client, struct arena *arena, const struct transfer_options *options,
    struct transfer **transfer, struct error *err)
{
    if (options->request->failure != NULL)
        *options->request->failure = HTTP_FAILURE_OTHER;
    client->last = (struct http_attempt){.stage = HTTP_STAGE_REFUSED};
    snprintf(
        client->last.host, sizeof(client->last.host), "%.*s:%u", VIEW_PRINT(options->url->host), options->url->port);
    if (!outbound_check_literal(client->options.policy, options->url->host, options->url->port, err))
        return false;
    client->last.stage = HTTP_STAGE_OTHER;
    AUTO_TRANSFER *started = memory_alloc(sizeof(*started));
    *started = (struct transfer){.source = {&body_type}, .client = client, .arena = arena, .url = *options->url};
    started->buffer = memory_alloc(TRANSFER_BUFFER_BYTES);
    struct view shown = url_show(arena, options->url);
    started->shown = memory_alloc(shown.size + 1);
    memcpy(started->shown, shown.data, shown.size);
    started->shown[shown.size] = '\0';
    started->easy = take_handle(client);
    set_connection(started, url_format(arena, options->url).data);
    set_request(started, options);
    if (curl_multi_add_handle(client->multi, started->easy) != CURLM_OK)
        memory_exhausted(0);
    *transfer = started;
    started = NULL;
    return true;
}

bool transfer_start(struct http_client *client, struct arena *arena, const struct transfer_options *options,
    struct transfer **transfer, bool *is_retryable, struct error *err)
{
    AUTO_TRANSFER *started = NULL;
    *is_retryable = false;
    if (!transfer_begin(client, arena, options, &started, err))
        return false;
    for (transfer_drive(client); !started->has_head && !started->is_done; transfer_drive(client)) {
        if (!transfer_wait(client, err))
            return false;
    }
    if (!started->has_head) {
        *is_retryable = transfer_is_retryable(started);
        if (options->request->failure != NULL)
            *options->request->failure = failure_of(started);
        client->last.stage = stage_of(started);
        return fail(started, err);
    }
    note_answer(started);
    *transfer = started;
    started = NULL;
    return true;
}

static bool body_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct transfer *transfer = (struct transfer *)source;
    if (!cancel_check(transfer->client->options.cancel, err))
        return false;
    while (transfer->start == transfer->end && !transfer->is_done) {
        if (transfer->is_paused) {
            transfer->is_paused = false;
            (void)curl_easy_pause(transfer->easy, CURLPAUSE_CONT); /* delivers at once; its failure is the result */
        }
        if (transfer->start == transfer->end)
            transfer_drive(transfer->client);
        if (transfer->start == transfer->end && !transfer->is_done && !transfer_wait(transfer->client, err))
            return false;
    }
    size_t ready = transfer->end - transfer->start;
    if (ready == 0) {
        if (transfer->result != CURLE_OK || transfer->callback_error.code != ERROR_NONE)
            return fail(transfer, err);
        *got = 0;
        return true;
    }
    *got = ready < size ? ready : size;
    memcpy(bytes, transfer->buffer + transfer->start, *got);
    transfer->start += *got;
    return true;
}

static void wipe_headers(struct curl_slist *list)
{
    for (struct curl_slist *item = list; item != NULL; item = item->next)
        secret_wipe(item->data, strlen(item->data));
    curl_slist_free_all(list);
}

void transfer_free(struct transfer *transfer)
{
    if (transfer == NULL)
        return;
    struct http_client *client = transfer->client;
    if (transfer->easy != NULL) {
        curl_multi_remove_handle(client->multi, transfer->easy);
        /* A handle whose transfer failed or was left early keeps a receive buffer that libcurl 7.88 then refuses to set
           anew; its connections belong to the multi handle and are kept all the same. */
        bool is_reusable = transfer->is_done && transfer->result == CURLE_OK;
        curl_easy_reset(transfer->easy);
        if (is_reusable && client->idle_count < HTTP_IDLE_HANDLES_MAX)
            client->idle[client->idle_count++] = transfer->easy;
        else
            curl_easy_cleanup(transfer->easy);
    }
    wipe_headers(transfer->headers);
    free(transfer->shown);
    free(transfer->buffer);
    free(transfer);
}

static void body_close(struct source *source)
{
    transfer_free((struct transfer *)source);
}

static const struct source_type body_type = {.name = "http", .read = body_read, .close = body_close};
