/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/roles.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct role *items;
    size_t count;
    if (!account_call_open(call, &account, err) ||
        !store_list_roles(account.store, account.arena, account.organization.id, &items, &count, err))
        return -1;
    for (size_t i = 0; i < count; i++) {
        fprintf(call_output(call), "%-20.*s %s%.*s\n", VIEW_PRINT(items[i].name),
            items[i].created_ms == 0 ? "(predefined) " : "", VIEW_PRINT(items[i].purpose));
        for (struct view rest = permission_names(account.arena, items[i].permissions); rest.size > 0;) {
            struct view name = view_cut(&rest, ' ');
            fprintf(call_output(call), "    %.*s\n", VIEW_PRINT(name));
        }
    }
    return 0;
}

const struct command command_role_list = {
    .name = "role list",
    .arguments = "",
    .summary = "Show the roles and their permissions",
    .details = "The predefined ones, then the organization's own.",
    .options = options,
    .run = run,
};
