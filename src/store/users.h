/* SPDX-License-Identifier: Apache-2.0 */
/* People of an organization. They sign in by one-time links; one administrator always remains. */
#ifndef STORE_USERS_H
#define STORE_USERS_H

#include "store/accounts.h"

#define USER_NAME_BYTES_MAX 100

struct user {
    int64_t id;
    struct uuid uuid;
    struct view name; /* unique in the organization */
    struct view role; /* of roles.def */
    bool is_limited; /* the role counts for the repositories of the user's teams only */
    struct view state; /* "invited" until the first sign-in, "active", "disabled" */
    int64_t created_ms;
    int64_t signed_in_ms; /* 0 = never */
    struct view cursor;
};

struct user_new {
    struct view name;
    struct view role;
    struct view who; /* for the audit trail */
    int64_t valid_ms; /* of the link */
};

/* Invites somebody: `link` is the token of the first sign-in. ERROR_CONFLICT if the name is taken. */
bool store_add_user(struct store *store, struct arena *arena, int64_t organization, const struct user_new *given,
    struct token *link, struct user *made, struct error *err) MUST_CHECK;

/* Another link for a user who is not disabled; earlier ones end. */
bool store_invite_user(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    int64_t valid_ms, struct view who, struct token *link, struct error *err) MUST_CHECK;

struct user_change {
    struct view role; /* empty = stays */
    bool has_state;
    bool is_disabled; /* ends the user's sessions and links */
    bool has_limit;
    bool is_limited; /* to the repositories of the user's teams */
    struct view who;
};

/* ERROR_CONFLICT if no administrator would be left who can sign in. */
bool store_edit_user(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    const struct user_change *change, struct user *edited, struct error *err) MUST_CHECK;
bool store_remove_user(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct view who, struct error *err) MUST_CHECK;

/* By name, or by UUID in text form. ERROR_NOT_FOUND. */
bool store_find_user(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct user *user, struct error *err) MUST_CHECK;

/* In the order of their making. */
bool store_list_users(struct store *store, struct arena *arena, int64_t organization, const struct page_request *page,
    struct user **items, size_t *count, bool *has_more, struct error *err) MUST_CHECK;

#endif
