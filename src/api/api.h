/* SPDX-License-Identifier: Apache-2.0 */
/* The API without the web server: one request in, one response out. The struct is filled before the first request, shared
   by all threads, and immutable but for the metrics. */
#ifndef API_API_H
#define API_API_H

#include "api/host.h"
#include "api/metrics.h"
#include "api/response.h"
#include "store/store.h"

struct sandbox;

struct api {
    struct store *store;
    const struct clock *clock;
    const struct sandbox *sandbox; /* for /readyz and the notices; NULL = this process scans nothing */
    struct host_rule hosts;
    /* Whether browsers reach us by https (through a proxy): then the session cookie is "__Host-…" and Secure. On plain http
       they would not keep such a cookie for 127.0.0.1, so there it has another name and no Secure. */
    bool is_https;
    struct api_metrics *metrics;
};

/* Fills the whole response: routing, session, permission, version, parameters, handler, headers. The caller has set method,
   target, headers, body, arena and time of the request. */
void api_handle(struct request *request, struct response *response);

/* Name of the session cookie. */
const char *api_cookie_name(const struct api *api);

#endif
