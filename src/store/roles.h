/* SPDX-License-Identifier: Apache-2.0 */
/* Roles: the predefined ones (roles.def), and those that an organization makes for itself. Users, tokens and service accounts
   have a role by its name. */
#ifndef STORE_ROLES_H
#define STORE_ROLES_H

#include "base/uuid.h"
#include "store/permission.h"
#include "store/store.h"

#define ROLE_NAME_BYTES_MAX 60
#define ROLE_PURPOSE_BYTES_MAX 200
#define ROLES_MAX 100 /* of an organization, beside the predefined ones */

struct role {
    struct uuid uuid; /* empty text = predefined */
    struct view name;
    struct view purpose;
    struct permission_set permissions;
    int64_t created_ms; /* 0 = predefined */
};

/* By name, or one of the organization's own by UUID too; ERROR_NOT_FOUND, with the names that there are. */
bool store_find_role(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct role *role, struct error *err) MUST_CHECK;

/* The predefined ones, then the organization's own, each in the order of their names. */
bool store_list_roles(struct store *store, struct arena *arena, int64_t organization, struct role **items,
    size_t *count, struct error *err) MUST_CHECK;

struct role_new {
    struct view name;
    struct view purpose;
    struct permission_set permissions;
    struct view who; /* for the audit trail */
};

/* ERROR_CONFLICT if the name is taken or predefined. */
bool store_add_role(struct store *store, struct arena *arena, int64_t organization, const struct role_new *given,
    struct role *made, struct error *err) MUST_CHECK;

struct role_change {
    const struct view *purpose; /* NULL = stays */
    const struct permission_set *permissions;
    struct view who;
};

/* Counts at once for everybody who has it. ERROR_CONFLICT for a predefined one. */
bool store_edit_role(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    const struct role_change *change, struct role *edited, struct error *err) MUST_CHECK;

/* ERROR_CONFLICT for a predefined one, and while somebody has it. */
bool store_remove_role(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct view who, struct error *err) MUST_CHECK;

/* Inside a transaction of this folder: nothing is allowed to a role that there is not. */
struct transaction;
bool role_permissions(struct transaction *transaction, int64_t organization, struct view name,
    struct permission_set *permissions, struct error *err) MUST_CHECK;

#endif
