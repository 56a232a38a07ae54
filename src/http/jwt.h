/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that others signed (JSON Web Tokens, RFC 7519, with RS256), checked against the keys that their issuer publishes (JSON
   Web Key Set, RFC 7517). Whoever sends one is a stranger until it is checked: sizes and counts are bounded, and no other
   algorithm than RS256 is known, whatever the header says. Pure: time is passed in. */
#ifndef HTTP_JWT_H
#define HTTP_JWT_H

#include "base/error.h"
#include "base/view.h"

#include <stdint.h>

#define JWT_BYTES_MAX (8u * 1024)
#define JWK_SET_BYTES_MAX (64u * 1024)
#define JWK_SET_KEYS_MAX 32 /* more are not looked at */
#define JWK_BITS_MIN 2048
#define JWK_BITS_MAX 8192
#define JWT_SKEW_S 60 /* between the issuer's clock and ours */

struct jwt_expected {
    struct view issuer; /* with "https"; tokens may leave the scheme out, as Google's may */
    struct view audience;
    struct view email; /* of the account that the token is for, which the issuer must have verified */
    int64_t wall_ms;
};

/* Whether `token` is signed by a key of `keys`, the text of a key set, and says what is expected. ERROR_NOT_FOUND: the set has
   no key of that id, so it may be out of date. ERROR_DENIED: it is forged, over, or for others. ERROR_INVALID, ERROR_LIMIT:
   one of the two is none. */
bool jwt_check(struct view token, struct view keys, const struct jwt_expected *expected, struct error *err) MUST_CHECK;

#endif
