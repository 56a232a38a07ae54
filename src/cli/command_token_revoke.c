/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "daemon/data_dir.h"
#include "store/accounts.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_STORE *store = NULL;
    const char *directory;
    struct account account;
    if (!data_dir_find(arena, call_option_text(call, "data"), &directory, err))
        return -1;
    struct store_options store_options = {data_dir_store(arena, directory), clock_system(), true};
    if (!store_open(&store_options, &store, err) || !store_ensure_admin(store, arena, &account, err) ||
        !store_revoke_api_token(store, account.organization, call_argument(call, 0), account.user_name, err))
        return -1;
    fprintf(call_output(call), "revoked \"%.*s\"\n", VIEW_PRINT(call_argument(call, 0)));
    return 0;
}

const struct command command_token_revoke = {
    .name = "token revoke",
    .arguments = "NAME",
    .summary = "End the validity of a token at once",
    .details = "By name or UUID. A revoked token stays in the list, and its name may be used again.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
