/* SPDX-License-Identifier: Apache-2.0 */
/* The API without the web server: one request in, one response out. The struct is filled before the first request, shared
   by all threads, and immutable but for the metrics. */
#ifndef API_API_H
#define API_API_H

#include "api/host.h"
#include "api/metrics.h"
#include "api/response.h"
#include "base/cancel.h"
#include "secret/keyring.h"
#include "store/store.h"

struct rate_limit;
struct sandbox;
struct signer_keys;

struct api {
    struct store *store;
    const struct clock *clock;
    struct keyring *keyring; /* seals and unseals credentials */
    const struct view *network_allow; /* as the option of the server */
    size_t network_allow_count;
    const struct cancel *cancel; /* requested when the server stops; set by server_start */
    const char *index_folder; /* of the advisories */
    struct sandbox *sandbox; /* for /readyz, the notices and package scans; NULL = this process scans nothing */
    struct host_rule hosts;
    /* Other machines reach us by plain http (--insecure-http): their browsers refuse Secure cookies, so the session cookie
       has neither that mark nor the "__Host-" prefix. Chromium and Firefox keep Secure cookies on http from loopback. */
    bool has_plain_cookies;
    struct api_metrics *metrics;
    struct rate_limit *requests; /* of each token and each person; NULL = no limit */
    struct rate_limit *failures; /* to sign in, of each address; NULL = no limit */
    struct rate_limit *guesses; /* wrong passwords, of each user; NULL = no limit */
    struct signer_keys *signer_keys; /* of tokens that come with webhooks */
    int64_t webhook_delay_ms; /* from a webhook to what it causes */
};

/* Fills the whole response: routing, session, permission, version, parameters, handler, headers. The caller has set method,
   target, headers, body, arena and time of the request. */
void api_handle(struct request *request, struct response *response);

/* Which threads may run api_handle: an operation that writes waits for others that do, and one that asks another machine may
   take long; neither may hold up what reads. */
enum request_pace { PACE_READING, PACE_WRITING, PACE_SLOW };
enum request_pace api_pace(const struct request *request);

/* Somebody gave a secret that is none. */
void api_note_failure(const struct request *request);

/* Whether this address may try again; else the response says when. */
bool api_check_failures(const struct request *request, struct response *response) MUST_CHECK;

/* Hands the browser a session; an empty value ends it. Max-Age is the age at which the session ends in any case. */
void api_set_session_cookie(
    const struct request *request, struct response *response, const char *value, int64_t age_ms);

/* Name of the session cookie. */
const char *api_cookie_name(const struct api *api);

#endif
