/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "cli/team_patterns.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct page_request page = {.limit = ACCOUNT_LIST_MAX};
    struct team *items;
    size_t count;
    bool has_more;
    if (!account_call_open(call, &account, err) ||
        !store_list_teams(account.store, account.arena, account.organization.id, &page, &items, &count, &has_more, err))
        return -1;
    fprintf(call_output(call), "%-24s %7s %12s  %s\n", "NAME", "MEMBERS", "REPOSITORIES", "OWNS");
    for (size_t i = 0; i < count; i++)
        team_print(call, &items[i]);
    return 0;
}

const struct command command_team_list = {
    .name = "team list",
    .arguments = "",
    .summary = "Show the teams of an organization",
    .details =
        "With how many people and repositories each has, its prefixes (text…) and its regular expressions (/text/).",
    .options = options,
    .run = run,
};
