/* SPDX-License-Identifier: Apache-2.0 */
/* The whole installation on one screen: what is wrong comes first, and each line says what to do next. */
#include "base/text.h"
#include "cli/workspace.h"
#include "daemon/data_dir.h"
#include "sandbox/sandbox.h"
#include "store/integrations.h"
#include "store/jobs.h"
#include "store/results.h"

#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum grade { GRADE_PROBLEM, GRADE_ATTENTION, GRADE_FINE, GRADE_COUNT };

struct line {
    enum grade grade;
    size_t position; /* as it was found */
    struct view text;
    struct view next; /* command; empty = nothing to do */
};

struct status {
    struct workspace workspace;
    struct line *items;
    size_t count, capacity;
    int64_t now_ms;
};

enum {
    INTEGRATIONS_MAX = 100,
    FEED_AGE_DAYS_MAX = 7,
    NAME_BYTES_MAX = 60,
    GIGABYTE = 1000 * 1000 * 1000,
    TEXT_WIDTH = 78,
};
static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    OPTIONS_END,
};

static void status_done(struct status *status)
{
    workspace_done(&status->workspace);
}

static void add(struct status *status, enum grade grade, struct view text, struct view next)
{
    struct line *line = ARENA_PUSH(status->workspace.arena, status);
    *line = (struct line){grade, status->count, text, next};
}

/* Names come from people: shown without what a terminal would obey. */
static struct view printable(struct status *status, struct view text)
{
    AUTO_BUFFER shown;
    buffer_init(&shown, 64u * 1024);
    text_append_printable(&shown, view_slice(text, 0, 400));
    return arena_copy(status->workspace.arena, buffer_view(&shown));
}

static void look_at_server(struct status *status)
{
    struct error err;
    int lock = -1;
    bool is_stopped = data_dir_lock(status->workspace.arena, status->workspace.directory, &lock, &err);
    if (is_stopped)
        close(lock);
    add(status, is_stopped ? GRADE_PROBLEM : GRADE_FINE,
        view_text(is_stopped ? "server: none runs on this data folder; nothing is synced or scanned" : "server: runs"),
        view_text(is_stopped ? "tidewaiter serve" : ""));
}

