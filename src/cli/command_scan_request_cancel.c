/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_request_call.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct uuid uuid;
    struct scan_request request;
    if (!scan_request_id(call, 0, &uuid, err) || !workspace_open(call, false, &workspace, err))
        return -1;
    int64_t organization = workspace.account.organization;
    if (!store_cancel_scan_request(workspace.store, organization, &uuid, workspace.account.user_name, err) ||
        !store_find_scan_request(workspace.store, workspace.arena, organization, &uuid, &request, err))
        return -1;
    scan_request_print(call_output(call), &request);
    return 0;
}

const struct command command_scan_request_cancel = {
    .name = "scan-request cancel",
    .arguments = "ID",
    .summary = "Take a scan request back, or stop it",
    .details =
        "What was imported already stays. Requests for the same image that waited for this one go on by themselves.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
