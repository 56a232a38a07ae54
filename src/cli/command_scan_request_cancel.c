/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_request_call.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    return scan_request_change(call, store_cancel_scan_request, err);
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
