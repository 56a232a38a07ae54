/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a sync runs as: the service account that the import policy names, else the organization's built-in one. */
#ifndef STORE_SYNC_IDENTITY_H
#define STORE_SYNC_IDENTITY_H

#include "store/permission.h"
#include "store/store.h"

/* The name of the built-in account, and the role that it has until somebody gives it another one. */
#define SYNC_ACCOUNT_NAME "built-in sync"
#define SYNC_ACCOUNT_ROLE "sync-operator"

struct sync_identity {
    struct view name;
    struct view role;
    struct permission_set permissions;
    bool is_limited; /* to what a team owns */
};

/* `name` or UUID; empty: the built-in account, which is made if it is not there yet. ERROR_DENIED if the account was removed. */
bool store_find_sync_identity(struct store *store, struct arena *arena, int64_t organization, struct view name,
    struct sync_identity *identity, struct error *err) MUST_CHECK;

#endif
