/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP requests by libcurl, one at a time for the caller: each call blocks until the answer's head (http_open) or all of
   it (http_fetch) is there. Connections are kept for the next request; HTTP/2 over TLS where the server speaks it.
   Redirects, retries with back-off and the outbound rule are ours; certificates are verified unless a route says otherwise. A client and its
   open bodies belong to one thread; several clients may exist. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "base/arena.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "http/outbound.h"
#include "http/route.h"
#include "http/url.h"
#include "secret/secret.h"
#include "stream/source.h"

#define HTTP_REDIRECTS_MAX 10
#define HTTP_ERROR_BODY_MAX (64u * 1024)
#define HTTP_HEADERS_MAX 200
#define HTTP_HEADER_BYTES_MAX (128u * 1024)

struct http_client;
struct http_gate;

struct http_client_options {
    const struct outbound_policy *policy; /* borrowed; NULL: public addresses only */
    const struct http_route *route; /* borrowed; NULL: the system's certificates and the environment's proxy */
    const char *ca_file; /* PEM, beside the system's; NULL: SSL_CERT_FILE, if set */
    const struct cancel *cancel; /* borrowed; may be NULL */
    const struct clock *clock; /* NULL: the system's */
    void (*sleep)(const struct clock *clock, int64_t wait_ms); /* NULL: really sleeps */
    int64_t wait_ms_max; /* a server that asks for a longer wait gives ERROR_RATE_LIMITED; 0: one minute */
    unsigned tries_max; /* 0: five */
    struct http_gate *gate; /* shared with other clients of the same server; NULL: none. See http/gate.h */
    bool wants_http1;
    bool is_patient; /* at the gate: bulk work, which others go before */
};

struct http_client *http_client_new(const struct http_client_options *options);
void http_client_free(struct http_client *client); /* NULL is fine; all bodies must be closed before */

static inline void http_client_cleanup(struct http_client **client)
{
    http_client_free(*client);
}
#define AUTO_HTTP_CLIENT CLEANUP(http_client_cleanup) struct http_client

struct http_header {
    struct view name; /* lower case in responses */
    struct view value;
};

/* Why no answer came, where callers act on it. */
enum http_failure { HTTP_FAILURE_OTHER, HTTP_FAILURE_CONNECT, HTTP_FAILURE_TLS };

struct http_request {
    const char
        *method; /* "GET", "HEAD", "PATCH", "POST" or "PUT"; the last three are neither redirected nor repeated after
                           an answer */
    struct url url;
    const struct http_header *headers; /* sent to every host of a redirect: Accept, Range, If-None-Match … */
    size_t header_count;
    const struct secret *authorization; /* value of Authorization; left out after a redirect to another origin */
    const struct secret *form; /* body of a PUT or POST; its Content-Type is among the headers */
    struct view content; /* or: a body that is no secret */
    bool may_repeat; /* a POST that only asks: repeated as a GET is */
    bool stays_at_origin; /* a redirect to another origin is ERROR_REFUSED: headers would tell it who we are */
    size_t body_bytes_max; /* of http_fetch; more is ERROR_LIMIT */
    int64_t timeout_ms; /* for all of the answer; 0: none, but at least 1 KiB/s over a minute */
    enum http_failure *failure; /* may be NULL; written when there was no answer */
};

struct http_response {
    int status;
    struct url url; /* that answered, after redirects */
    bool is_redirected;
    bool left_origin; /* a redirect led to another scheme, host or port */
    const struct http_header *headers;
    size_t header_count;
    struct view body; /* http_fetch: all of it. http_open: what came with a status other than 2xx, cut at
                         HTTP_ERROR_BODY_MAX */
};

/* Any final status is success here; 408, 429, 500, 502, 503 and 504 only after all tries, with Retry-After obeyed. Views
   live in the arena. ERROR_UNREACHABLE, ERROR_TIMEOUT, ERROR_REFUSED (outbound rule, downgrade to http), ERROR_INVALID
   (a broken Location), ERROR_LIMIT, ERROR_CORRUPT (the body ends early), ERROR_CANCELLED. */
bool http_fetch(struct http_client *client, struct arena *arena, const struct http_request *request,
    struct http_response *response, struct error *err) MUST_CHECK;

/* The same, but a 2xx body is read through `*body`; for another status `*body` is NULL. The stream holds at most about
   1 MiB; reading drives the transfer. */
bool http_open(struct http_client *client, struct arena *arena, const struct http_request *request,
    struct http_response *response, struct source **body, struct error *err) MUST_CHECK;

/* Makes the next request wait, as after a status that is worth a repetition: for servers that ask for patience with another
   one. `attempt` counts from 0. ERROR_RATE_LIMITED if the answer asks for more than we have. */
bool http_client_wait(
    struct http_client *client, const struct http_response *response, unsigned attempt, struct error *err) MUST_CHECK;

/* The client's last attempt at anything. Borrowed until the next one. */
const struct http_attempt *http_last_attempt(const struct http_client *client);

/* Several requests of one kind at once: HEADs of many tags, GETs of small files. Each is sent a single time, without redirects
   followed and without retries; whoever needs more asks again by http_fetch. */
struct http_batch {
    /* The next request; views live in `arena`, until its answer was given. False when there are no more. */
    bool (*next)(struct http_batch *batch, struct arena *arena, struct http_request *request);

    /* The answer to the request of that index, counted from 0; `response` NULL if none came, or one with more than
       HTTP_BATCH_BODY_MAX bytes. Its body is valid during the call. False stops with the error that it set, when what is
       under way was given up. */
    bool (*answer)(struct http_batch *batch, size_t index, const struct http_response *response, struct error *err);
};

/* At most `parallel` (1 … HTTP_PARALLEL_MAX) requests at once, fewer where the gate has no room. After 429 or 503 no more
   are sent, and `*is_stopped` is set. ERROR_CANCELLED, and what `answer` sets. */
#define HTTP_PARALLEL_MAX 32
#define HTTP_BATCH_BODY_MAX (512u * 1024)
bool http_fetch_batch(struct http_client *client, struct http_batch *batch, unsigned parallel, bool *is_stopped,
    struct error *err) MUST_CHECK;

/* The first header of that name (lower case); empty if there is none. */
struct view http_header(const struct http_response *response, const char *name);

#endif
