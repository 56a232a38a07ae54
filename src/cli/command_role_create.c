/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "cli/role_permissions.h"

static const struct option options[] = {
    DATA_OPTION,
    ORGANIZATION_OPTION,
    PERMISSION_OPTION,
    {"purpose", "TEXT", "what it is for", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct role made;
    struct role_new given = {.name = call_argument(call, 0), .purpose = call_option(call, "purpose")};
    if (!role_permissions_read(call, &given.permissions, err))
        return -1;
    if (given.permissions.bits == 0 || given.purpose.size > ROLE_PURPOSE_BYTES_MAX) {
        error_set(err, ERROR_USAGE,
            given.permissions.bits == 0 ? "a role needs at least one --permission" : "--purpose is too long");
        return -1;
    }
    if (!account_call_open(call, &account, err))
        return -1;
    given.who = account.who;
    if (!store_add_role(account.store, account.arena, account.organization.id, &given, &made, err))
        return -1;
    fprintf(call_output(call), "made role \"%.*s\"\n", VIEW_PRINT(made.name));
    return 0;
}

const struct command command_role_create = {
    .name = "role create",
    .arguments = "NAME",
    .summary = "Make a role of your own",
    .details = "A role is a set of permissions; \"role list\" shows all roles with theirs.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
