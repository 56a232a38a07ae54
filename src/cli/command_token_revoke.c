/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    if (!account_call_open(call, &account, err) ||
        !store_revoke_api_token(account.store, account.organization.id, call_argument(call, 0), account.who, err))
        return -1;
    fprintf(call_output(call), "revoked \"%.*s\"\n", VIEW_PRINT(call_argument(call, 0)));
    return 0;
}

const struct command command_token_revoke = {
    .name = "token revoke",
    .arguments = "NAME",
    .summary = "End the validity of a token at once",
    .details = "By name or UUID. A revoked token stays in the list, and its name may be used again.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
