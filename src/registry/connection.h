/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a registry: where it is, how it wants to be asked, and the tokens it gave. Inside registry/ only. */
#ifndef REGISTRY_CONNECTION_H
#define REGISTRY_CONNECTION_H

#include "registry/challenge.h"
#include "registry/registry.h"

#define TOKENS_MAX 64

/* An access token, kept until it expires. */
struct registry_access {
    struct view scope; /* on the heap of the registry: `scope_text` */
    char *scope_text;
    struct secret *header; /* "Bearer …" */
    int64_t expires_ms; /* monotonic */
};

struct registry {
    struct arena *arena; /* lives as long as the registry: options only */
    struct http_client *client;
    const struct clock *clock;
    struct outbound_policy policy; /* the caller's, and this host as its own */
    struct url base; /* scheme, host, port and prefix; the path has no '/' at its end */
    struct view address; /* for messages */
    bool may_fall_back; /* to http, until an answer came */
    bool has_password;
    bool wants_basic; /* the registry asked for it */
    const struct registry_credentials *credentials;
    struct registry_sign_in *sign_in;
    struct registry_credentials signed_in; /* what `sign_in` gave last */
    int64_t signed_in_until_ms; /* monotonic */
    unsigned parallel;
    struct secret *basic; /* "Basic …" */
    struct secret *fixed; /* "Bearer …" of a registry token */
    struct view realm; /* of the last Bearer challenge */
    struct view service;
    char *challenge_text; /* holds both */
    struct view token_host_given; /* empty: any */
    char *token_host; /* that the registry named; NULL: none so far */
    bool has_other_token_host;
    struct registry_access access[TOKENS_MAX];
    size_t access_count;
};

/* One request to the registry itself. */
struct registry_request {
    const char *method;
    struct url url;
    const char *accept; /* NULL: none */
    struct view range; /* "bytes=7-"; empty: all */
    const struct http_header *headers; /* beside it */
    size_t header_count; /* at most REGISTRY_HEADERS_MAX */
    struct view content; /* of a POST, PUT or PATCH */
    struct view scope; /* "repository:team/app:pull"; empty: none */
    size_t body_bytes_max;
    int64_t timeout_ms;
};

#define REGISTRY_JSON_BYTES_MAX (8u * 1024 * 1024)
#define REGISTRY_HEADERS_MAX 4
#define REGISTRY_TIMEOUT_MS (60LL * 1000)

/* base + "/v2/" + path; the path may carry a query. */
bool registry_url(
    struct registry *registry, struct arena *arena, struct view path, struct url *url, struct error *err) MUST_CHECK;

/* What to send with the first try of a request, if that is known without asking; NULL: nothing. */
bool registry_authorize(struct registry *registry, const struct registry_request *request,
    const struct secret **authorization, struct error *err) MUST_CHECK;

/* Sends with authentication; asks for a token or sends the password where wanted, and again once. With `body` the 2xx
   answer is streamed. Any other final status is success here. ERROR_DENIED only where authentication cannot go on. */
bool registry_send(struct registry *registry, struct arena *arena, const struct registry_request *request,
    struct http_response *response, struct source **body, struct error *err) MUST_CHECK;

/* Turns a status other than 2xx into an error, with what the registry said; always false. `what` was tried. */
bool registry_refusal(const struct http_response *response, const char *what, struct error *err);

/* Headers of that name joined with ", ". */
struct view registry_header_list(struct arena *arena, const struct http_response *response, const char *name);

/* A valid access token for the scope, NULL if a new one is needed. Borrowed until the next call. */
const struct secret *registry_access_find(struct registry *registry, struct view scope);

/* Asks the token service that the registry named (Docker's token authentication specification) for `wanted`, and keeps the
   answer for requests of `scope`; the two differ where the registry's challenge asked for more. */
bool registry_access_fetch(struct registry *registry, struct view scope, struct view wanted,
    const struct secret **header, struct error *err) MUST_CHECK;

void registry_access_drop(struct registry *registry, struct view scope);

/* Remembers where tokens come from. ERROR_REFUSED for a realm that would leak the password. */
bool registry_set_realm(struct registry *registry, const struct challenge *challenge, struct error *err) MUST_CHECK;

/* "exp" of a JWT (RFC 7519 §4.1.4), unverified: it only tells when to ask anew. 0 if it is no JWT. */
int64_t registry_token_expiry_s(struct view token);

#endif
