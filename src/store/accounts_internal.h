/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets of sessions and tokens, and what the files about accounts share. For the files of this folder. */
#ifndef STORE_ACCOUNTS_INTERNAL_H
#define STORE_ACCOUNTS_INTERNAL_H

#include "store/accounts.h"
#include "store/transaction.h"

/* How exactly the last use is kept. */
#define SESSION_NOTE_MS (INT64_C(60) * 1000)

void token_new(struct token *token);

/* What is stored of a secret: 256 random bits need no slow hash. */
struct view token_hash(struct arena *arena, struct view secret);

/* Keeps a one-time sign-in token, and deletes those that have expired. */
bool sign_in_token_add(struct transaction *transaction, int64_t user, int64_t valid_ms, const struct token *token,
    struct error *err) MUST_CHECK;

/* An administrator of the organization who can sign in; made if there is none. */
bool account_ensure_admin(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct account *account, struct error *err) MUST_CHECK;

/* Names that people give: 1 … bytes_max printable bytes of UTF-8 without '/' and without spaces at their ends. `what` is
   "a token's name". */
bool account_name_check(const char *what, struct view name, size_t bytes_max, struct error *err) MUST_CHECK;

#endif
