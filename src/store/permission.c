/* SPDX-License-Identifier: Apache-2.0 */
#include "store/permission.h"

#include <assert.h>

static const struct {
    const char *name;
    bool is_write;
} permissions[PERMISSION_COUNT] = {
    [PERMISSION_ANYONE] = {"anyone", false},
    [PERMISSION_SIGNED_IN] = {"signed-in", false},
#define PERMISSION(constant, name, is_write) [PERMISSION_##constant] = {name, is_write},
#include "store/permissions.def"
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
    const char *purpose;
    const char *permissions;
} roles[] = {
#define ROLE(name, purpose, permissions) {name, purpose, permissions},
#include "store/roles.def"
#undef ROLE
};

bool permission_parse(struct view names, struct permission_set *set, struct view *unknown)
{
    bool is_known = true;
    *set = (struct permission_set){0};
    for (struct view rest = names; rest.size > 0;) {
        struct view name = view_cut(&rest, ' ');
        int found = 0;
        for (int i = PERMISSION_SIGNED_IN + 1; i < PERMISSION_COUNT; i++)
            found = view_is(name, permissions[i].name) ? i : found;
        if (found != 0)
            set->bits |= (uint64_t)1 << found;
        else if (is_known) {
            is_known = false;
            *unknown = name;
        }
    }
    return is_known;
}

struct view permission_names(struct arena *arena, struct permission_set set)
{
    struct view names = view_text("");
    for (int i = PERMISSION_SIGNED_IN + 1; i < PERMISSION_COUNT; i++) {
        if (permission_has(set, (enum permission)i))
            names = arena_format(arena, "%.*s%s%s", VIEW_PRINT(names), names.size > 0 ? " " : "", permissions[i].name);
    }
    return names;
}

bool permission_role_at(size_t i, struct predefined_role *role)
{
    struct view unknown;
    if (i >= sizeof(roles) / sizeof(roles[0]))
        return false;
    *role = (struct predefined_role){.name = roles[i].name, .purpose = roles[i].purpose};
    if (strcmp(roles[i].permissions, "*") == 0)
        role->permissions = permission_all();
    else
        (void)permission_parse(view_text(roles[i].permissions), &role->permissions, &unknown);
    return true;
}

bool permission_of_predefined(struct view name, struct permission_set *set)
{
    struct predefined_role role;
    *set = (struct permission_set){0};
    for (size_t i = 0; permission_role_at(i, &role); i++) {
        if (view_is(name, role.name)) {
            *set = role.permissions;
            return true;
        }
    }
    return false;
}
