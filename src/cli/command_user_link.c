/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "daemon/daemon.h"
#include "store/users.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, URL_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct token link;
    struct view url;
    if (!account_call_url(call, &url, err) || !account_call_open(call, &account, err) ||
        !store_invite_user(account.store, account.arena, account.organization.id, call_argument(call, 0),
            SIGN_IN_LINK_MS, account.who, &link, err))
        return -1;
    account_call_print_link(call, url, &link);
    return 0;
}

const struct command command_user_link = {
    .name = "user link",
    .arguments = "NAME",
    .summary = "Print a link that signs a user in once",
    .details = "By name or UUID. It works for a day; earlier links of the user end.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
