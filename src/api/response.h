/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to one request, and the error documents of JSON:API. Headers live in the request's arena; the body is a
   buffer of its own or borrowed bytes that outlive the server (embedded files). Release with response_done. */
#ifndef API_RESPONSE_H
#define API_RESPONSE_H

#include "api/request.h"
#include "base/buffer.h"

enum api_error {
#define API_ERROR(constant, code, status, title) API_ERROR_##constant,
#include "api/errors.def"
#undef API_ERROR
    API_ERROR_COUNT
};

/* A body that is made piece by piece while the client takes it. Made by a handler in memory of its own, and released with the
   response; one thread at a time. */
struct body_stream {
    /* The next piece, valid until the next call; empty at the end. False on a failure: the answer is not complete. */
    bool (*next)(struct body_stream *stream, struct view *piece);
    void (*free)(struct body_stream *stream);
};

#define RESPONSE_HEADERS_MAX 32
#define RESPONSE_BYTES_MAX (64u * 1024 * 1024)

struct response {
    struct arena *arena;
    int status;
    const char *content_type;
    const char *cache_control;
    bool wants_etag; /* to be computed from the body */
    struct view etag; /* quoted; compared with If-None-Match */
    struct api_header headers[RESPONSE_HEADERS_MAX];
    size_t header_count;
    struct buffer body;
    struct view borrowed_body; /* instead of `body` if not empty */
    struct view next_key; /* of a page of a list: the store's cursor of the next one; empty: this is the last */
    struct body_stream *stream; /* the body comes from here instead; NULL: it does not */
};

void response_init(struct response *response, struct arena *arena);
void response_done(struct response *response);

/* Name and value are borrowed from the arena or constants; control characters in the value are a mistake of ours. */
void response_header(struct response *response, const char *name, struct view value);

struct view response_body(const struct response *response);

/* An error document with one error replaces whatever was written before. All return false, so that code that has nothing
   more to say ends with `return respond_error(…);`. `parameter` is the query parameter at fault. */
bool respond_error(struct response *response, enum api_error code, const char *format, ...) PRINTF(3, 4);
bool respond_parameter_error(
    struct response *response, enum api_error code, const char *parameter, const char *format, ...) PRINTF(4, 5);

/* One error for each problem with the body, each with the JSON pointer of the member at fault. */
struct body_problem {
    struct view pointer; /* RFC 6901; empty: the whole body */
    struct view detail;
};
bool respond_body_problems(struct response *response, const struct body_problem *problems, size_t count);

/* For an error from below (the store). What the caller did wrong or cannot have is told; failures of this server are
   logged with the request id and told only as such. */
bool respond_failure(const struct request *request, struct response *response, const struct error *err);

int api_error_status(enum api_error code);
const char *api_error_code(enum api_error code);

#endif
