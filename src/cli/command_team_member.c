/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/teams.h"

static const struct option options[] = {
    DATA_OPTION,
    ORGANIZATION_OPTION,
    {"remove", NULL, "take them out instead", false},
    OPTIONS_END,
};

static bool print_members(struct command_call *call, struct account_call *account, struct error *err)
{
    struct team_member *items;
    size_t count;
    if (!store_list_team_members(
            account->store, account->arena, account->organization.id, call_argument(call, 0), &items, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        fprintf(call_output(call), "%-24.*s %.*s%s\n", VIEW_PRINT(items[i].name), VIEW_PRINT(items[i].role),
            items[i].is_limited ? " (limited to teams)" : "");
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    if (!account_call_open(call, &account, err))
        return -1;
    const struct team_membership membership = {
        .team = call_argument(call, 0),
        .user = call_argument(call, 1),
        .is_member = !call_has_option(call, "remove"),
        .who = account.who,
    };
    if (membership.user.size > 0 &&
        !store_set_team_member(account.store, account.arena, account.organization.id, &membership, err))
        return -1;
    return print_members(call, &account, err) ? 0 : -1;
}

const struct command command_team_member = {
    .name = "team member",
    .arguments = "TEAM [USER]",
    .summary = "Put somebody into a team, or show who is in it",
    .details =
        "Without USER the team's members are shown. Being in a team changes nothing of what somebody may do, unless the user\n"
        "is limited to teams (user edit --limited yes): then the role counts only for what the user's teams own.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 2,
    .run = run,
};
