/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/vulnerability_policies.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct view name = call_argument(call, 0);
    if (!account_call_open(call, &account, err) ||
        !store_delete_policy(account.store, account.arena, account.organization.id, name, account.who, err))
        return -1;
    fprintf(call_output(call), "deleted vulnerability policy \"%.*s\"\n", VIEW_PRINT(name));
    return 0;
}

const struct command command_policy_delete = {
    .name = "policy delete",
    .arguments = "NAME",
    .summary = "Delete a vulnerability policy",
    .details = "NAME is its name or id. Images are judged by what is left.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
