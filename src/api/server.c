/* SPDX-License-Identifier: Apache-2.0 */
#include "api/server.h"

#include "api/request_queue.h"
#include "api/router.h"
#include "base/log.h"
#include "base/memory.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#define ADDRESS_TEXT_SIZE 80

struct server {
    struct api *api;
    struct MHD_Daemon *daemon;
    struct request_queue *reading;
    struct request_queue *writing; /* requests that wait for each other in the store, and hold up none that reads */
    struct request_queue *slow; /* requests that ask another machine meanwhile */
    struct cancel stopping;
    bool is_behind_proxy;
    char address[ADDRESS_TEXT_SIZE];
};

/* One request from its first line until the answer is sent. */
struct exchange {
    struct server *server;
    struct arena *arena;
    struct request request;
    struct response response;
    struct buffer body;
    int64_t started_us;
    bool has_headers; /* the first call is for the headers, later ones bring the body */
    bool is_queued; /* a thread of a queue has it or had it */
    bool is_handled; /* the response is ready */
    bool is_answered;
    struct MHD_Connection *connection; /* suspended while it waits */
};

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Called with the request line, before anything else; the result travels through the other callbacks as `*state`. */
static void *begin_exchange(void *context, const char *target, struct MHD_Connection *connection)
{
    (void)connection;
    struct server *server = context;
    struct exchange *exchange = memory_alloc(sizeof(*exchange));
    memset(exchange, 0, sizeof(*exchange));
    exchange->server = server;
    exchange->arena = arena_new();
    exchange->started_us = now_us();
    exchange->request.api = server->api;
    exchange->request.arena = exchange->arena;
    exchange->request.target = arena_copy(exchange->arena, view_text(target));
    buffer_init(&exchange->body, REQUEST_BODY_BYTES_MAX);
    response_init(&exchange->response, exchange->arena);
    atomic_fetch_add(&server->api->metrics->requests_in_flight, 1);
    return exchange;
}

static void log_exchange(const struct exchange *exchange, int64_t duration_us)
{
    const struct request *request = &exchange->request;
    bool is_lookup = request->method == METHOD_GET || request->method == METHOD_HEAD;
    char status[12], milliseconds[24];
    snprintf(status, sizeof(status), "%d", exchange->response.status);
    snprintf(milliseconds, sizeof(milliseconds), "%.1f", (double)duration_us / 1000.0);
    enum log_level level = exchange->response.status >= 500                 ? LOG_ERROR
                           : !is_lookup || exchange->response.status == 421 ? LOG_INFO
                                                                            : LOG_DEBUG;
    /* Without the query: sign-in links carry their token there. */
    LOG(level, "request", {"request_id", view_text(request->id.text)},
        {"method", view_text(http_method_name(request->method))}, {"path", request_shown_path(request)},
        {"status", view_text(status)}, {"ms", view_text(milliseconds)});
}

static void end_exchange(
    void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode reason)
{
    (void)connection;
    (void)reason;
    struct server *server = context;
    struct exchange *exchange = *state;
    if (exchange == NULL)
        return;
    atomic_fetch_sub(&server->api->metrics->requests_in_flight, 1);
    response_done(&exchange->response);
    buffer_done(&exchange->body);
    arena_free(exchange->arena);
    free(exchange);
    *state = NULL;
}

struct header_copy {
    struct exchange *exchange;
    size_t bytes;
};

static enum MHD_Result copy_header(
    void *context, enum MHD_ValueKind kind, const char *name, size_t name_size, const char *value, size_t value_size)
{
    (void)kind;
    struct header_copy *copy = context;
    struct request *request = &copy->exchange->request;
    copy->bytes += name_size + value_size;
    if (request->header_count == REQUEST_HEADERS_MAX || copy->bytes > REQUEST_HEADER_BYTES_MAX) {
        request->has_too_many_headers = true;
        return MHD_NO;
    }
    request->headers[request->header_count++] =
        (struct api_header){arena_copy(request->arena, view_of(name, name_size)),
            view_trim(arena_copy(request->arena, view_of(value, value_size)))};
    return MHD_YES;
}

/* A length that is no number is refused by libmicrohttpd before. */
static bool announces_large_body(const struct request *request)
{
    int64_t length;
    struct view announced = request_header(request, "Content-Length");
    return announced.size > 0 &&
           (!view_to_integer(announced, &length) || (uint64_t)length > router_body_bytes_max(request));
}

