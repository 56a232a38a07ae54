/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/users.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct page_request page = {.limit = ACCOUNT_LIST_MAX};
    struct user *items;
    size_t count;
    bool has_more;
    char created[TIME_TEXT_SIZE], signed_in[TIME_TEXT_SIZE];
    if (!account_call_open(call, &account, err) ||
        !store_list_users(account.store, account.arena, account.organization.id, &page, &items, &count, &has_more, err))
        return -1;
    fprintf(call_output(call), "%-24s %-14s %-9s %-11s %s\n", "NAME", "ROLE", "STATE", "CREATED", "LAST SIGN-IN");
    for (size_t i = 0; i < count; i++)
        fprintf(call_output(call), "%-24.*s %-14.*s %-9.*s %-11s %s\n", VIEW_PRINT(items[i].name),
            VIEW_PRINT(items[i].role), VIEW_PRINT(items[i].state), account_call_day(items[i].created_ms, "", created),
            account_call_day(items[i].signed_in_ms, "never", signed_in));
    return 0;
}

const struct command command_user_list = {
    .name = "user list",
    .arguments = "",
    .summary = "Show the people of an organization",
    .details = "In the order of their invitation, with role, state and last sign-in.",
    .options = options,
    .run = run,
};
