/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "secret/password.h"
#include "secret/secret.h"
#include "store/passwords.h"

static const struct option options[] = {
    DATA_OPTION,
    ORGANIZATION_OPTION,
    {"remove", NULL, "take the password away instead", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    char line[PASSWORD_BYTES_MAX + 2] = "", hash[PASSWORD_HASH_SIZE] = "";
    bool removes = call_has_option(call, "remove");
    if (!removes) {
        if (fgets(line, sizeof(line), stdin) == NULL) {
            error_set(err, ERROR_USAGE, "give the password on standard input, in one line");
            return -1;
        }
        bool is_hashed = password_hash(view_of(line, strcspn(line, "\r\n")), hash, err);
        secret_wipe(line, sizeof(line));
        if (!is_hashed)
            return -1;
    }
    if (!account_call_open(call, &account, err))
        return -1;
    const struct password_new given = {.user = call_argument(call, 0), .hash = view_text(hash), .who = account.who};
    if (!store_set_password(account.store, account.arena, account.organization.id, &given, view_text(""), err))
        return -1;
    fprintf(call_output(call), "%s\n", removes ? "the user has no password any more" : "the password is set");
    return 0;
}

const struct command command_user_password = {
    .name = "user password",
    .arguments = "NAME",
    .summary = "Set somebody's password, from standard input",
    .details =
        "People sign in by one-time links; a password is for who cannot be given one. At least 12 bytes; stored as an\n"
        "Argon2id hash. The user's sessions end.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
