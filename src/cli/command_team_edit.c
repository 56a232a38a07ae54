/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "cli/team_patterns.h"

static const struct option options[] = {
    DATA_OPTION,
    {"name", "NAME", "a new name", false},
    ORGANIZATION_OPTION,
    TEAM_PREFIX_OPTION,
    TEAM_REGEX_OPTION,
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct team edited;
    struct view prefixes, expressions;
    if (!account_call_open(call, &account, err) || !team_pattern_lines(call, account.arena, "prefix", &prefixes, err) ||
        !team_pattern_lines(call, account.arena, "regex", &expressions, err))
        return -1;
    bool has_patterns = call_has_option(call, "prefix") || call_has_option(call, "regex");
    const struct team_change change = {
        .name = call_option(call, "name"),
        .prefixes = has_patterns ? &prefixes : NULL,
        .expressions = has_patterns ? &expressions : NULL,
        .who = account.who,
    };
    if (!store_edit_team(
            account.store, account.arena, account.organization.id, call_argument(call, 0), &change, &edited, err))
        return -1;
    fprintf(call_output(call), "team \"%.*s\" owns %lld repositories\n", VIEW_PRINT(edited.name),
        (long long)edited.repositories);
    return 0;
}

const struct command command_team_edit = {
    .name = "team edit",
    .arguments = "NAME",
    .summary = "Change a team's name or what it owns",
    .details = "The prefixes and regular expressions that are given replace all that the team had.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
