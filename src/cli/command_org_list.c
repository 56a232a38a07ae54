/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"

static const struct option options[] = {DATA_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct page_request page = {.limit = ACCOUNT_LIST_MAX};
    struct organization *items;
    size_t count;
    bool has_more;
    char created[TIME_TEXT_SIZE];
    if (!account_call_open(call, &account, err) ||
        !store_list_organizations(account.store, account.arena, &page, &items, &count, &has_more, err))
        return -1;
    fprintf(call_output(call), "%-24s %-36s %-11s %6s %10s\n", "NAME", "ID", "CREATED", "USERS", "REGISTRIES");
    for (size_t i = 0; i < count; i++)
        fprintf(call_output(call), "%-24.*s %-36s %-11s %6lld %10lld\n", VIEW_PRINT(items[i].name), items[i].uuid.text,
            account_call_day(items[i].created_ms, "", created), (long long)items[i].user_count,
            (long long)items[i].integration_count);
    return 0;
}

const struct command command_org_list = {
    .name = "org list",
    .arguments = "",
    .summary = "Show the organizations of the server",
    .details = "In the order of their making, with how many users and connected registries each has.",
    .options = options,
    .run = run,
};
