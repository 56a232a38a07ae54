/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords, tokens and what is made of them. A secret lives in memory of its own, kept out of swap and core files where
   the system allows, and is wiped when it is freed. No format and no log function takes one. Immutable once made; who
   made it frees it. */
#ifndef SECRET_SECRET_H
#define SECRET_SECRET_H

#include "base/attributes.h"
#include "base/view.h"

struct secret;

/* A copy of the bytes; the caller wipes its own (secret_wipe). */
struct secret *secret_new(struct view bytes);

/* The texts one after the other, as one secret: {"Bearer ", token}. */
struct secret *secret_join(const struct view *parts, size_t count);

/* `prefix` followed by the base64 form of `bytes` (RFC 4648 §4), as HTTP's Basic scheme wants it. */
struct secret *secret_base64(const char *prefix, struct view bytes);

void secret_free(struct secret *secret); /* NULL is fine */

/* The bytes, with a NUL behind them, for the one place that sends them; never for messages. NULL gives an empty view. */
struct view secret_view(const struct secret *secret);

/* In a time that depends on the lengths only. */
bool secret_equal(const struct secret *a, const struct secret *b);

/* This process leaves no core file, in which copies of secrets inside libraries would be; for the start of a program. */
void secret_forbid_core_files(void);

/* Overwrites bytes that were a secret. */
void secret_wipe(void *bytes, size_t size);

static inline void secret_cleanup(struct secret **secret)
{
    secret_free(*secret);
}
#define AUTO_SECRET CLEANUP(secret_cleanup) struct secret

#endif
