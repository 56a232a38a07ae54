/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/service_accounts.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    if (!account_call_open(call, &account, err) ||
        !store_remove_service_account(
            account.store, account.arena, account.organization.id, call_argument(call, 0), account.who, err))
        return -1;
    fprintf(call_output(call), "removed \"%.*s\"\n", VIEW_PRINT(call_argument(call, 0)));
    return 0;
}

const struct command command_service_account_remove = {
    .name = "service-account remove",
    .arguments = "NAME",
    .summary = "End a program's account",
    .details = "By name or UUID. Its secrets end at once, and its name is never used again.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
