/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/project_name.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"frequency", "HOW", "when its tag is looked up by itself: daily, weekly or never", false},
    {"integration", "NAME", "the connected registry, if several have a project of this name", false},
    OPTIONS_END,
};

static bool read_settings(const struct command_call *call, struct project_settings *settings, struct error *err)
{
    struct view frequency = call_option(call, "frequency");
    if (!view_is(frequency, "daily") && !view_is(frequency, "weekly") && !view_is(frequency, "never"))
        return error_set(err, ERROR_USAGE, "--frequency is daily, weekly or never");
    settings->frequency = frequency;
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct project_row project;
    if (!workspace_open(call, false, &workspace, err) ||
        !project_find(call, &workspace, call_argument(call, 0), false, &project, err) ||
        !read_settings(call, &project.settings, err) ||
        !store_edit_project(workspace.store, workspace.account.organization, &project.uuid, &project.settings,
            workspace.account.user_name, err) ||
        !store_find_project(
            workspace.store, workspace.arena, workspace.account.organization, &project.uuid, &project, err))
        return -1;
    project_print(&project, call_output(call));
    return 0;
}

const struct command command_project_edit = {
    .name = "project edit",
    .arguments = "PROJECT",
    .summary = "Set how often a project's tag is looked up",
    .details =
        "PROJECT is its id or repository:tag. A day or a week after its tag was last looked up, by whatever did it (a sync, a\n"
        "scan of the registry, a webhook, Scan Now), the running server asks the registry again and refreshes the project\n"
        "if the tag moved. With \"never\" only those others do.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