/* Behind a proxy it is what the proxy added last; everything before that the client may have written itself. */
static struct view client_address(const struct exchange *exchange, struct MHD_Connection *connection)
{
    char text[ADDRESS_TEXT_SIZE] = "";
    struct view forwarded = request_header(&exchange->request, "X-Forwarded-For");
    if (exchange->server->is_behind_proxy && forwarded.size > 0) {
        size_t comma = view_find_last(forwarded, ',');
        return view_trim(comma < forwarded.size ? view_from(forwarded, comma + 1) : forwarded);
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info == NULL || getnameinfo(info->client_addr, sizeof(struct sockaddr_storage), text, sizeof(text), NULL, 0,
                            NI_NUMERICHOST) != 0)
        return view_text("");
    return arena_copy(exchange->arena, view_text(text));
}

static void read_headers(struct exchange *exchange, struct MHD_Connection *connection, const char *method)
{
    struct header_copy copy = {.exchange = exchange};
    exchange->request.method = http_method_parse(view_text(method));
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, copy_header, &copy);
    exchange->request.address = client_address(exchange, connection);
    exchange->request.is_body_too_large = announces_large_body(&exchange->request);
    buffer_init(&exchange->body, router_body_bytes_max(&exchange->request)); /* nothing is in it yet */
    exchange->has_headers = true;
}

enum { STREAM_BLOCK_BYTES = 64 * 1024 };

/* A body that is made as the client takes it: the exchange lives until all is sent. */
struct streaming {
    struct body_stream *stream;
    struct view rest; /* of the piece that came last */
};

static ssize_t read_stream(void *context, uint64_t position, char *bytes, size_t size)
{
    struct streaming *streaming = context;
    (void)position;
    if (streaming->rest.size == 0 && !streaming->stream->next(streaming->stream, &streaming->rest))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (streaming->rest.size == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    size_t count = streaming->rest.size < size ? streaming->rest.size : size;
    memcpy(bytes, streaming->rest.data, count);
    streaming->rest = view_from(streaming->rest, count);
    return (ssize_t)count;
}

/* Hands the body over to libmicrohttpd without a copy. */
static struct MHD_Response *make_response(struct response *response)
{
    if (response->stream != NULL) {
        struct streaming *streaming = ARENA_NEW(response->arena, struct streaming);
        streaming->stream = response->stream;
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, read_stream, streaming, NULL);
    }
    if (response->borrowed_body.size > 0 || response->body.size == 0) {
        struct view body = response->borrowed_body;
        return MHD_create_response_from_buffer(body.size, (void *)(uintptr_t)body.data, MHD_RESPMEM_PERSISTENT);
    }
    struct MHD_Response *made =
        MHD_create_response_from_buffer_with_free_callback(response->body.size, response->body.data, free);
    if (made != NULL)
        response->body = (struct buffer){0};
    return made;
}

static enum MHD_Result send_response(struct MHD_Connection *connection, struct response *response)
{
    struct MHD_Response *made = make_response(response);
    if (made == NULL)
        return MHD_NO;
    for (size_t i = 0; i < response->header_count; i++) {
        char value[REQUEST_TARGET_BYTES_MAX];
        snprintf(value, sizeof(value), "%.*s", VIEW_PRINT(response->headers[i].value));
        MHD_add_response_header(made, response->headers[i].name.data, value);
    }
    enum MHD_Result result = MHD_queue_response(connection, (unsigned int)response->status, made);
    MHD_destroy_response(made);
    return result;
}

static void run_exchange(struct exchange *exchange)
{
    struct api *api = exchange->server->api;
    exchange->request.body = buffer_view(&exchange->body);
    exchange->request.now_ms = api->clock->wall_ms(api->clock);
    api_handle(&exchange->request, &exchange->response);
    exchange->is_handled = true;
}

static enum MHD_Result answer_exchange(struct exchange *exchange, struct MHD_Connection *connection)
{
    struct api *api = exchange->server->api;
    struct response *response = &exchange->response;
    exchange->is_answered = true;
    if (!exchange->is_handled)
        run_exchange(exchange);
    size_t bytes = response_body(response).size;
    enum MHD_Result result = send_response(connection, response);
    int64_t duration_us = now_us() - exchange->started_us;
    const struct route *route = exchange->request.route;
    metrics_count(api->metrics, route == NULL ? -1 : (int)(route - routes), response->status, duration_us, bytes);
    log_exchange(exchange, duration_us);
    return result;
}

/* On a thread of a queue; resuming makes libmicrohttpd call `handle` again. */
static void run_queued(void *item)
{
    struct exchange *exchange = item;
    run_exchange(exchange);
    MHD_resume_connection(exchange->connection);
}

