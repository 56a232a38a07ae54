/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_request_call.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    return scan_request_change(call, store_retry_scan_request, err);
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
