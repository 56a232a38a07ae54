/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets of sessions and tokens. For the files of this folder. */
#ifndef STORE_ACCOUNTS_INTERNAL_H
#define STORE_ACCOUNTS_INTERNAL_H

#include "store/accounts.h"
#include "store/transaction.h"

/* How exactly the last use is kept. */
#define SESSION_NOTE_MS (INT64_C(60) * 1000)

void token_new(struct token *token);

/* What is stored of a secret: 256 random bits need no slow hash. */
struct view token_hash(struct arena *arena, struct view secret);

#endif
