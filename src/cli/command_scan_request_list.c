/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_request_call.h"

enum { LIMIT_DEFAULT = 20 };

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"limit", "N", "requests to show, at most 1000 (default: 20)", false},
    {"queue", NULL, "only those that wait or are being done", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct scan_request *requests;
    size_t count;
    bool has_more;
    int64_t limit = LIMIT_DEFAULT;
    bool is_queue = call_has_option(call, "queue");
    if (call_has_option(call, "limit") &&
        (!view_to_integer(call_option(call, "limit"), &limit) || limit < 1 || limit > PAGE_LIMIT_MAX)) {
        error_set(err, ERROR_USAGE, "--limit is a number from 1 to %d", PAGE_LIMIT_MAX);
        return -1;
    }
    const struct scan_request_query query = {.page.limit = (int)limit, .unfinished_only = is_queue};
    if (!workspace_open(call, false, &workspace, err) ||
        !store_list_scan_requests(workspace.store, workspace.arena, workspace.account.organization, &query, &requests,
            &count, &has_more, err))
        return -1;
    if (count == 0)
        fprintf(call_output(call), "%s\n",
            is_queue ? "no scan request waits" : "there are no scan requests; try: tidewaiter scan-request add IMAGE");
    for (size_t i = 0; i < count; i++)
        scan_request_print(call_output(call), &requests[i]);
    return 0;
}

const struct command command_scan_request_list = {
    .name = "scan-request list",
    .arguments = "",
    .summary = "Show the newest scan requests, their states and places in the queue",
    .details = "One line a request, newest first, with its id. Requests are kept for 90 days after their end.",
    .options = options,
    .run = run,
};