/* Leaves the request to a thread of its queue. Too many slow ones are refused; the others are as many as connections at most, so
   that they find no room only while the server stops. */
static void enqueue(struct exchange *exchange, struct MHD_Connection *connection)
{
    struct server *server = exchange->server;
    struct request_queue *const queues[] = {
        [PACE_READING] = server->reading, [PACE_WRITING] = server->writing, [PACE_SLOW] = server->slow};
    enum request_pace pace = api_pace(&exchange->request);
    exchange->is_queued = true;
    exchange->connection = connection;
    MHD_suspend_connection(connection);
    if (request_queue_add(queues[pace], exchange))
        return;
    if (pace == PACE_SLOW) {
        exchange->is_handled = true;
        respond_error(&exchange->response, API_ERROR_NOT_READY, "too many such requests wait already; try again");
    }
    MHD_resume_connection(connection);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_size, void **state)
{
    (void)context;
    (void)url;
    (void)version;
    struct exchange *exchange = *state;
    if (!exchange->has_headers) {
        read_headers(exchange, connection, method);
        bool is_refused = exchange->request.has_too_many_headers || exchange->request.is_body_too_large;
        return is_refused ? answer_exchange(exchange, connection) : MHD_YES;
    }
    if (*upload_size > 0) {
        /* Only a body of unannounced length can get here with too much: the connection ends. */
        buffer_append(&exchange->body, view_of(upload, *upload_size));
        *upload_size = 0;
        return exchange->body.is_full ? MHD_NO : MHD_YES;
    }
    if (exchange->is_answered)
        return MHD_YES;
    if (exchange->is_queued)
        return answer_exchange(exchange, connection);
    enqueue(exchange, connection);
    return MHD_YES;
}

static void note_connection(
    void *context, struct MHD_Connection *connection, void **state, enum MHD_ConnectionNotificationCode code)
{
    (void)connection;
    (void)state;
    struct server *server = context;
    atomic_fetch_add(&server->api->metrics->connections, code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1);
}

/* We take targets apart ourselves, from the text as it was sent. */
static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static void log_message(void *context, const char *format, va_list arguments) PRINTF(2, 0);

static void log_message(void *context, const char *format, va_list arguments)
{
    (void)context;
    char text[512];
    vsnprintf(text, sizeof(text), format, arguments);
    LOG(LOG_DEBUG, "web server", {"detail", view_trim(view_text(text))});
}

static bool split_address(const char *text, char *host, size_t host_size, char *port, size_t port_size)
{
    struct view rest = view_text(text);
    size_t colon = view_find_last(rest, ':');
    int64_t number;
    if (colon == rest.size)
        return false;
    struct view name = view_slice(rest, 0, colon);
    struct view digits = view_from(rest, colon + 1);
    if (name.size > 2 && name.data[0] == '[' && name.data[name.size - 1] == ']')
        name = view_slice(name, 1, name.size - 2);
    else if (view_find(name, ':') < name.size)
        return false;
    if (name.size == 0 || name.size >= host_size || digits.size >= port_size || !view_to_integer(digits, &number) ||
        number > 65535)
        return false;
    snprintf(host, host_size, "%.*s", VIEW_PRINT(name));
    snprintf(port, port_size, "%.*s", VIEW_PRINT(digits));
    return true;
}

static bool is_loopback(const struct server_address *address)
{
    if (address->socket.any.sa_family == AF_INET)
        return ntohl(address->socket.v4.sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&address->socket.v6.sin6_addr);
}

