/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/users.h"

#define LINK_MS (INT64_C(7) * 24 * 3600 * 1000)

static const struct option options[] = {
    DATA_OPTION,
    ORGANIZATION_OPTION,
    {"role", "ROLE", "a role: see role list", false},
    URL_OPTION,
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct token link;
    struct user made;
    struct view url;
    if (!account_call_url(call, &url, err) || !account_call_open(call, &account, err) ||
        !account_call_role(call, &account, err))
        return -1;
    const struct user_new given = {call_argument(call, 0), call_option(call, "role"), account.who, LINK_MS};
    if (!store_add_user(account.store, account.arena, account.organization.id, &given, &link, &made, err))
        return -1;
    account_call_print_link(call, url, &link);
    fprintf(stderr, "Give the link to \"%.*s\": it signs in once, within a week.\n", VIEW_PRINT(made.name));
    return 0;
}

const struct command command_user_create = {
    .name = "user create",
    .arguments = "NAME",
    .summary = "Invite somebody to an organization",
    .details = "Prints the link of the first sign-in, once; \"user link\" makes another.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
