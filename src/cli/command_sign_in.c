/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "daemon/daemon.h"

static const struct option options[] = {DATA_OPTION, URL_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct account admin;
    struct token token;
    struct view url;
    if (!account_call_url(call, &url, err) || !account_call_open(call, &account, err) ||
        !store_ensure_admin(account.store, account.arena, &admin, err) ||
        !store_new_sign_in_token(account.store, admin.user, SIGN_IN_LINK_MS, &token, err))
        return -1;
    account_call_print_link(call, url, &token);
    return 0;
}

const struct command command_sign_in = {
    .name = "sign-in",
    .arguments = "",
    .summary = "Print a link that signs in to the server once",
    .details = "The server need not be running. The link works for a day, once; whoever has it is the administrator.",
    .options = options,
    .run = run,
};
