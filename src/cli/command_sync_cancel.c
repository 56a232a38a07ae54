/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/workspace.h"
#include "store/integrations.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct uuid run;
    if (!uuid_parse(call_argument(call, 0), &run)) {
        error_set(err, ERROR_USAGE, "\"%.*s\" is not the id of a sync run; \"tidewaiter sync status\" shows them",
            VIEW_PRINT(call_argument(call, 0)));
        return -1;
    }
    if (!workspace_open(call, false, &workspace, err) ||
        !store_cancel_sync(workspace.store, workspace.account.organization, &run, workspace.account.user_name, err))
        return -1;
    fprintf(call_output(call), "cancelled: what the run imported stays\n");
    return 0;
}

const struct command command_sync_cancel = {
    .name = "sync cancel",
    .arguments = "RUN",
    .summary = "Stop a sync run",
    .details = "What it listed and imported stays, images that wait for a scan are scanned. The next run goes by the\n"
               "schedule, or by \"tidewaiter sync run\".",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
