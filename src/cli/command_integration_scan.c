/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sync_progress.h"
#include "cli/workspace.h"
#include "store/registry_scans.h"

#include <time.h>

enum { LOOK_EVERY_MS = 200, SECONDS_DEFAULT = 3600 };

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"detach", NULL, "only queue the scan", false},
    {"timeout", "SECONDS", "how long to wait for its end (default: 3600)", false},
    OPTIONS_END,
};

/* The run appears when its job begins. */
static bool wait_for_end(
    struct workspace *workspace, int64_t seconds, const struct uuid *uuid, struct sync_run *run, struct error *err)
{
    for (int64_t waited_ms = 0; waited_ms <= seconds * 1000; waited_ms += LOOK_EVERY_MS) {
        if (store_find_sync_run(workspace->store, workspace->arena, workspace->account.organization, uuid, run, err)) {
            if (run->finished_ms != 0)
                return true;
        } else if (err->code != ERROR_NOT_FOUND)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_EVERY_MS * 1000000L}, NULL);
    }
    return error_set(err, ERROR_TIMEOUT, "no end after %lld s; a running server does registry scans: tidewaiter serve",
        (long long)seconds);
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct integration integration;
    struct uuid uuid;
    struct sync_run end;
    int64_t seconds = SECONDS_DEFAULT;
    if (call_has_option(call, "timeout") && (!view_to_integer(call_option(call, "timeout"), &seconds) || seconds < 1)) {
        error_set(err, ERROR_USAGE, "--timeout is a number of seconds from 1 on");
        return -1;
    }
    if (!workspace_open(call, false, &workspace, err))
        return -1;
    int64_t organization = workspace.account.organization;
    if (!store_find_integration(
            workspace.store, workspace.arena, organization, call_argument(call, 0), &integration, err) ||
        !store_start_registry_scan(
            workspace.store, organization, &integration.uuid, workspace.account.user_name, &uuid, err))
        return -1;
    if (call_has_option(call, "detach")) {
        fprintf(call_output(call), "queued: sync run %s\n", uuid.text);
        return 0;
    }
    if (!wait_for_end(&workspace, seconds, &uuid, &end, err))
        return -1;
    sync_print_run(&end, call_output(call));
    if (!sync_print_notes(workspace.store, organization, &end, call_output(call), err))
        return -1;
    return view_is(end.state, "finished") ? 0 : 2;
}

const struct command command_integration_scan = {
    .name = "integration scan",
    .arguments = "NAME",
    .summary = "Scan a whole connected registry again",
    .details =
        "The running server lists the registry and looks the tag of every project up; what moved or is new is analysed,\n"
        "of which only layers that were never seen are fetched. New tags are chosen by the import policy; without one by\n"
        "the integration's filters and caps, which are 90 days, 5 tags of each repository and 500 repositories where none\n"
        "are set. It happens by itself by --scan-schedule of the integration, weekly by default. Exit status 2 if\n"
        "something could not be read.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
