/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "cli/team_patterns.h"

static const struct option options[] = {
    DATA_OPTION,
    ORGANIZATION_OPTION,
    TEAM_PREFIX_OPTION,
    TEAM_REGEX_OPTION,
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct team made;
    if (!account_call_open(call, &account, err))
        return -1;
    struct team_new given = {.name = call_argument(call, 0), .who = account.who};
    if (!team_pattern_lines(call, account.arena, "prefix", &given.patterns.prefixes, err) ||
        !team_pattern_lines(call, account.arena, "regex", &given.patterns.expressions, err) ||
        !store_add_team(account.store, account.arena, account.organization.id, &given, &made, err))
        return -1;
    fprintf(call_output(call), "made team \"%.*s\": it owns %lld repositories\n", VIEW_PRINT(made.name),
        (long long)made.repositories);
    return 0;
}

const struct command command_team_create = {
    .name = "team create",
    .arguments = "NAME",
    .summary = "Make a team that owns repositories",
    .details =
        "A repository belongs to the team with the longest prefix that its path begins with, else to the first team, by name,\n"
        "with a regular expression that matches. Owners are shown with targets and projects and are a filter of lists; users,\n"
        "tokens and service accounts can be limited to what a team owns.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
