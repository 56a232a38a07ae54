/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/service_accounts.h"

static const struct option options[] = {
    DATA_OPTION,
    ORGANIZATION_OPTION,
    {"role", "ROLE", "a role: see role list", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct service_account edited;
    if (!account_call_open(call, &account, err) || !account_call_role(call, &account, err) ||
        !store_edit_service_account(account.store, account.arena, account.organization.id, call_argument(call, 0),
            call_option(call, "role"), account.who, &edited, err))
        return -1;
    fprintf(call_output(call), "%.*s: %.*s\n", VIEW_PRINT(edited.name), VIEW_PRINT(edited.role));
    return 0;
}

const struct command command_service_account_edit = {
    .name = "service-account edit",
    .arguments = "NAME",
    .summary = "Give a program's account another role",
    .details = "By name or UUID; its secrets stay. Also for the built-in account that syncs run as.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
