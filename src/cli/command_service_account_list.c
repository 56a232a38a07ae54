/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/service_accounts.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct page_request page = {.limit = ACCOUNT_LIST_MAX};
    struct service_account *items;
    size_t count;
    bool has_more;
    char created[TIME_TEXT_SIZE], used[TIME_TEXT_SIZE];
    if (!account_call_open(call, &account, err) || !store_list_service_accounts(account.store, account.arena,
                                                       account.organization.id, &page, &items, &count, &has_more, err))
        return -1;
    fprintf(call_output(call), "%-24s %-14s %-7s %-11s %s\n", "NAME", "ROLE", "SECRETS", "CREATED", "LAST USED");
    for (size_t i = 0; i < count; i++)
        fprintf(call_output(call), "%-24.*s %-14.*s %7lld %-11s %s\n", VIEW_PRINT(items[i].name),
            VIEW_PRINT(items[i].role), (long long)items[i].secret_count,
            account_call_day(items[i].created_ms, "", created), account_call_day(items[i].used_ms, "never", used));
    return 0;
}

const struct command command_service_account_list = {
    .name = "service-account list",
    .arguments = "",
    .summary = "Show the accounts of programs",
    .details = "With their role, how many secrets each has, and the last use.",
    .options = options,
    .run = run,
};
