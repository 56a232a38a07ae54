/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sync_progress.h"

#include "base/text.h"
#include "store/jobs.h"

#include <time.h>

enum { LOOK_EVERY_MS = 100, INTEGRATIONS_MAX = 1000, RUN_SECONDS_DEFAULT = 3600 };

static bool count_open_jobs(
    struct store *store, int64_t organization, const char *kind, int64_t *open, struct error *err)
{
    int64_t counts[JOB_STATE_COUNT];
    if (!store_count_jobs(store, organization, view_text(kind), counts, err))
        return false;
    *open = counts[JOB_QUEUED] + counts[JOB_RUNNING];
    return true;
}

/* "listing, 40 of 200 repositories, about 3 minutes left, 12 to scan": the time by what was done of the newest run. */
static bool show_progress(struct store *store, int64_t organization, bool is_listing, int64_t scans, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct sync_run_query newest = {.lists_registry = true, .page = {.limit = 1}};
    struct sync_run *runs;
    size_t count;
    bool has_more;
    if (!store_list_sync_runs(store, arena, organization, &newest, &runs, &count, &has_more, err))
        return false;
    fprintf(stderr, "\r\x1b[K");
    if (is_listing && count > 0 && runs[0].finished_ms == 0 && runs[0].counts.repositories > 0) {
        int64_t done = runs[0].counts.repositories_done;
        int64_t left = runs[0].counts.repositories > done ? runs[0].counts.repositories - done : 0;
        int64_t passed_ms = store_now_ms(store) - runs[0].started_ms;
        fprintf(
            stderr, "listing, %lld of %lld repositories, ", (long long)done, (long long)runs[0].counts.repositories);
        if (done > 0 && passed_ms > 0 && left > 0)
            fprintf(stderr, "about %lld s left, ", (long long)passed_ms / done * left / 1000 + 1);
    } else if (is_listing) {
        fprintf(stderr, "listing, ");
    }
    fprintf(stderr, "%lld to scan", (long long)scans);
    return true;
}

bool sync_wait(struct store *store, int64_t organization, bool shows_progress, struct error *err)
{
    for (;;) {
        int64_t syncs, scans, matches;
        if (!count_open_jobs(store, organization, "sync", &syncs, err) ||
            !count_open_jobs(store, organization, "scan", &scans, err) ||
            !count_open_jobs(store, 0, "rematch", &matches, err))
            return false;
        if (syncs + scans + matches == 0)
            break;
        if (shows_progress && !show_progress(store, organization, syncs > 0, scans, err))
            return false;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_EVERY_MS * 1000000L}, NULL);
    }
    if (shows_progress)
        fprintf(stderr, "\r\x1b[K");
    return true;
}

bool sync_wait_for_run(struct command_call *call, struct workspace *workspace, const struct uuid *uuid,
    struct sync_run *run, struct error *err)
{
    int64_t seconds = RUN_SECONDS_DEFAULT;
    if (call_has_option(call, "timeout") && (!view_to_integer(call_option(call, "timeout"), &seconds) || seconds < 1))
        return error_set(err, ERROR_USAGE, "--timeout is a number of seconds from 1 on");
    for (int64_t waited_ms = 0; waited_ms <= seconds * 1000; waited_ms += LOOK_EVERY_MS) {
        if (store_find_sync_run(workspace->store, workspace->arena, workspace->account.organization, uuid, run, err)) {
            if (run->finished_ms != 0)
                return true;
        } else if (err->code != ERROR_NOT_FOUND)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_EVERY_MS * 1000000L}, NULL);
    }
    return error_set(err, ERROR_TIMEOUT,
        "no end after %lld s; a running server scans registries and projects: tidewaiter serve", (long long)seconds);
}

void sync_print_run(const struct sync_run *run, FILE *out)
{
    AUTO_BUFFER text;
    buffer_init(&text, 16 * 1024);
    text_append_printable(&text, run->integration_name);
    buffer_append_format(&text,
        ": %s, %lld repositories, %lld tags: %lld new, %lld unchanged, %lld not an image, %lld could not be read\n",
        run->state.data, (long long)run->counts.repositories, (long long)run->counts.tags,
        (long long)run->counts.images_new, (long long)run->counts.images_unchanged, (long long)run->counts.artifacts,
        (long long)run->counts.errors);
    if (run->error.size > 0) {
        buffer_append_text(&text, "  ");
        text_append_printable(&text, run->error);
        buffer_append_byte(&text, '\n');
    }
    fwrite(text.data, 1, text.size, out);
}

bool sync_print_notes(
    struct store *store, int64_t organization, const struct sync_run *run, FILE *out, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct view *notes;
    size_t count;
    if (!store_list_sync_notes(store, arena, organization, run->id, &notes, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        AUTO_BUFFER text;
        buffer_init(&text, 16 * 1024);
        buffer_append_text(&text, "  note: ");
        text_append_printable(&text, notes[i]);
        buffer_append_byte(&text, '\n');
        fwrite(text.data, 1, text.size, out);
    }
    return true;
}

bool sync_print_runs(struct store *store, int64_t organization, FILE *out, bool *is_complete, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct integration *integrations;
    size_t count;
    bool has_more;
    struct page_request page = {.limit = INTEGRATIONS_MAX};
    if (!store_list_integrations(store, arena, organization, &page, &integrations, &count, &has_more, err))
        return false;
    *is_complete = true;
    for (size_t i = 0; i < count; i++) {
        struct sync_run *runs;
        size_t run_count;
        struct sync_run_query newest = {
            .integration = integrations[i].id, .lists_registry = true, .page = {.limit = 1}};
        if (!store_list_sync_runs(store, arena, organization, &newest, &runs, &run_count, &has_more, err))
            return false;
        if (run_count == 0)
            continue;
        sync_print_run(&runs[0], out);
        if (!sync_print_notes(store, organization, &runs[0], out, err))
            return false;
        *is_complete = *is_complete && runs[0].error.size == 0;
    }
    return true;
}
