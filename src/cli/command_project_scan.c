/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/project_name.h"
#include "cli/sync_progress.h"
#include "store/project_scans.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"detach", NULL, "only queue the scan", false},
    {"integration", "NAME", "the connected registry, if several have a project of this name", false},
    {"timeout", "SECONDS", "how long to wait for its end (default: 3600)", false},
    OPTIONS_END,
};

static const char *result_of(const struct sync_run *run)
{
    if (!view_is(run->state, "finished"))
        return "could not be looked up";
    if (run->counts.tags == 0)
        return "is not in the registry";
    return run->counts.images_new + run->counts.artifacts > 0 ? "moved: it is refreshed" : "is unchanged";
}

static void print_result(const struct project_row *project, const struct sync_run *run, FILE *out)
{
    AUTO_BUFFER text;
    buffer_init(&text, 16 * 1024);
    text_append_printable(&text, project->repository);
    buffer_append_byte(&text, ':');
    text_append_printable(&text, project->tag);
    buffer_append_format(&text, " %s\n", result_of(run));
    if (run->error.size > 0) {
        buffer_append_text(&text, "  ");
        text_append_printable(&text, run->error);
        buffer_append_byte(&text, '\n');
    }
    fwrite(text.data, 1, text.size, out);
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct project_row project;
    struct uuid uuid;
    struct sync_run end;
    if (!workspace_open(call, false, &workspace, err) ||
        !project_find(call, &workspace, call_argument(call, 0), false, &project, err) ||
        !store_start_project_scan(
            workspace.store, workspace.account.organization, &project.uuid, workspace.account.user_name, &uuid, err))
        return -1;
    if (call_has_option(call, "detach")) {
        fprintf(call_output(call), "queued: sync run %s\n", uuid.text);
        return 0;
    }
    if (!sync_wait_for_run(call, &workspace, &uuid, &end, err))
        return -1;
    print_result(&project, &end, call_output(call));
    return view_is(end.state, "finished") ? 0 : 2;
}

const struct command command_project_scan = {
    .name = "project scan",
    .arguments = "PROJECT",
    .summary = "Look a project's tag up now, and scan it again if it moved",
    .details =
        "PROJECT is its id or repository:tag. The running server asks the registry what the tag names: if that is not what\n"
        "the project is at, it is analysed, of which only layers that were never seen are fetched. It happens by itself by\n"
        "the project's frequency (\"tidewaiter project edit\"), daily unless that was changed. Exit status 2 if the registry\n"
        "could not be asked.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
