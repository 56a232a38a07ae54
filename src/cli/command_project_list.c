/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "cli/project_name.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"deleted", NULL, "those that can be restored instead", false},
    {"integration", "NAME", "only those of this connected registry", false},
    {"marked", NULL, "only those whose tag is gone, or that the import policy does not select any more", false},
    {"name", "PREFIX", "only those whose repository:tag begins so", false},
    OWNER_OPTION,
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct view prefix = call_option(call, "name");
    bool only_marked = call_has_option(call, "marked");
    struct project_query query = {.is_deleted = call_has_option(call, "deleted"), .page = {.limit = PAGE_LIMIT_MAX}};
    if (prefix.size > 0)
        query.prefixes = (struct view_list){&prefix, 1};
    if (!workspace_open(call, false, &workspace, err) ||
        !project_integration(call, &workspace, &query.integration, err) ||
        !account_call_owner(call, workspace.store, workspace.arena, workspace.account.organization, &query.owners, err))
        return -1;
    for (bool has_more = true; has_more;) {
        struct project_row *rows;
        size_t count;
        if (!store_list_projects(workspace.store, workspace.arena, workspace.account.organization, &query, &rows,
                &count, &has_more, err))
            return -1;
        for (size_t i = 0; i < count; i++) {
            if (!only_marked || rows[i].gone_ms != 0 || rows[i].out_of_policy_ms != 0)
                project_print(&rows[i], call_output(call));
        }
        if (count > 0)
            query.page.after = rows[count - 1].cursor;
    }
    return 0;
}

const struct command command_project_list = {
    .name = "project list",
    .arguments = "",
    .summary = "Show the projects: imported tags, with their marks",
    .details =
        "One line a project, with its id, registry and repository:tag, how often its tag is looked up, when that was done last\n"
        "and by what, and when it is due again. A project whose tag is not in the registry any more,\n"
        "or that the import policy does not select any more, stays unless the policy deletes images; it is marked with the\n"
        "time since when, and left out of lists of images and counters.",
    .options = options,
    .run = run,
};
