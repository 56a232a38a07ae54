/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/workspace.h"
#include "store/integrations.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"change", "KIND", "only: new, moved, gone, imported, refreshed, deleted, gone-from-registry, out-of-policy, back",
        false},
    OPTIONS_END,
};

static void print_change(FILE *out, const struct sync_change *change)
{
    AUTO_BUFFER text;
    buffer_init(&text, 16 * 1024);
    text_append_printable(&text, change->change);
    buffer_append_text(&text, "  ");
    text_append_printable(&text, change->repository);
    buffer_append_byte(&text, ':');
    text_append_printable(&text, change->tag);
    if (change->digest.size > 0) {
        buffer_append_text(&text, "  ");
        text_append_printable(&text, change->digest);
    }
    if (change->previous_digest.size > 0) {
        buffer_append_text(&text, "  was ");
        text_append_printable(&text, change->previous_digest);
    }
    if (change->reason.size > 0) {
        buffer_append_text(&text, "  (");
        text_append_printable(&text, change->reason);
        if (change->clock.size > 0) {
            buffer_append_text(&text, ", by time ");
            text_append_printable(&text, change->clock);
        }
        buffer_append_byte(&text, ')');
    }
    buffer_append_byte(&text, '\n');
    fwrite(text.data, 1, text.size, out);
}

/* The run that was named, or the newest one. */
static bool find_run(struct command_call *call, struct workspace *workspace, struct sync_run *run, struct error *err)
{
    struct sync_run *runs;
    size_t count;
    bool has_more;
    struct uuid uuid;
    struct sync_run_query newest = {.lists_registry = true, .page = {.limit = 1}};
    struct view name = call_argument(call, 0);
    int64_t organization = workspace->account.organization;
    if (name.size > 0 && !uuid_parse(name, &uuid))
        return error_set(err, ERROR_USAGE,
            "\"%.*s\" is not the id of a sync run; \"tidewaiter sync status\" shows them", VIEW_PRINT(name));
    if (name.size > 0)
        return store_find_sync_run(workspace->store, workspace->arena, organization, &uuid, run, err);
    if (!store_list_sync_runs(workspace->store, workspace->arena, organization, &newest, &runs, &count, &has_more, err))
        return false;
    if (count == 0)
        return error_set(err, ERROR_NOT_FOUND, "no sync has run yet; try: tidewaiter sync run");
    *run = runs[0];
    return true;
}

static bool print_journal(
    struct command_call *call, struct workspace *workspace, const struct sync_run *run, struct error *err)
{
    struct sync_change_query query = {
        .run = &run->uuid, .change = call_option(call, "change"), .page = {.limit = PAGE_LIMIT_MAX}};
    for (bool has_more = true; has_more;) {
        struct sync_change *items;
        size_t count;
        if (!store_list_sync_changes(workspace->store, workspace->arena, workspace->account.organization, &query,
                &items, &count, &has_more, err))
            return false;
        for (size_t i = 0; i < count; i++)
            print_change(call_output(call), &items[i]);
        if (count > 0)
            query.page.after = items[count - 1].cursor;
    }
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct sync_run run;
    if (!workspace_open(call, false, &workspace, err) || !find_run(call, &workspace, &run, err) ||
        !print_journal(call, &workspace, &run, err))
        return -1;
    if (run.journal_pruned_ms != 0)
        fprintf(call_output(call), "the journal of this run is forgotten: journals are kept for 90 days\n");
    else if (run.changes > SYNC_CHANGES_MAX)
        fprintf(call_output(call), "%lld more changes were only counted: a journal has at most %d rows\n",
            (long long)run.changes - SYNC_CHANGES_MAX, SYNC_CHANGES_MAX);
    return 0;
}

const struct command command_sync_journal = {
    .name = "sync journal",
    .arguments = "[RUN]",
    .summary = "Show what a sync run changed, and why (default: the newest run)",
    .details =
        "One line for each tag that is new, moved or gone, and for each project that was imported, refreshed, marked or\n"
        "deleted, with the reason of the import policy and the clock that decided. What did not change has no line.",
    .options = options,
    .arguments_max = 1,
    .run = run,
};
