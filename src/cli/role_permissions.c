/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/role_permissions.h"

bool role_permissions_read(const struct command_call *call, struct permission_set *permissions, struct error *err)
{
    struct view name;
    *permissions = (struct permission_set){0};
    for (int i = 0; call_option_at(call, "permission", i, &name); i++) {
        struct permission_set one;
        struct view unknown;
        if (name.size == 0 || !permission_parse(name, &one, &unknown))
            return error_set(err, ERROR_USAGE,
                "there is no permission \"%.*s\": \"tidewaiter role list\" shows those of the role admin",
                VIEW_PRINT(name));
        permissions->bits |= one.bits;
    }
    return true;
}
