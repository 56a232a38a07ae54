/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sync_progress.h"
#include "store/registry_scans.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"detach", NULL, "only queue the scan", false},
    {"timeout", "SECONDS", "how long to wait for its end (default: 3600)", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct integration integration;
    struct uuid uuid;
    struct sync_run end;
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
    if (!sync_wait_for_run(call, &workspace, &uuid, &end, err))
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
