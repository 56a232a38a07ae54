/* SPDX-License-Identifier: Apache-2.0 */
/* How the hosts of one integration are reached: which certificates are trusted, who we say we are, and through which
   proxy. Set by the operator, borrowed by clients. */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "base/error.h"
#include "secret/secret.h"

#include <stdint.h>

/* Certificate texts are PEM, with line ends. All empty: the system's certificates, the environment's proxy. */
struct http_route {
    struct view authorities; /* trusted instead of the system's bundle, for every host of the client */

    /* Shown to own hosts (outbound_policy.own) only: others would learn who we are. */
    struct view certificate;
    const struct secret *certificate_key;

    /* Own hosts need not prove who they are; all others must. */
    bool skips_verification;

    struct view proxy; /* "http://proxy.example.com:3128"; empty: the environment's */
    const struct secret *proxy_login; /* "user:password"; NULL: none */
    struct view proxy_exceptions; /* as no_proxy, for `proxy` */
};

#define HTTP_ROUTE_PEM_BYTES_MAX (256u * 1024)

/* Whether the texts are what they should be; `key` may be NULL. ERROR_INVALID, ERROR_LIMIT. */
bool http_check_authorities(struct view pem, struct error *err) MUST_CHECK;
bool http_check_certificate(struct view pem, const struct secret *key, struct error *err) MUST_CHECK;
bool http_check_proxy(struct view proxy, struct error *err) MUST_CHECK;

/* Where an attempt got to. */
enum http_stage {
    HTTP_STAGE_OTHER,
    HTTP_STAGE_REFUSED, /* the outbound rule */
    HTTP_STAGE_PROXY, /* the proxy cannot be reached or does not let us through */
    HTTP_STAGE_NAME, /* the host's name has no address */
    HTTP_STAGE_CONNECT, /* nothing answers at the address */
    HTTP_STAGE_TLS, /* no TLS is spoken there, or no common version */
    HTTP_STAGE_CERTIFICATE, /* the server's certificate is not trusted, too old or for another name */
    HTTP_STAGE_CLIENT_CERTIFICATE, /* the server wants a certificate of ours, or ours cannot be used */
    HTTP_STAGE_TIMEOUT, /* connected, but no answer came in time */
    HTTP_STAGE_ANSWERED,
    HTTP_STAGE_COUNT
};

/* The last attempt of a client, for people who look for the reason. */
struct http_attempt {
    enum http_stage stage;
    char host[256]; /* "registry.example.com:443" */
    char address[64]; /* the last address that was tried or asked for; empty: none */
    int status; /* of the answer; 0 = none */
    int64_t date_ms; /* the server's clock (Date), 0: not told */
};

#endif
