/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts of programs. Each has one or two secrets, so that one can be replaced without an interruption; a secret is a token
   (accounts.h) that stands for the account. Names are never used again. */
#ifndef STORE_SERVICE_ACCOUNTS_H
#define STORE_SERVICE_ACCOUNTS_H

#include "store/accounts.h"

#define SERVICE_ACCOUNT_SECRETS_MAX 2

struct service_account {
    int64_t id;
    struct uuid uuid;
    struct view name;
    struct view role; /* of roles.def */
    bool is_built_in; /* syncs run as it: it cannot be removed */
    struct view limited_to; /* UUID of the team whose repositories it reaches; empty = all */
    struct view created_by;
    int64_t created_ms;
    int64_t used_ms; /* by any of its secrets; 0 = never */
    int64_t secret_count;
    struct view cursor;
};

struct service_account_new {
    struct view name;
    struct view role;
    struct view who; /* for the audit trail */
    struct view team; /* by name or UUID: it reaches only what this team owns; empty = all */
};

/* With its first secret, handed out here and never again. ERROR_CONFLICT if the name is or was taken. */
bool store_add_service_account(struct store *store, struct arena *arena, int64_t organization,
    const struct service_account_new *given, struct token *secret, struct service_account *made,
    struct error *err) MUST_CHECK;

/* `role` empty = stays. */
bool store_edit_service_account(struct store *store, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct view role, struct view who, struct service_account *edited,
    struct error *err) MUST_CHECK;

/* Its secrets end at once. */
bool store_remove_service_account(struct store *store, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct view who, struct error *err) MUST_CHECK;

enum secret_mode {
    SECRET_REPLACE, /* a new one, all others end */
    SECRET_CREATE, /* a second one; ERROR_CONFLICT if there are two */
    SECRET_DELETE, /* ends `old`; ERROR_CONFLICT if it is the only one, ERROR_NOT_FOUND if it is none of this account */
};

/* `secret` is written by the first two. */
bool store_change_secret(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    enum secret_mode mode, struct view old, struct view who, struct token *secret, struct service_account *changed,
    struct error *err) MUST_CHECK;

/* By name, or by UUID in text form. ERROR_NOT_FOUND. */
bool store_find_service_account(struct store *store, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct service_account *account, struct error *err) MUST_CHECK;

/* In the order of their making. */
bool store_list_service_accounts(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, struct service_account **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

#endif
