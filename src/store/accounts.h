/* SPDX-License-Identifier: Apache-2.0 */
/* Who may see what: organizations, users, one-time sign-in tokens and sessions. Of every secret only its SHA-256 is kept;
   the secret itself is handed out once. */
#ifndef STORE_ACCOUNTS_H
#define STORE_ACCOUNTS_H

#include "base/uuid.h"
#include "store/owners.h"
#include "store/permission.h"
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

/* The first organization ("default") and an administrator of it ("admin"), made if they are absent. */
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
    struct permission_set permissions; /* of the role; none if there is no such role any more */
    struct owner_filter owners; /* whose repositories it may see; not set = all */
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

/* A token for programs: a name, a role, an end. */
#define API_TOKEN_NAME_BYTES_MAX 100

/* Callers are warned so long before a token ends. */
#define API_TOKEN_WARNING_MS (INT64_C(14) * 24 * 3600 * 1000)
bool api_token_expires_soon(int64_t expires_ms, int64_t now_ms); /* `expires_ms` 0 = never */

struct api_token {
    struct uuid uuid;
    struct view name; /* unique among those that are not revoked */
    struct view role; /* of roles.def */
    struct view limited_to; /* UUID of the team whose repositories it reaches; empty = all */
    struct view created_by;
    int64_t created_ms;
    int64_t expires_ms; /* 0 = never */
    int64_t used_ms; /* 0 = never */
    int64_t revoked_ms; /* 0 = valid */
    struct view cursor;
};

struct api_token_new {
    struct view name; /* printable, 1 … API_TOKEN_NAME_BYTES_MAX bytes */
    struct view role;
    struct view who; /* user, for the audit trail */
    int64_t valid_ms; /* 0 = for ever */
    struct view team; /* by name or UUID: it reaches only what this team owns; empty = all */
};

/* The secret is handed out here and never again. ERROR_CONFLICT if the name is taken. */
bool store_new_api_token(struct store *store, struct arena *arena, int64_t organization,
    const struct api_token_new *given, struct token *secret, struct api_token *made, struct error *err) MUST_CHECK;

/* Who a token stands for, with the token's role, and notes the use (at most once a minute); csrf stays empty.
   ERROR_DENIED, with one message for unknown, revoked and expired ones. */
bool store_find_api_token(struct store *store, struct arena *arena, struct view secret, struct session *session,
    struct error *err) MUST_CHECK;

/* Newest first, revoked ones too; without the secrets of service accounts (service_accounts.h). */
bool store_list_api_tokens(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, struct api_token **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

/* By name or UUID; ERROR_NOT_FOUND if there is no such valid token. */
bool store_revoke_api_token(
    struct store *store, int64_t organization, struct view name_or_uuid, struct view who, struct error *err) MUST_CHECK;

/* Compares in constant time. */
bool session_csrf_matches(const struct session *session, struct view given);

#endif
