/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request as the handlers see it, without the web server behind it. Lives in its own arena until the answer is
   sent; one thread at a time. Views are borrowed from the arena. */
#ifndef API_REQUEST_H
#define API_REQUEST_H

#include "api/query.h"
#include "api/version_negotiation.h"
#include "base/uuid.h"
#include "store/accounts.h"
#include "store/permission.h"

enum http_method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_OTHER,
    METHOD_COUNT
};

#define REQUEST_TARGET_BYTES_MAX (8u * 1024)
#define REQUEST_HEADERS_MAX 64
#define REQUEST_HEADER_BYTES_MAX (16u * 1024)
#define REQUEST_BODY_BYTES_MAX (1024u * 1024)
#define REQUEST_PATH_VALUES_MAX 4

struct api_header {
    struct view name;
    struct view value;
};

struct api;
struct route;

struct request {
    struct api *api;
    struct arena *arena;
    enum http_method method;
    struct view target; /* as sent: path and query, still encoded */
    struct api_header headers[REQUEST_HEADERS_MAX];
    size_t header_count;
    bool has_too_many_headers; /* some were left out: more than the limits above */
    struct view body;
    bool is_body_too_large; /* more than REQUEST_BODY_BYTES_MAX: it was not read */
    int64_t now_ms;
    struct view address; /* of the client; empty if it is not known */

    /* Filled before a handler runs. */
    struct uuid id; /* the caller's Snyk-Request-Id or X-Request-Id if that is a UUID, else new */
    struct view path; /* the part of `target` before '?', still encoded */
    struct query query;
    const struct route *route;
    struct view path_values[REQUEST_PATH_VALUES_MAX]; /* decoded, in the order of the pattern */
    struct version_choice version;
    bool is_streamed; /* the whole list is wanted: page by page, without the number of all */
    struct view stream_key; /* the store's cursor where the next page of the stream begins; empty: the first one */
    bool is_by_token; /* not by a cookie */
    bool is_signed_in;
    struct session session; /* only if signed in */
    struct permission_set permissions;
};

enum http_method http_method_parse(struct view name);
const char *http_method_name(enum http_method method);

/* The path as logs may have it: addresses of webhooks, admission and exported files hold secrets. */
struct view request_shown_path(const struct request *request);

/* The first header of that name, in any case; empty if it is absent. */
struct view request_header(const struct request *request, const char *name);

/* The value that stands in the path for `{name}`; `name` must occur in the route's pattern. */
struct view request_path_value(const struct request *request, const char *name);

/* The value of a query parameter; empty if it is absent. */
struct view request_parameter(const struct request *request, const char *name);

#endif
