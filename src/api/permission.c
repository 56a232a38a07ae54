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

enum permission permission_reading(enum permission permission)
{
    struct view name = view_text(permissions[permission].name);
    struct view resource = view_slice(name, 0, view_find_last(name, '.') + 1);
    for (int i = 0; i < PERMISSION_COUNT && permissions[permission].is_write; i++) {
        struct view other = view_text(permissions[i].name);
        if (view_ends_with(other, ".read") &&
            view_equal(view_slice(other, 0, view_find_last(other, '.') + 1), resource))
            return (enum permission)i;
    }
    return permission;
}

static const struct {
    const char *name;
    const char *permissions;
} roles[] = {
#define ROLE(name, purpose, permissions) {name, permissions},
#include "api/roles.def"
#undef ROLE
};

static void add_permission(struct view name, struct permission_set *set)
{
    for (int i = 0; i < PERMISSION_COUNT; i++) {
        if (view_is(name, permissions[i].name))
            set->bits |= (uint64_t)1 << i;
    }
}

bool permission_of_role(struct view role, struct permission_set *set)
{
    *set = (struct permission_set){0};
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (!view_is(role, roles[i].name))
            continue;
        for (struct view rest = view_text(roles[i].permissions); rest.size > 0;)
            add_permission(view_cut(&rest, ' '), set);
        if (strcmp(roles[i].permissions, "*") == 0)
            *set = permission_all();
        return true;
    }
    return false;
}

const char *permission_role_names(void)
{
#define ROLE(name, purpose, permissions) ", " name
    static const char names[] = ""
#include "api/roles.def"
        ;
#undef ROLE
    return names + 2;
}
