/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/prompt.h"
#include "cli/workspace.h"
#include "store/integrations.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the store; default $XDG_STATE_HOME/tidewaiter", false},
    {"delete-projects", NULL, "delete its projects and their results as well", false},
    {"keep-projects", NULL, "keep its projects and their results; nothing is synced any more", false},
    OPTIONS_END,
};

/* Keep or delete is the person's choice, and is never guessed. */
static bool choose(struct command_call *call, const struct integration *integration, bool *keeps, struct error *err)
{
    *keeps = call_has_option(call, "keep-projects");
    if (*keeps && call_has_option(call, "delete-projects"))
        return error_set(err, ERROR_USAGE, "either --keep-projects or --delete-projects, not both");
    if (*keeps || call_has_option(call, "delete-projects"))
        return true;
    fprintf(stderr, "\"%.*s\" has %lld projects in %lld repositories.\n", VIEW_PRINT(integration->name),
        (long long)integration->project_count, (long long)integration->repository_count);
    if (prompt_confirms("Remove it and keep the projects?")) {
        *keeps = true;
        return true;
    }
    if (prompt_confirms("Remove it and delete the projects with all their results?"))
        return true;
    return error_set(err, ERROR_USAGE, "nothing was removed; say --keep-projects or --delete-projects");
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {0};
    struct integration found, removed;
    struct integration_removal removal = {0};
    if (!workspace_open(call, false, &workspace, err))
        return -1;
    removal.who = workspace.account.user_name;
    if (!store_find_integration(
            workspace.store, workspace.arena, workspace.account.organization, call_argument(call, 0), &found, err) ||
        !choose(call, &found, &removal.keeps_projects, err) ||
        !store_remove_integration(
            workspace.store, workspace.arena, workspace.account.organization, &found.uuid, &removal, &removed, err))
        return -1;
    fprintf(call_output(call), "removed \"%.*s\"; %s %lld projects in %lld repositories\n", VIEW_PRINT(removed.name),
        removal.keeps_projects ? "kept" : "deleted", (long long)removed.project_count,
        (long long)removed.repository_count);
    return 0;
}

const struct command command_integration_remove = {
    .name = "integration remove",
    .arguments = "NAME",
    .summary = "Disconnect a registry, keeping or deleting its projects",
    .details = "Refused while one of its sync runs or scans is at work. Its credentials are forgotten in any case.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
