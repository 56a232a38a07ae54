/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "cli/role_permissions.h"

static const struct option options[] = {
    DATA_OPTION,
    ORGANIZATION_OPTION,
    PERMISSION_OPTION,
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct role edited;
    struct permission_set permissions;
    if (!role_permissions_read(call, &permissions, err))
        return -1;
    if (permissions.bits == 0) {
        error_set(err, ERROR_USAGE, "give the role's permissions, each with --permission");
        return -1;
    }
    if (!account_call_open(call, &account, err))
        return -1;
    const struct role_change change = {.permissions = &permissions, .who = account.who};
    if (!store_edit_role(
            account.store, account.arena, account.organization.id, call_argument(call, 0), &change, &edited, err))
        return -1;
    fprintf(call_output(call), "changed role \"%.*s\"\n", VIEW_PRINT(edited.name));
    return 0;
}

const struct command command_role_edit = {
    .name = "role edit",
    .arguments = "NAME",
    .summary = "Change what a role of your own may do",
    .details = "The permissions that are given replace all that it had, at once and for everybody who has the role.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
