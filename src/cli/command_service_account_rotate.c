/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/service_accounts.h"

static const struct option options[] = {
    DATA_OPTION,
    {"keep", NULL, "keep the present secret as well, until the next rotation without --keep", false},
    ORGANIZATION_OPTION,
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct service_account changed;
    struct token secret;
    enum secret_mode mode = call_has_option(call, "keep") ? SECRET_CREATE : SECRET_REPLACE;
    if (!account_call_open(call, &account, err) ||
        !store_change_secret(account.store, account.arena, account.organization.id, call_argument(call, 0), mode,
            view_text(""), account.who, &secret, &changed, err))
        return -1;
    fprintf(call_output(call), "%s\n", secret.text);
    token_wipe(&secret);
    return 0;
}

const struct command command_service_account_rotate = {
    .name = "service-account rotate",
    .arguments = "NAME",
    .summary = "Make a new secret for a program's account",
    .details = "Prints it, once; all others end at once. With --keep the old one stays valid beside it: two at most.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
