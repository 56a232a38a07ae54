/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its answer on a libcurl handle: the head is kept in the arena, the body in a bounded buffer that stops
   the connection while it is full. Inside http/ only. */
#ifndef HTTP_TRANSFER_H
#define HTTP_TRANSFER_H

#include "http/client.h"

#include <curl/curl.h>

#define TRANSFER_BUFFER_BYTES (768u * 1024)
#define TRANSFER_RECEIVE_BYTES (256L * 1024)
#define HTTP_IDLE_HANDLES_MAX 8

struct http_client {
    CURLM *multi;
    CURL *idle[HTTP_IDLE_HANDLES_MAX]; /* handles for the next requests */
    size_t idle_count;
    struct http_client_options options;
    char *ca_file;
    struct http_attempt last;
    int64_t not_before_ms; /* monotonic: a server asked us to wait until then */
};

struct transfer {
    struct source source; /* the body */
    struct http_client *client;
    struct arena *arena; /* NULL once the head is complete: bodies may outlive it */
    CURL *easy;
    struct curl_slist *headers;
    struct url url; /* views are valid while `arena` is */
    char *shown; /* the URL for messages */
    bool has_proxy;
    bool is_done;
    bool has_head;
    bool is_paused;
    CURLcode result;
    char reason[CURL_ERROR_SIZE];
    struct error callback_error; /* code ERROR_NONE: no callback failed */
    int status;
    struct {
        struct http_header *items;
        size_t count;
        size_t capacity;
    } head;
    size_t head_bytes;
    char *buffer;
    size_t start;
    size_t end;
    uint64_t received; /* body bytes so far */
};

/* What one attempt sends; `authorization` NULL: none. */
struct transfer_options {
    const struct http_request *request;
    const struct url *url;
    const struct secret *authorization;
};

/* Sends, and waits for nothing: transfer_drive and transfer_wait let it go on until it has a head or is done. */
bool transfer_begin(struct http_client *client, struct arena *arena, const struct transfer_options *options,
    struct transfer **transfer, struct error *err) MUST_CHECK;

/* Lets every open transfer of the client go on, and marks those that ended. */
void transfer_drive(struct http_client *client);

/* Waits for something to happen, but not long, so that a request to stop is seen. ERROR_CANCELLED. */
bool transfer_wait(struct http_client *client, struct error *err) MUST_CHECK;

/* Sends and waits for the head of the answer. On failure `*is_retryable` tells whether the same request may succeed later,
   and the request's `failure` is set. */
bool transfer_start(struct http_client *client, struct arena *arena, const struct transfer_options *options,
    struct transfer **transfer, bool *is_retryable, struct error *err) MUST_CHECK;

/* Releases everything; the connection is kept if the answer was read to its end. */
void transfer_free(struct transfer *transfer);

static inline void transfer_cleanup(struct transfer **transfer)
{
    transfer_free(*transfer);
}
#define AUTO_TRANSFER CLEANUP(transfer_cleanup) struct transfer

/* The curl results after which the same request may succeed. */
bool transfer_is_retryable(const struct transfer *transfer);

#endif
