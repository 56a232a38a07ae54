/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"

static const struct option options[] = {
    DATA_OPTION,
    ORGANIZATION_OPTION,
    {"role", "ROLE", "a role: see role list", false},
    {"days", "N", "how long it is valid (default: 90; 0: for ever)", false},
    {"team", "NAME", "it reaches only what this team owns", false},
    OPTIONS_END,
};

enum { DAYS_DEFAULT = 90, DAYS_MAX = 3650 };

static bool read_days(const struct command_call *call, int64_t *days, struct error *err)
{
    *days = DAYS_DEFAULT;
    if (call_has_option(call, "days") && (!view_to_integer(call_option(call, "days"), days) || *days > DAYS_MAX))
        return error_set(err, ERROR_USAGE, "--days is a number from 0 to %d", DAYS_MAX);
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct token secret;
    struct api_token made;
    int64_t days;
    if (!read_days(call, &days, err) || !account_call_open(call, &account, err) ||
        !account_call_role(call, &account, err))
        return -1;
    struct api_token_new given = {
        .name = call_argument(call, 0),
        .role = call_option(call, "role"),
        .who = account.who,
        .valid_ms = days * 24 * 3600 * 1000,
        .team = call_option(call, "team"),
    };
    if (!store_new_api_token(account.store, account.arena, account.organization.id, &given, &secret, &made, err))
        return -1;
    fprintf(call_output(call), "%s\n", secret.text);
    token_wipe(&secret);
    fprintf(stderr, "This is the only time that the token is shown. Send it as \"Authorization: token …\".\n");
    return 0;
}

const struct command command_token_create = {
    .name = "token create",
    .arguments = "NAME",
    .summary = "Make a token for programs that use the API",
    .details =
        "Prints the token, once; only its hash is stored. Two tokens may be valid at a time, so that one can be replaced\n"
        "without an interruption: create the new one, put it to use, revoke the old one.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
