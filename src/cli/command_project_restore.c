/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/project_name.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"integration", "NAME", "the connected registry, if several had a project of this name", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct project_row project;
    if (!workspace_open(call, false, &workspace, err) ||
        !project_find(call, &workspace, call_argument(call, 0), true, &project, err) ||
        !store_restore_project(
            workspace.store, workspace.account.organization, &project.uuid, workspace.account.user_name, err))
        return -1;
    fprintf(call_output(call), "restored, with its history; sync does not prune it any more\n");
    return 0;
}

const struct command command_project_restore = {
    .name = "project restore",
    .arguments = "PROJECT",
    .summary = "Bring back a project that was deleted or pruned within the last seven days",
    .details = "PROJECT is its id or repository:tag, as \"tidewaiter project list --deleted\" shows it.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
