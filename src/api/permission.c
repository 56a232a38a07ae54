/* SPDX-License-Identifier: Apache-2.0 */
#include "api/permission.h"

#include <assert.h>

static const struct {
    const char *name;
    bool is_write;
} permissions[PERMISSION_COUNT] = {
    [PERMISSION_ANYONE] = {"anyone", false},
    [PERMISSION_SIGNED_IN] = {"signed-in", false},
#define PERMISSION(constant, name, is_write) [PERMISSION_##constant] = {name, is_write},
#include "api/permissions.def"
#undef PERMISSION
};

static_assert(PERMISSION_COUNT <= 64, "a permission set has 64 bits");

const char *permission_name(enum permission permission)
{
    assert(permission < PERMISSION_COUNT);
    return permissions[permission].name;
}

bool permission_is_write(enum permission permission)
{
    assert(permission < PERMISSION_COUNT);
    return permissions[permission].is_write;
}

struct permission_set permission_all(void)
{
    return (struct permission_set){((uint64_t)1 << PERMISSION_COUNT) - 1};
}
