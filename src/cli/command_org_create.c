/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"

static const struct option options[] = {DATA_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct organization made;
    if (!account_call_open(call, &account, err) ||
        !store_add_organization(account.store, account.arena, call_argument(call, 0), account.who, &made, err))
        return -1;
    fprintf(call_output(call), "%s\n", made.uuid.text);
    fprintf(
        stderr, "Its administrator signs in by the link of: tidewaiter org bootstrap %.*s\n", VIEW_PRINT(made.name));
    return 0;
}

const struct command command_org_create = {
    .name = "org create",
    .arguments = "NAME",
    .summary = "Make another organization",
    .details =
        "Prints its id. Organizations share nothing that can be seen: each has its own registries, users, tokens and results.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
