/* SPDX-License-Identifier: Apache-2.0 */
/* What callers may do. Every route asks for one permission; permissions.def is the list. Pure. */
#ifndef STORE_PERMISSION_H
#define STORE_PERMISSION_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum permission {
    PERMISSION_ANYONE, /* no session is needed */
    PERMISSION_SIGNED_IN, /* any session */
#define PERMISSION(constant, name, is_write) PERMISSION_##constant,
#include "store/permissions.def"
#undef PERMISSION
    PERMISSION_COUNT
};

/* A set of permissions: bit 1 << permission. */
struct permission_set {
    uint64_t bits;
};

const char *permission_name(enum permission permission);
bool permission_is_write(enum permission permission);

/* The read permission that belongs to a write permission (org.integration.edit: org.integration.read), else itself. */
enum permission permission_reading(enum permission permission);

/* Everything: what the administrator has. */
struct permission_set permission_all(void);

/* The predefined roles in the order of roles.def; false behind the last. */
struct predefined_role {
    const char *name;
    const char *purpose;
    struct permission_set permissions;
};
bool permission_role_at(size_t i, struct predefined_role *role);

/* The permissions of a predefined role; false, and none, if there is no such role. */
bool permission_of_predefined(struct view role, struct permission_set *set);

/* Names separated by spaces; false for one that there is not, which is left out and told. */
bool permission_parse(struct view names, struct permission_set *set, struct view *unknown);
struct view permission_names(struct arena *arena, struct permission_set set);

/* Whether who has `mine` may do everything that `theirs` allows. */
static inline bool permission_covers(struct permission_set mine, struct permission_set theirs)
{
    return (theirs.bits & ~mine.bits) == 0;
}

static inline bool permission_has(struct permission_set set, enum permission permission)
{
    return (set.bits >> permission & 1) != 0;
}

#endif
