/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/service_accounts.h"

static const struct option options[] = {
    DATA_OPTION,
    ORGANIZATION_OPTION,
    {"role", "ROLE", "a role: see role list", false},
    {"team", "NAME", "it reaches only what this team owns", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct token secret;
    struct service_account made;
    if (!account_call_open(call, &account, err) || !account_call_role(call, &account, err))
        return -1;
    const struct service_account_new given = {
        .name = call_argument(call, 0),
        .role = call_option(call, "role"),
        .who = account.who,
        .team = call_option(call, "team"),
    };
    if (!store_add_service_account(account.store, account.arena, account.organization.id, &given, &secret, &made, err))
        return -1;
    fprintf(call_output(call), "%s\n", secret.text);
    token_wipe(&secret);
    fprintf(stderr, "This is the only time that the secret is shown. Send it as \"Authorization: token …\".\n");
    return 0;
}

const struct command command_service_account_create = {
    .name = "service-account create",
    .arguments = "NAME",
    .summary = "Make an account for a program",
    .details =
        "Prints its first secret, once. Unlike a token it does not expire, and it can have a second secret, so that one\n"
        "is replaced without an interruption.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
