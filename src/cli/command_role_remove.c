/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/roles.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    if (!account_call_open(call, &account, err) ||
        !store_remove_role(
            account.store, account.arena, account.organization.id, call_argument(call, 0), account.who, err))
        return -1;
    fprintf(call_output(call), "removed role \"%.*s\"\n", VIEW_PRINT(call_argument(call, 0)));
    return 0;
}

const struct command command_role_remove = {
    .name = "role remove",
    .arguments = "NAME",
    .summary = "Remove a role of your own",
    .details = "Refused while a user, token or service account has it.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
