/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/project_name.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"integration", "NAME", "the connected registry, if several have a project of this name", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct project_row project;
    if (!workspace_open(call, false, &workspace, err) ||
        !project_find(call, &workspace, call_argument(call, 0), false, &project, err) ||
        !store_delete_project(
            workspace.store, workspace.account.organization, &project.uuid, workspace.account.user_name, err))
        return -1;
    fprintf(call_output(call), "deleted; within 7 days it comes back with: tidewaiter project restore %s\n",
        project.uuid.text);
    return 0;
}

const struct command command_project_delete = {
    .name = "project delete",
    .arguments = "PROJECT",
    .summary = "Delete a project, so that no sync brings it back",
    .details =
        "PROJECT is its id or repository:tag. Sync leaves the tag alone from now on, whatever the import policy says;\n"
        "\"tidewaiter project import\" brings it back, and so does \"project restore\" within seven days.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
