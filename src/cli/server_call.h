/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a running server's API from the command line, with the token of the environment variable TIDEWAITER_TOKEN. One
   thread. */
#ifndef CLI_SERVER_CALL_H
#define CLI_SERVER_CALL_H

#include "base/json.h"
#include "cli/command.h"
#include "http/client.h"

#define SERVER_VERSION "2025-09-17"

struct server_call {
    struct arena *arena;
    struct http_client *client;
    struct outbound_policy policy;
    struct view host; /* "host:port": the only one that is asked */
    struct view address; /* "https://tidewaiter.example.com" */
    struct secret *authorization;
    struct view organization; /* UUID; the token's own */
};

/* ERROR_USAGE without a token or with a broken address, ERROR_DENIED if the server does not know the token. Zero it, and release
   it with server_call_done in any case. */
bool server_call_open(
    struct server_call *server, const struct command_call *call, struct view address, struct error *err) MUST_CHECK;
void server_call_done(struct server_call *server);
#define AUTO_SERVER_CALL CLEANUP(server_call_done) struct server_call

struct server_answer {
    int status;
    struct json data; /* valid as long as the document */
    struct view code; /* of the first error */
    struct view detail;
    struct view next; /* path of a list's next page; empty: this is the last */
};

/* `path` is below the organization, "scan_requests?queue=true", or that of a next page. An empty `body` is a GET, else a POST. Answers of 400 and above are
   answers too, but for 401, 403 and 5xx. */
bool server_ask(struct server_call *server, struct json_document *document, struct view path, struct view body,
    struct server_answer *answer, struct error *err) MUST_CHECK;

#endif
