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
    if (!store_retry_scan_request(workspace.store, organization, &uuid, workspace.account.user_name, err) ||
        !store_find_scan_request(workspace.store, workspace.arena, organization, &uuid, &request, err))
        return -1;
    scan_request_print(call_output(call), &request);
    return 0;
}

const struct command command_scan_request_retry = {
    .name = "scan-request retry",
    .arguments = "ID",
    .summary = "Queue a scan request that has ended anew",
    .details = "The tag is looked up again, since it may name another image now. A request that has not ended goes on.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
