/* SPDX-License-Identifier: Apache-2.0 */
/* The web server: libmicrohttpd with epoll on a few threads, and as many others that answer requests by api_handle, in the order
   in which they came. HTTP/1.1 without TLS. Slow clients cost a connection, never a thread. */
#ifndef API_SERVER_H
#define API_SERVER_H

#include "api/api.h"

#include <netinet/in.h>

#define SERVER_CONNECTIONS_MAX 1024
#define SERVER_CONNECTIONS_PER_ADDRESS_MAX 128 /* where clients connect directly and not through a proxy or loopback */
#define SERVER_CONNECTION_BYTES_MAX (64u * 1024)
#define SERVER_IDLE_SECONDS_MAX 30
#define SERVER_STOP_SECONDS_MAX 5
#define SERVER_THREADS_MAX 64
#define SERVER_SLOW_THREADS 4
#define SERVER_SLOW_WAITING_MAX 64 /* slow requests that wait for one of those threads */

struct server;

struct server_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } socket;
    socklen_t size;
    bool is_loopback;
};

/* "HOST:PORT", "[::1]:PORT"; port 0 takes a free one. Names are resolved. ERROR_USAGE for another form. */
bool server_address_parse(const char *text, struct server_address *address, struct error *err) MUST_CHECK;

struct server_options {
    struct server_address address;
    int threads; /* of either kind: 1 … SERVER_THREADS_MAX */
    bool is_behind_proxy; /* all clients have one address */
};

/* Listens and answers until server_stop. `api` must outlive it. ERROR_CONFLICT if the port is taken. */
bool server_start(
    const struct server_options *options, struct api *api, struct server **server, struct error *err) MUST_CHECK;

/* Takes no new connections, lets requests that have begun end, and waits for them at most SERVER_STOP_SECONDS_MAX. NULL is fine. */
void server_stop(struct server *server);

/* "127.0.0.1:8010", with the real port. Borrowed. */
const char *server_listens_on(const struct server *server);

#endif
