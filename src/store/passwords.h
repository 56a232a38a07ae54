/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords of users, for who cannot be given links. What is stored is a slow hash (secret/password.h), made by the caller
   outside of any transaction. */
#ifndef STORE_PASSWORDS_H
#define STORE_PASSWORDS_H

#include "store/accounts.h"

struct password_new {
    struct view user; /* name or UUID */
    struct view hash; /* empty = none any more */
    struct view who; /* for the audit trail */
};

/* Ends the user's sessions but `kept` (the secret of one; may be empty). */
bool store_set_password(struct store *store, struct arena *arena, int64_t organization,
    const struct password_new *given, struct view kept, struct error *err) MUST_CHECK;

/* Who signs in by name; `hash` is empty if there is no such user, or one without password or who is disabled: the caller
   compares in any case. `organization` empty: the first one. */
struct password_user {
    int64_t user;
    struct view hash;
};
bool store_find_password(struct store *store, struct arena *arena, struct view organization, struct view name,
    struct password_user *found, struct error *err) MUST_CHECK;

/* A session for a user whose password matched. */
bool store_begin_session(struct store *store, struct arena *arena, int64_t user, struct token *secret,
    struct session *session, struct error *err) MUST_CHECK;

#endif
