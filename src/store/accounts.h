/* SPDX-License-Identifier: Apache-2.0 */
/* Who may see what: organizations, users, one-time sign-in tokens and sessions. Of every secret only its SHA-256 is kept;
   the secret itself is handed out once. */
#ifndef STORE_ACCOUNTS_H
#define STORE_ACCOUNTS_H

#include "base/uuid.h"
#include "store/store.h"

/* Architecture: 12 hours idle, 7 days in all. */
#define SESSION_IDLE_MS_MAX (INT64_C(12) * 3600 * 1000)
#define SESSION_MS_MAX (INT64_C(7) * 24 * 3600 * 1000)

/* "tw_", 64 hexadecimal digits (256 random bits), NUL. Wipe with token_wipe when it was handed out. */
#define TOKEN_TEXT_SIZE 68
struct token {
    char text[TOKEN_TEXT_SIZE];
};
void token_wipe(struct token *token);

struct account {
    int64_t organization; /* the key that other functions take */
    struct uuid organization_uuid;
    struct view organization_name;
    int64_t user;
    struct uuid user_uuid;
    struct view user_name;
    struct view role; /* "admin" */
};

/* The organization "default" and its user "admin", made if they are absent. */
bool store_ensure_admin(
    struct store *store, struct arena *arena, struct account *account, struct error *err) MUST_CHECK;

/* By UUID; ERROR_NOT_FOUND. */
bool store_find_organization(
    struct store *store, const struct uuid *uuid, int64_t *organization, struct error *err) MUST_CHECK;

/* A token that signs this user in once, within `valid_ms`. Expired and used ones are deleted on the way. */
bool store_new_sign_in_token(
    struct store *store, int64_t user, int64_t valid_ms, struct token *token, struct error *err) MUST_CHECK;

struct session {
    struct account account;
    int64_t created_ms;
    int64_t expires_ms; /* if it is not used again */
    char csrf[TOKEN_TEXT_SIZE]; /* derived from the session's secret: what X-CSRF-Token must hold */
};

/* Redeems a one-time token: it is gone, and a session with a new secret exists. ERROR_DENIED, with one message for
   unknown, used and expired ones. */
bool store_sign_in(struct store *store, struct arena *arena, struct view one_time_token, struct token *secret,
    struct session *session, struct error *err) MUST_CHECK;

/* The session of a secret, and notes the use (at most once a minute). ERROR_DENIED if there is none or it has expired. */
bool store_find_session(struct store *store, struct arena *arena, struct view secret, struct session *session,
    struct error *err) MUST_CHECK;

/* Signing out; an unknown secret is no error. */
bool store_end_session(struct store *store, struct view secret, struct error *err) MUST_CHECK;

/* Compares in constant time. */
bool session_csrf_matches(const struct session *session, struct view given);

#endif
