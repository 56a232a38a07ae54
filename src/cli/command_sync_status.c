/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/sync_progress.h"
#include "cli/workspace.h"
#include "store/integrations.h"

#include <time.h>
#include <unistd.h>

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"limit", "N", "runs to show, at most 1000 (default: 10)", false},
    {"watch", NULL, "first wait until nothing runs any more, with one line of progress on a terminal", false},
    OPTIONS_END,
};

enum { LIMIT_DEFAULT = 10 };

static void print_run(FILE *out, const struct sync_run *run)
{
    AUTO_BUFFER text;
    char started[TIME_TEXT_SIZE];
    time_format(run->started_ms, started);
    buffer_init(&text, 16 * 1024);
    buffer_append_format(&text, "%s  %s  %-9.*s  ", run->uuid.text, started, VIEW_PRINT(run->state));
    text_append_printable(&text, run->integration_name);
    if (view_is(run->kind, "projects"))
        buffer_append_text(&text, ": single projects, ");
    else
        buffer_append_format(&text, ": %lld of %lld repositories, ", (long long)run->counts.repositories_done,
            (long long)run->counts.repositories);
    buffer_append_format(&text, "%lld tags, %lld new, %lld unchanged, %lld changes, %lld errors",
        (long long)run->counts.tags, (long long)run->counts.images_new, (long long)run->counts.images_unchanged,
        (long long)run->changes, (long long)run->counts.errors);
    if (run->finished_ms != 0)
        buffer_append_format(&text, ", %lld s", (long long)(run->finished_ms - run->started_ms + 999) / 1000);
    if (run->backlog > 0)
        buffer_append_format(&text, ", %lld left to the next run", (long long)run->backlog);
    buffer_append_text(&text, ", by ");
    text_append_printable(&text, run->who);
    buffer_append_byte(&text, '\n');
    if (run->error.size > 0) {
        buffer_append_text(&text, "  ");
        text_append_printable(&text, run->error);
        buffer_append_byte(&text, '\n');
    }
    fwrite(text.data, 1, text.size, out);
}

/* How far the images are that the run imported; nothing if there are none. */
static bool print_images(struct workspace *workspace, FILE *out, const struct sync_run *run, struct error *err)
{
    struct sync_images images;
    if (!store_count_sync_images(workspace->store, workspace->account.organization, &run->uuid, &images, err))
        return false;
    if (images.total > 0)
        fprintf(out, "  images: %lld of %lld scanned, %lld failed, %.1f MB of layers\n", (long long)images.scanned,
            (long long)images.total, (long long)images.failed, (double)images.layer_bytes / 1e6);
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct integration integration;
    struct sync_run *runs;
    size_t count;
    bool has_more;
    int64_t limit = LIMIT_DEFAULT;
    struct sync_run_query query = {.integration = 0};
    if (call_has_option(call, "limit") &&
        (!view_to_integer(call_option(call, "limit"), &limit) || limit < 1 || limit > PAGE_LIMIT_MAX)) {
        error_set(err, ERROR_USAGE, "--limit is a number from 1 to %d", PAGE_LIMIT_MAX);
        return -1;
    }
    query.page.limit = (int)limit;
    if (!workspace_open(call, false, &workspace, err))
        return -1;
    int64_t organization = workspace.account.organization;
    struct view name = call_argument(call, 0);
    if (name.size > 0) {
        if (!store_find_integration(workspace.store, workspace.arena, organization, name, &integration, err))
            return -1;
        query.integration = integration.id;
    }
    if ((call_has_option(call, "watch") &&
            !sync_wait(workspace.store, organization, isatty(STDERR_FILENO) == 1, err)) ||
        !store_list_sync_runs(workspace.store, workspace.arena, organization, &query, &runs, &count, &has_more, err))
        return -1;
    if (count == 0)
        fprintf(call_output(call), "no sync has run yet; try: tidewaiter sync run\n");
    for (size_t i = 0; i < count; i++) {
        print_run(call_output(call), &runs[i]);
        if (!print_images(&workspace, call_output(call), &runs[i], err) ||
            !sync_print_notes(workspace.store, organization, &runs[i], call_output(call), err))
            return -1;
    }
    return 0;
}

const struct command command_sync_status = {
    .name = "sync status",
    .arguments = "[INTEGRATION]",
    .summary = "Show the newest sync runs: how far, what came of them, who began them",
    .details =
        "One line a run, newest first, with its id, and below it how far the images are that it imported, what could not\n"
        "be read, and what had to be done in a lesser way. \"tidewaiter sync journal RUN\" shows what it changed.",
    .options = options,
    .arguments_max = 1,
    .run = run,
};
