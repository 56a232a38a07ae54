/* SPDX-License-Identifier: Apache-2.0 */
/* What callers may do. Every route asks for one permission; permissions.def is the list. Pure. */
#ifndef API_PERMISSION_H
#define API_PERMISSION_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum permission {
    PERMISSION_ANYONE, /* no session is needed */
    PERMISSION_SIGNED_IN, /* any session */
#define PERMISSION(constant, name, is_write) PERMISSION_##constant,
#include "api/permissions.def"
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

/* The permissions of a role of roles.def; false, and none, if there is no such role. */
bool permission_of_role(struct view role, struct permission_set *set);

/* "admin, ci-scanner, …" for messages. */
const char *permission_role_names(void);

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
