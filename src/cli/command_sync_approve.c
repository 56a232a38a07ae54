/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "daemon/data_dir.h"
#include "store/accounts.h"
#include "store/import_policies.h"

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
    struct uuid run;
    if (!uuid_parse(call_argument(call, 0), &run)) {
        error_set(err, ERROR_USAGE, "\"%.*s\" is not the id of a sync run", VIEW_PRINT(call_argument(call, 0)));
        return -1;
    }
    if (!data_dir_find(arena, call_option_text(call, "data"), &directory, err))
        return -1;
    struct store_options store_options = {data_dir_store(arena, directory), clock_system(), true};
    if (!store_open(&store_options, &store, err) || !store_ensure_admin(store, arena, &account, err) ||
        !store_approve_deletions(store, account.organization, &run, account.user_name, err))
        return -1;
    fprintf(call_output(call), "approved: the next run, which is queued, deletes what this one held\n");
    return 0;
}

const struct command command_sync_approve = {
    .name = "sync approve",
    .arguments = "RUN",
    .summary = "Let the deletions happen that a sync run held",
    .details =
        "A run that would delete more than a fifth of an integration's projects (at least 10), or whose listing lost more\n"
        "than half of its tags, deletes nothing and says so. A second equal listing after a full interval confirms it;\n"
        "this command does so at once. What is deleted can be restored for seven days.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