bool server_address_parse(const char *text, struct server_address *address, struct error *err)
{
    char host[256], port[6];
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    if (!split_address(text, host, sizeof(host), port, sizeof(port)))
        return error_set(err, ERROR_USAGE, "address \"%s\" is not of the form HOST:PORT, such as 127.0.0.1:8010", text);
    int status = getaddrinfo(host, port, &hints, &found);
    if (status != 0)
        return error_set(err, ERROR_USAGE, "could not find the address \"%s\": %s", text, gai_strerror(status));
    *address = (struct server_address){.size = found->ai_addrlen};
    memcpy(&address->socket, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    address->is_loopback = is_loopback(address);
    return true;
}

static void format_address(int socket, char text[ADDRESS_TEXT_SIZE])
{
    struct server_address bound = {.size = sizeof(bound.socket)};
    char host[64] = "", port[8] = "";
    getsockname(socket, &bound.socket.any, &bound.size);
    getnameinfo(&bound.socket.any, bound.size, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
    bool is_v6 = bound.socket.any.sa_family == AF_INET6;
    snprintf(text, ADDRESS_TEXT_SIZE, "%s%s%s:%s", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
}

static bool open_socket(const struct server_address *address, int *opened, struct error *err)
{
    int enabled = 1;
    int descriptor = socket(address->socket.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not make a socket");
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &enabled, sizeof(enabled));
    if (bind(descriptor, &address->socket.any, address->size) != 0 || listen(descriptor, SOMAXCONN) != 0) {
        int reason = errno;
        close(descriptor);
        error_set_errno(err, reason, "could not listen");
        if (reason == EADDRINUSE)
            error_set(err, ERROR_CONFLICT, "another program listens on this address; choose another with --listen");
        return false;
    }
    *opened = descriptor;
    return true;
}

static void stop_queues(struct server *server)
{
    request_queue_stop(server->reading);
    request_queue_stop(server->writing);
    request_queue_stop(server->slow);
}

static void free_server(struct server *server)
{
    request_queue_free(server->reading);
    request_queue_free(server->writing);
    request_queue_free(server->slow);
    free(server);
}

/* What reads waits for processors alone: more threads than those would only make all of them late. Two at least, so that a file
   that is slow to read holds up nobody. */
static int reading_threads(int threads)
{
    int processors = get_nprocs();
    int wanted = processors < 2 ? 2 : processors;
    return wanted < threads ? wanted : threads;
}

static bool start_queues(struct server *server, int threads, struct error *err)
{
    static_assert(SERVER_THREADS_MAX <= REQUEST_QUEUE_THREADS_MAX, "a queue has room for as many");
    const struct request_queue_options reading = {reading_threads(threads), SERVER_CONNECTIONS_MAX, run_queued};
    const struct request_queue_options writing = {threads, SERVER_CONNECTIONS_MAX, run_queued};
    const struct request_queue_options slow = {SERVER_SLOW_THREADS, SERVER_SLOW_WAITING_MAX, run_queued};
    if (request_queue_start(&reading, &server->reading, err) && request_queue_start(&writing, &server->writing, err) &&
        request_queue_start(&slow, &server->slow, err))
        return true;
    stop_queues(server);
    return false;
}

bool server_start(const struct server_options *options, struct api *api, struct server **server, struct error *err)
{
    int descriptor;
    if (!open_socket(&options->address, &descriptor, err))
        return false;
    struct server *made = memory_alloc(sizeof(*made));
    *made = (struct server){.api = api, .is_behind_proxy = options->is_behind_proxy};
    if (!start_queues(made, options->threads, err)) {
        close(descriptor);
        free_server(made);
        return false;
    }
    api->cancel = &made->stopping;
    format_address(descriptor, made->address);
    bool is_shared = options->address.is_loopback || options->is_behind_proxy;
    unsigned int per_address = is_shared ? 0 : SERVER_CONNECTIONS_PER_ADDRESS_MAX;
    unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME;
    if (options->address.socket.any.sa_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    made->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, made, MHD_OPTION_EXTERNAL_LOGGER, log_message, NULL,
        MHD_OPTION_LISTEN_SOCKET, descriptor, MHD_OPTION_THREAD_POOL_SIZE, (unsigned int)options->threads,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned int)SERVER_CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        per_address, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_CONNECTION_BYTES_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)SERVER_IDLE_SECONDS_MAX, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, made,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED, end_exchange, made,
        MHD_OPTION_NOTIFY_CONNECTION, note_connection, made, MHD_OPTION_END);
    if (made->daemon == NULL) {
        close(descriptor);
        stop_queues(made);
        free_server(made);
        return error_set(err, ERROR_IO, "could not start the web server; its log has the reason");
    }
    *server = made;
    return true;
}

/* Polls, since libmicrohttpd cannot wait for its requests; this happens once, at the end of the process. */
static void wait_for_answers(const struct api_metrics *metrics)
{
    const struct timespec step = {.tv_nsec = 10 * 1000 * 1000};
    for (int i = 0; i < SERVER_STOP_SECONDS_MAX * 100 && atomic_load(&metrics->requests_in_flight) > 0; i++)
        nanosleep(&step, NULL);
}

void server_stop(struct server *server)
{
    if (server == NULL)
        return;
    MHD_socket listening = MHD_quiesce_daemon(server->daemon);
    if (listening != MHD_INVALID_SOCKET)
        close(listening);
    cancel_request(&server->stopping);
    stop_queues(server);
    wait_for_answers(server->api->metrics);
    MHD_stop_daemon(server->daemon);
    free_server(server);
}

const char *server_listens_on(const struct server *server)
{
    return server->address;
}
