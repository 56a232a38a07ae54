/* SPDX-License-Identifier: Apache-2.0 */
/* What callers may do. Every route asks for one permission; permissions.def is the list. Pure. */
#ifndef API_PERMISSION_H
#define API_PERMISSION_H

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

/* Everything: what the administrator has. */
struct permission_set permission_all(void);

static inline bool permission_has(struct permission_set set, enum permission permission)
{
    return (set.bits >> permission & 1) != 0;
}

#endif
