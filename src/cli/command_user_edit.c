/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/users.h"

static const struct option options[] = {
    DATA_OPTION,
    {"disable", NULL, "end the user's sessions and links, and let none begin", false},
    {"enable", NULL, "let a disabled user sign in again", false},
    ORGANIZATION_OPTION,
    {"limited", "YES|NO", "whether the role counts only for what the user's teams own", false},
    {"role", "ROLE", "a role: see role list", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct user edited;
    struct user_change change = {
        .role = call_option(call, "role"),
        .has_state = call_has_option(call, "disable") || call_has_option(call, "enable"),
        .is_disabled = call_has_option(call, "disable"),
    };
    if (call_has_option(call, "disable") && call_has_option(call, "enable")) {
        error_set(err, ERROR_USAGE, "--disable and --enable cannot be given together");
        return -1;
    }
    change.has_limit = call_has_option(call, "limited");
    if (!call_yes_or_no(call, "limited", &change.is_limited, err) || !account_call_open(call, &account, err) ||
        (call_has_option(call, "role") && !account_call_role(call, &account, err)))
        return -1;
    change.who = account.who;
    if (!store_edit_user(
            account.store, account.arena, account.organization.id, call_argument(call, 0), &change, &edited, err))
        return -1;
    fprintf(call_output(call), "%.*s: %.*s%s, %.*s\n", VIEW_PRINT(edited.name), VIEW_PRINT(edited.role),
        edited.is_limited ? " (limited to teams)" : "", VIEW_PRINT(edited.state));
    return 0;
}

const struct command command_user_edit = {
    .name = "user edit",
    .arguments = "NAME",
    .summary = "Change a user's role, disable or enable",
    .details = "By name or UUID. One administrator who can sign in and is not limited to teams always remains.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
