/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "daemon/daemon.h"

static const struct option options[] = {DATA_OPTION, URL_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct organization organization;
    struct account admin;
    struct token token;
    struct view url;
    if (!account_call_url(call, &url, err) || !account_call_open(call, &account, err))
        return -1;
    organization = account.organization;
    struct view name = call_argument(call, 0);
    if (name.size > 0 && !store_get_organization(account.store, account.arena, name, &organization, err))
        return -1;
    if (!store_bootstrap_organization(
            account.store, account.arena, organization.id, SIGN_IN_LINK_MS, &token, &admin, err))
        return -1;
    account_call_print_link(call, url, &token);
    fprintf(stderr, "It signs in as \"%.*s\", once, within a day.\n", VIEW_PRINT(admin.user_name));
    return 0;
}

const struct command command_org_bootstrap = {
    .name = "org bootstrap",
    .arguments = "[NAME]",
    .summary = "Print a link that signs in an organization's administrator once",
    .details =
        "For the first way in, and the last one: where no administrator can sign in any more, one is made. The server\n"
        "need not be running. Without a name it is the first organization.",
    .options = options,
    .arguments_max = 1,
    .run = run,
};
