/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures that cloud services want on requests: AWS Signature Version 4, the JSON Web Tokens of Google's service
   accounts (RFC 7519 with RS256) and RSA signatures as such. OpenSSL does the arithmetic; keys come as secrets and what is
   made of them on the way is wiped. Pure: time is passed in. */
#ifndef HTTP_SIGN_H
#define HTTP_SIGN_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"
#include "http/client.h"
#include "secret/secret.h"

#define SIGN_HEADERS_MAX 16
#define SIGN_KEY_BYTES_MAX (16u * 1024)

struct aws_keys {
    struct view access_key_id;
    const struct secret *secret_access_key;
    const struct secret *session_token; /* NULL: none */
};

struct aws_request {
    const char *method;
    const struct url *url; /* path as sent: percent-encoded already */
    const struct http_header *headers; /* names in lower case; all are signed, with host and x-amz-date beside them */
    size_t header_count;
    struct view body;
    struct view region;
    struct view service;
    int64_t wall_ms;
};

/* What is to be sent with the request. */
struct aws_signature {
    struct view date; /* value of x-amz-date */
    struct secret *authorization; /* value of Authorization; the caller frees it */
    struct digest canonical; /* of the canonical request, for tests and for messages about clocks */
};

/* AWS General Reference, "Create a signed AWS API request". With a session token, x-amz-security-token is signed and must
   be sent by the caller. ERROR_LIMIT beyond SIGN_HEADERS_MAX. */
bool sign_aws(struct arena *arena, const struct aws_keys *keys, const struct aws_request *request,
    struct aws_signature *signature, struct error *err) MUST_CHECK;

/* RSASSA-PKCS1-v1_5 with SHA-256 over `text`; `key` is a private key in PEM (PKCS #8 or PKCS #1, not encrypted).
   ERROR_INVALID for another kind of key. */
bool sign_rs256(struct arena *arena, const struct secret *key, struct view text, struct view *signature,
    struct error *err) MUST_CHECK;

/* What a token for a service account is asked with (RFC 7523). */
struct jwt_claims {
    struct view key_id;
    struct view issuer;
    struct view scope;
    struct view audience;
    int64_t wall_ms;
    int64_t lifetime_s;
};

/* "header.claims.signature", each URL-safe base64 (RFC 7515). */
bool sign_jwt(struct arena *arena, const struct secret *key, const struct jwt_claims *claims, struct secret **token,
    struct error *err) MUST_CHECK;

/* HMAC with SHA-1 or SHA-256; `mac` holds 20 or 32 bytes. */
void sign_hmac_sha1(struct view key, struct view text, unsigned char mac[20]);
void sign_hmac_sha256(struct view key, struct view text, unsigned char mac[32]);

/* Base64 with padding, and its URL-safe form without (RFC 4648 §4 and §5). */
struct view base64_format(struct arena *arena, struct view bytes);
struct view base64_format_url(struct arena *arena, struct view bytes);

/* Reads either form, with or without padding; false for any other byte. */
bool base64_parse(struct arena *arena, struct view text, struct view *bytes);

#endif