static bool look_at_feeds(struct status *status, struct error *err)
{
    struct arena *arena = status->workspace.arena;
    struct feed_state *feeds;
    int64_t generation;
    size_t count, incomplete = 0, stale = 0;
    if (!store_current_generation(status->workspace.store, arena, &generation, &feeds, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        int64_t since_ms = feeds[i].is_remote ? feeds[i].checked_ms : feeds[i].date_ms;
        incomplete += !feeds[i].is_complete && !feeds[i].is_demo;
        stale += !feeds[i].is_demo && status->now_ms - since_ms > FEED_AGE_DAYS_MAX * day_ms;
    }
    bool is_fine = count > 0 && stale == 0 && incomplete == 0;
    struct view text = count == 0 ? view_text("feeds: there is no advisory yet, so nothing can be matched")
                                  : arena_format(arena, "feeds: %zu in force, %zu older than %d days, %zu incomplete",
                                        count, stale, FEED_AGE_DAYS_MAX, incomplete);
    add(status,
        count == 0 ? GRADE_PROBLEM
        : is_fine  ? GRADE_FINE
                   : GRADE_ATTENTION,
        text, view_text(is_fine ? "" : "tidewaiter feed update"));
    return true;
}

static void judge_run(struct status *status, const struct integration *integration, const struct sync_run *run)
{
    struct arena *arena = status->workspace.arena;
    struct view name = printable(status, view_slice(integration->name, 0, NAME_BYTES_MAX));
    struct view journal = arena_format(arena, "tidewaiter sync journal %s", run->uuid.text);
    if (view_is(run->state, "failed"))
        add(status, GRADE_PROBLEM,
            arena_format(arena, "integration \"%.*s\": the last sync failed: %.*s", VIEW_PRINT(name),
                VIEW_PRINT(printable(status, run->error))),
            arena_format(arena, "tidewaiter integration test %.*s", VIEW_PRINT(name)));
    else if (run->is_holding)
        add(status, GRADE_ATTENTION,
            arena_format(arena, "integration \"%.*s\": deletions wait for approval", VIEW_PRINT(name)),
            arena_format(arena, "tidewaiter sync approve %s", run->uuid.text));
    else if (run->counts.errors > 0)
        add(status, GRADE_ATTENTION,
            arena_format(arena, "integration \"%.*s\": the last sync met %lld errors", VIEW_PRINT(name),
                (long long)run->counts.errors),
            journal);
    else
        add(status, GRADE_FINE,
            arena_format(arena, "integration \"%.*s\": %.*s, %lld repositories, %lld tags, %lld new", VIEW_PRINT(name),
                VIEW_PRINT(run->state), (long long)run->counts.repositories, (long long)run->counts.tags,
                (long long)run->counts.images_new),
            view_text(""));
}

/* The newest run of all, beside the newest one that listed the registry. */
static void judge_projects(struct status *status, const struct integration *integration, const struct sync_run *run)
{
    struct arena *arena = status->workspace.arena;
    struct view name = printable(status, view_slice(integration->name, 0, NAME_BYTES_MAX));
    if (view_is(run->kind, "projects") && view_is(run->state, "failed"))
        add(status, GRADE_ATTENTION,
            arena_format(arena, "integration \"%.*s\": projects could not be looked up: %.*s", VIEW_PRINT(name),
                VIEW_PRINT(printable(status, run->error))),
            arena_format(arena, "tidewaiter integration test %.*s", VIEW_PRINT(name)));
}

static bool look_at_integration(struct status *status, const struct integration *integration, struct error *err)
{
    struct arena *arena = status->workspace.arena;
    struct sync_run *runs;
    size_t count;
    bool has_more;
    struct sync_run_query query = {.integration = integration->id, .page = {.limit = 1}};
    if (!store_list_sync_runs(status->workspace.store, arena, status->workspace.account.organization, &query, &runs,
            &count, &has_more, err))
        return false;
    if (count > 0)
        judge_projects(status, integration, &runs[0]);
    query.lists_registry = true;
    if (!store_list_sync_runs(status->workspace.store, arena, status->workspace.account.organization, &query, &runs,
            &count, &has_more, err))
        return false;
    struct view name = printable(status, view_slice(integration->name, 0, NAME_BYTES_MAX));
    if (count > 0)
        judge_run(status, integration, &runs[0]);
    else
        add(status, GRADE_ATTENTION, arena_format(arena, "integration \"%.*s\": was never synced", VIEW_PRINT(name)),
            arena_format(arena, "tidewaiter sync run %.*s", VIEW_PRINT(name)));
    return true;
}

static bool look_at_integrations(struct status *status, struct error *err)
{
    struct integration *items;
    size_t count;
    bool has_more;
    const struct page_request page = {.limit = INTEGRATIONS_MAX};
    if (!store_list_integrations(status->workspace.store, status->workspace.arena,
            status->workspace.account.organization, &page, &items, &count, &has_more, err))
        return false;
    if (count == 0)
        add(status, GRADE_ATTENTION, view_text("integrations: no registry is connected"),
            view_text("tidewaiter integration add"));
    for (size_t i = 0; i < count; i++) {
        if (!look_at_integration(status, &items[i], err))
            return false;
    }
    if (has_more)
        add(status, GRADE_FINE,
            arena_format(status->workspace.arena, "integrations: only the first %d are shown", INTEGRATIONS_MAX),
            view_text("tidewaiter integration list"));
    return true;
}

static bool look_at_queue(struct status *status, struct error *err)
{
    int64_t counts[JOB_STATE_COUNT], scans[JOB_STATE_COUNT];
    if (!store_count_jobs(status->workspace.store, 0, view_text(""), counts, err) ||
        !store_count_jobs(status->workspace.store, 0, view_text("scan"), scans, err))
        return false;
    add(status, counts[JOB_FAILED] > 0 ? GRADE_ATTENTION : GRADE_FINE,
        arena_format(status->workspace.arena,
            "queue: %lld waiting (%lld scans), %lld running, %lld failed within 7 days", (long long)counts[JOB_QUEUED],
            (long long)scans[JOB_QUEUED], (long long)counts[JOB_RUNNING], (long long)counts[JOB_FAILED]),
        view_text(counts[JOB_FAILED] > 0 ? "tidewaiter sync status" : ""));
    return true;
}

static void look_at_disk(struct status *status)
{
    struct statvfs disk;
    if (statvfs(status->workspace.directory, &disk) != 0 || disk.f_blocks == 0)
        return;
    double free_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    double share = (double)disk.f_bavail / (double)disk.f_blocks;
    enum grade grade = free_bytes < GIGABYTE ? GRADE_PROBLEM : share < 0.1 ? GRADE_ATTENTION : GRADE_FINE;
    add(status, grade,
        arena_format(status->workspace.arena, "disk: %.1f GB free (%.0f %%) at %s", free_bytes / GIGABYTE, share * 100,
            status->workspace.directory),
        grade == GRADE_FINE ? view_text("")
                            : arena_format(status->workspace.arena, "df -h %s", status->workspace.directory));
}

static void look_at_sandbox(struct status *status)
{
    struct error err;
    struct sandbox *sandbox = NULL;
    if (!sandbox_start(SANDBOX_BEST_EFFORT, &sandbox, &err)) {
        add(status, GRADE_PROBLEM, arena_format(status->workspace.arena, "sandbox: cannot be started: %s", err.message),
            view_text("tidewaiter help serve"));
        return;
    }
    const char *missing = sandbox_missing(sandbox);
    bool is_whole = missing[0] == '\0';
    struct view text = is_whole ? view_text("sandbox: whole")
                                : arena_format(status->workspace.arena, "sandbox: this system lacks %s", missing);
    add(status, is_whole ? GRADE_FINE : GRADE_ATTENTION, text, view_text(is_whole ? "" : "tidewaiter help serve"));
    sandbox_stop(sandbox);
}

static int worst_first(const void *a, const void *b)
{
    const struct line *left = a;
    const struct line *right = b;
    if (left->grade != right->grade)
        return left->grade < right->grade ? -1 : 1;
    return left->position < right->position ? -1 : left->position > right->position;
}

static void print(const struct command_call *call, struct status *status)
{
    static const char *const marks[GRADE_COUNT] = {"PROBLEM", "LOOK", "ok"};
    qsort(status->items, status->count, sizeof(status->items[0]), worst_first);
    for (size_t i = 0; i < status->count; i++) {
        const struct line *line = &status->items[i];
        if (line->next.size == 0)
            fprintf(call_output(call), "%-8s %.*s\n", marks[line->grade], VIEW_PRINT(line->text));
        else
            fprintf(call_output(call), "%-8s %-*.*s  → %.*s\n", marks[line->grade], TEXT_WIDTH, VIEW_PRINT(line->text),
                VIEW_PRINT(line->next));
    }
}

static int run(struct command_call *call, struct error *err)
{
    CLEANUP(status_done) struct status status = {.items = NULL};
    if (!workspace_open(call, false, &status.workspace, err))
        return -1;
    status.now_ms = store_now_ms(status.workspace.store);
    look_at_server(&status);
    if (!look_at_feeds(&status, err) || !look_at_integrations(&status, err) || !look_at_queue(&status, err))
        return -1;
    look_at_disk(&status);
    look_at_sandbox(&status);
    print(call, &status);
    return 0;
}

const struct command command_status = {
    .name = "status",
    .arguments = "",
    .summary = "Show on one screen how the installation fares",
    .details =
        "Server, feeds, registries with their last sync, queue, disk and sandbox; what is wrong comes first, and each line\n"
        "that needs something says with which command to go on.",
    .options = options,
    .run = run,
};
