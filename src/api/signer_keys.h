/* SPDX-License-Identifier: Apache-2.0 */
/* The public keys of those who sign the tokens of webhooks, as they publish them (RFC 7517). Kept for a while, so that a call
   costs no request of ours, and asked for anew when a token names a key that is not among them: at most once a minute,
   however many calls come. The table has a fixed size. Any thread; one fetches at a time, and the others wait for it. */
#ifndef API_SIGNER_KEYS_H
#define API_SIGNER_KEYS_H

#include "base/arena.h"
#include "http/client.h"

#define SIGNER_KEYS_KEPT_MS (INT64_C(60) * 60 * 1000)
#define SIGNER_KEYS_STALE_MS (INT64_C(24) * 60 * 60 * 1000) /* used for so long while no newer can be had */
#define SIGNER_KEYS_PAUSE_MS (INT64_C(60) * 1000) /* between two attempts */
#define SIGNER_KEYS_TIMEOUT_MS 5000
#define SIGNER_KEYS_SETS_MAX 64 /* the one that was fetched longest ago makes room */

struct signer_keys;

struct signer_keys *signer_keys_new(void);
void signer_keys_free(struct signer_keys *keys); /* NULL is fine */

struct signer {
    struct view owner; /* who trusts the set: what one integration's connection brought is never another's */
    struct view url;
    const struct http_client_options *connection;
    int64_t now_ms;
};

/* The text of the set, at most JWK_SET_BYTES_MAX bytes, in the arena. With `wants_new` the one at hand did not do. ERROR_LIMIT
   for a set that is too large, ERROR_SERVER for an answer that is none, and the errors of http_fetch. */
bool signer_keys_get(struct signer_keys *keys, const struct signer *signer, bool wants_new, struct arena *arena,
    struct view *text, struct error *err) MUST_CHECK;

#endif
