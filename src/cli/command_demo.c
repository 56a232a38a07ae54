/* SPDX-License-Identifier: Apache-2.0 */
/* One command from nothing to findings: a real registry with real images, a server, a sync, a table. */
#include "base/file.h"
#include "base/map.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/demo_feeds.h"
#include "cli/demo_registry.h"
#include "cli/demo_table.h"
#include "cli/prompt.h"
#include "daemon/data_dir.h"
#include "daemon/worker_task.h"
#include "store/events.h"
#include "store/integrations.h"
#include "store/jobs.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

static const struct option options[] = {
    {"state", "DIR", "where everything is kept (default: .tidewaiter)", false},
    {"images", "DIR", "OCI layouts and their list, as tools/demo-images makes them (default: STATE/images)", false},
    {"registry", "HOST[:PORT][/PATH]", "your own registry instead of the demo's; http://… for one without TLS", false},
    {"feeds", "DIR", "advisories from a folder that holds osv/ or is laid out as OSV's bucket", false},
    {"listen", "HOST:PORT", "where the web UI listens (default: 127.0.0.1:8010, or another port if that is taken)",
        false},
    {"once", NULL, "end after the table instead of waiting for Ctrl-C", false},
    OPTIONS_END,
};

enum {
    STEP_COUNT = 5,
    IMAGES_WAIT_MS = 30 * 60 * 1000,
    LOOK_EVERY_MS = 100,
    LOOK_CLOSELY_MS = 2,
    REPOSITORIES_MAX = 50, /* of the user's own registry */
    WORKER_COUNT = 2,
};

struct demo {
    struct arena *arena;
    const struct command_call *call;
    FILE *out;
    int64_t started_ms;
    int step;
    const char *state;
    struct demo_registry registry;
    struct demo_feeds feeds;
    struct config config;
    struct worker_task workers;
    struct daemon *daemon;
    struct account account;
    struct integration integration;
    struct view own_host; /* of the user's own registry: may be anywhere, since the user named it */
    bool has_shown_finding;
    const char *delta; /* what the feed commit after the sync did; NULL = there was none */
};

static int64_t now_ms(void)
{
    return clock_system()->monotonic_ms(clock_system());
}

static void demo_done(struct demo *demo)
{
    daemon_stop(demo->daemon);
    demo_registry_stop(&demo->registry);
    arena_free(demo->arena);
}

/* "[2/5]  12.3 s  " and the text. */
static void say(struct demo *demo, const char *format, ...) PRINTF(2, 3);

static void say(struct demo *demo, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(demo->out, "[%d/%d] %5.1f s  ", demo->step, STEP_COUNT, (double)(now_ms() - demo->started_ms) / 1000);
    vfprintf(demo->out, format, arguments);
    fputc('\n', demo->out);
    fflush(demo->out);
    va_end(arguments);
}

static bool is_own_registry(const struct demo *demo)
{
    return call_has_option(demo->call, "registry");
}

static bool step_images(struct demo *demo, struct error *err)
{
    demo->step = 1;
    if (is_own_registry(demo)) {
        say(demo, "images: those of your registry");
        return true;
    }
    demo->registry = (struct demo_registry){.arena = demo->arena, .state = demo->state};
    const char *images = call_option_text(demo->call, "images");
    demo->registry.images = images != NULL ? images : arena_format(demo->arena, "%s/images", demo->state).data;
    say(demo, "images: waiting for Debian root file systems from mmdebstrap");
    if (!demo_images_wait(&demo->registry, IMAGES_WAIT_MS, err))
        return false;
    say(demo, "images: ready in %s", demo->registry.images);
    return true;
}

/* Asks for a password if there is somebody to ask, and tells what is there before anything is fetched. */
static bool look_at_own_registry(struct demo *demo, struct error *err)
{
    struct integration_address address;
    size_t count;
    if (!integration_address_parse(demo->arena, call_option(demo->call, "registry"), &address, err) ||
        !prompt_for_credentials(demo->arena, address.host, err) ||
        !demo_registry_count(demo->arena, &address, &count, err))
        return false;
    say(demo, "registry: %.*s has %zu repositories; taking the newest tag of %zu of them",
        VIEW_PRINT(integration_address_format(demo->arena, &address)), count,
        count < REPOSITORIES_MAX ? count : (size_t)REPOSITORIES_MAX);
    return true;
}

static bool step_registry(struct demo *demo, struct error *err)
{
    demo->step = 2;
    if (is_own_registry(demo))
        return look_at_own_registry(demo, err);
    if (!demo_registry_start(&demo->registry, err))
        return false;
    if (demo->registry.pushed_count > 0)
        say(demo, "registry: docker-registry on 127.0.0.1:%d, %zu tags pushed by skopeo", demo->registry.port,
            demo->registry.pushed_count);
    else
        say(demo, "registry: docker-registry on 127.0.0.1:%d, with the %zu tags of the last start", demo->registry.port,
            demo->registry.image_count);
    return true;
}

static bool step_feeds(struct demo *demo, struct error *err)
{
    demo->step = 3;
    const char *index = arena_format(demo->arena, "%s/data/index", demo->state).data;
    if (!demo_feeds_prepare(&demo->feeds, demo->arena, call_option_text(demo->call, "feeds"), index, demo->out, err))
        return false;
    say(demo, "advisories: %s", demo->feeds.summary);
    return true;
}

/* Options of the server: what the command line of the demo says, else the demo's own. */
static bool config_value(const void *context, const char *name, int index, struct view *value)
{
    const struct demo *demo = context;
    if (index > 0)
        return false;
    if (strcmp(name, "data") == 0)
        /* What the built-in set found must never stand beside what real advisories found. */
        *value = arena_format(demo->arena, demo->feeds.is_demo ? "%s/data-demo" : "%s/data", demo->state);
    else if (strcmp(name, "listen") == 0)
        *value =
            call_has_option(demo->call, "listen") ? call_option(demo->call, "listen") : view_text("127.0.0.1:8010");
    else if (strcmp(name, "log-level") == 0)
        *value = view_text("error");
    else if (strcmp(name, "network-allow") == 0)
        *value = is_own_registry(demo) ? demo->own_host : view_text("127.0.0.1");
    else
        return false;
    return true;
}

static bool read_config(struct demo *demo, struct error *err)
{
    struct config_source source = {config_value, demo};
    struct integration_address address;
    if (is_own_registry(demo)) {
        if (!integration_address_parse(demo->arena, call_option(demo->call, "registry"), &address, err))
            return false;
        demo->own_host = address.host;
    }
    return config_read(&source, demo->arena, &demo->config, err) && data_dir_make(demo->config.data, err);
}

static bool start_daemon(struct demo *demo, struct error *err)
{
    worker_task_init(&demo->workers, WORKER_COUNT);
    demo->workers.demo_lookup = demo->feeds.lookup;
    demo->workers.demo_feeds = demo->feeds.states;
    demo->workers.demo_feed_count = demo->feeds.state_count;
    demo->workers.uses_environment = true;
    demo->workers.is_paused = true; /* until the registry is connected and the advisories are known */
    struct daemon_task *tasks[] = {&demo->workers.task};
    if (daemon_start(&demo->config, tasks, 1, &demo->daemon, err))
        return true;
    if (call_has_option(demo->call, "listen") || err->code != ERROR_CONFLICT)
        return false;
    /* The usual port is taken: any other. */
    return server_address_parse("127.0.0.1:0", &demo->config.listen, err) &&
           daemon_start(&demo->config, tasks, 1, &demo->daemon, err);
}

static bool connect_registry(struct demo *demo, struct error *err)
{
    struct store *store = daemon_parts(demo->daemon)->store;
    struct integration_new given = {
        .name = view_text("demo"), .type = view_text("oci"), .who = demo->account.user_name};
    if (is_own_registry(demo)) {
        if (!integration_address_parse(demo->arena, call_option(demo->call, "registry"), &given.address, err))
            return false;
        given.name = given.address.host;
    } else {
        given.address.host = arena_format(demo->arena, "127.0.0.1:%d", demo->registry.port);
        given.address.is_plain_http = true;
        given.name = given.address.host;
    }
    if (store_find_integration(store, demo->arena, demo->account.organization, given.name, &demo->integration, err))
        return true;
    return err->code == ERROR_NOT_FOUND &&
           store_add_integration(store, demo->arena, demo->account.organization, &given, &demo->integration, err);
}

static bool step_server(struct demo *demo, struct error *err)
{
    demo->step = 4;
    if (!start_daemon(demo, err))
        return false;
    struct store *store = daemon_parts(demo->daemon)->store;
    if (!store_ensure_admin(store, demo->arena, &demo->account, err) || !demo_feeds_publish(&demo->feeds, store, err) ||
        !connect_registry(demo, err))
        return false;
    say(demo, "server: %s, store and index in %s, registry connected as \"%.*s\"", daemon_url(demo->daemon),
        demo->config.data, VIEW_PRINT(demo->integration.name));
    return true;
}

static bool queue_sync(struct demo *demo, struct error *err)
{
    const struct sync_order order = {
        .organization = demo->account.organization,
        .integration = &demo->integration.uuid,
        .who = demo->account.user_name,
        .newest_tags = is_own_registry(demo) ? 1 : 0,
        .repositories_max = is_own_registry(demo) ? REPOSITORIES_MAX : 0,
    };
    return store_queue_sync(daemon_parts(demo->daemon)->store, &order, err);
}

static bool has_open_jobs(struct demo *demo, bool *is_open, struct error *err)
{
    int64_t counts[JOB_STATE_COUNT];
    if (!store_count_jobs(daemon_parts(demo->daemon)->store, 0, view_text(""), counts, err))
        return false;
    *is_open = counts[JOB_QUEUED] + counts[JOB_RUNNING] > 0;
    return true;
}

/* The first finding, as soon as there is one. */
static bool show_first_finding(struct demo *demo, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct view text;
    if (demo->has_shown_finding)
        return true;
    if (!demo_worst_finding(daemon_parts(demo->daemon)->store, arena, demo->account.organization, NULL, &text, err))
        return false;
    if (text.size > 0) {
        say(demo, "first finding: %.*s", VIEW_PRINT(text));
        demo->has_shown_finding = true;
    }
    return true;
}

/* `*stopped` is the signal that asked to stop meanwhile, 0 if none did. */
static bool step_sync(struct demo *demo, int *stopped, struct error *err)
{
    bool is_open = true;
    demo->step = 5;
    say(demo, "sync: listing, importing, scanning");
    if (!queue_sync(demo, err))
        return false;
    demo->workers.demo_generation = demo->feeds.generation;
    if (!worker_task_resume(&demo->workers, err))
        return false;
    while (is_open) {
        *stopped = daemon_wait(demo->daemon, LOOK_EVERY_MS);
        if (*stopped != 0)
            return true;
        if (!show_first_finding(demo, err) || !has_open_jobs(demo, &is_open, err))
            return false;
    }
    say(demo, "done");
    return true;
}

/* What a feed commit found in the images that are stored. */
static bool count_new(struct demo *demo, int64_t *vulnerabilities, int64_t *images, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct event_row *events;
    size_t count;
    bool has_more;
    const struct event_query query = {.page = {.limit = PAGE_LIMIT_MAX}, .changes = 1u << CHANGE_NEW};
    struct map seen;
    map_init(&seen, arena);
    if (!store_list_events(daemon_parts(demo->daemon)->store, arena, demo->account.organization, &query, &events,
            &count, &has_more, err))
        return false;
    *images = 0;
    for (size_t i = 0; i < count; i++) {
        if (events[i].generation != demo->feeds.generation || events[i].cause != CAUSE_ADVISORY)
            continue;
        map_set(&seen, events[i].vulnerabilities[0], demo);
        if (events[i].image_count > *images)
            *images = events[i].image_count; /* packages of one source come together */
    }
    *vulnerabilities = (int64_t)seen.count;
    return true;
}

static bool count_scans(struct demo *demo, int64_t *scans, struct error *err)
{
    int64_t counts[JOB_STATE_COUNT];
    if (!store_count_jobs(daemon_parts(demo->daemon)->store, 0, view_text("scan"), counts, err))
        return false;
    *scans = 0;
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        *scans += counts[i];
    return true;
}

/* The advisory that was held back arrives as a feed commit: only the packages that it names are matched again, and no
   image is fetched. */
static bool step_delta(struct demo *demo, int *stopped, struct error *err)
{
    bool is_open = true;
    int64_t scans_before, scans_after, vulnerabilities, images;
    struct store *store = daemon_parts(demo->daemon)->store;
    if (!demo->feeds.is_demo)
        return true;
    worker_task_pause(&demo->workers);
    int64_t started_ms = now_ms();
    if (!count_scans(demo, &scans_before, err) || !demo_feeds_add_held_back(&demo->feeds, store, err))
        return false;
    demo->workers.demo_lookup = demo->feeds.lookup;
    demo->workers.demo_generation = demo->feeds.generation;
    if (!worker_task_resume(&demo->workers, err))
        return false;
    while (is_open) {
        *stopped = daemon_wait(demo->daemon, LOOK_CLOSELY_MS);
        if (*stopped != 0)
            return true;
        if (!has_open_jobs(demo, &is_open, err))
            return false;
    }
    double seconds = (double)(now_ms() - started_ms) / 1000;
    if (!count_scans(demo, &scans_after, err) || !count_new(demo, &vulnerabilities, &images, err))
        return false;
    demo->delta =
        arena_format(demo->arena, "feed delta applied: %lld new vulnerabilit%s in %lld stored image%s, %s, %.2f s",
            (long long)vulnerabilities, vulnerabilities == 1 ? "y" : "ies", (long long)images, images == 1 ? "" : "s",
            scans_after == scans_before ? "0 bytes pulled" : "images were scanned meanwhile", seconds)
            .data;
    return true;
}

/* How to call this program from here: as it stands on the disk. */
static const char *own_path(struct arena *arena)
{
    char path[4096], directory[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof(path));
    if (size <= 0 || getcwd(directory, sizeof(directory)) == NULL)
        return "tidewaiter";
    struct view own = view_of(path, (size_t)size);
    return arena_text(arena, path_is_below(own, view_text(directory)) ? view_from(own, strlen(directory) + 1) : own);
}

static bool show_result(struct demo *demo, struct error *err)
{
    struct store *store = daemon_parts(demo->daemon)->store;
    struct view worst, command, link;
    const char *program = own_path(demo->arena);
    if (!demo_table_print(store, demo->account.organization, demo->out, err) ||
        !demo_worst_finding(store, demo->arena, demo->account.organization, &command, &worst, err) ||
        !daemon_sign_in_link(demo->daemon, demo->arena, &link, err))
        return false;
    if (worst.size > 0)
        fprintf(demo->out, "Worst finding:  %.*s\n  Why:          %s explain --data %s %.*s\n", VIEW_PRINT(worst),
            program, demo->config.data, VIEW_PRINT(command));
    fprintf(demo->out, "Web UI:         %.*s\n  This link signs you in once.\n", VIEW_PRINT(link));
    fprintf(demo->out,
        "Try next:       %s scan dir:/\n"
        "                %s scan registry.example.com/team/app:1.2 --fail-on high\n"
        "                make run REGISTRY=registry.example.com\n",
        program, program);
    if (demo->feeds.is_demo)
        fprintf(demo->out,
            "\nDEMO DATA: the advisories are a small built-in set; real counts are higher. FEEDS=DIR gives real ones.\n");
    if (demo->feeds.is_stale)
        fprintf(demo->out, "Feeds older than 7 days are allowed here (as with --allow-stale).\n");
    fflush(demo->out);
    return true;
}

static bool open_state(struct demo *demo, struct error *err)
{
    const char *given = call_option_text(demo->call, "state");
    const char *state = given != NULL ? given : ".tidewaiter";
    if (!directory_make(state, err))
        return false;
    char *absolute = realpath(state, NULL);
    if (absolute == NULL)
        return error_set(err, ERROR_IO, "could not find folder \"%s\"", state);
    demo->state = arena_text(demo->arena, view_text(absolute));
    free(absolute);
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    CLEANUP(demo_done) struct demo demo = {.arena = arena_new(), .call = call, .out = call_output(call)};
    int stopped = 0;
    demo.started_ms = now_ms();
    if (!open_state(&demo, err) || !step_images(&demo, err) || !step_registry(&demo, err) || !step_feeds(&demo, err) ||
        !read_config(&demo, err) || !step_server(&demo, err) || !step_sync(&demo, &stopped, err) ||
        (stopped == 0 && !step_delta(&demo, &stopped, err)))
        return -1;
    if (stopped != 0)
        return 0;
    if (!show_result(&demo, err))
        return -1;
    bool is_once = call_has_option(call, "once");
    if (!is_once)
        fprintf(demo.out, "\nCtrl-C stops everything. State: %s\n", demo.state);
    if (demo.delta != NULL)
        fprintf(demo.out, "%s\n", demo.delta);
    fflush(demo.out);
    if (is_once)
        return 0;
    daemon_wait(demo.daemon, -1);
    return 0;
}

const struct command command_demo = {
    .name = "demo",
    .arguments = "",
    .summary = "Show a real registry with real findings on this machine",
    .details =
        "Starts docker-registry on loopback, pushes Debian images to it, starts the server, connects the registry,\n"
        "imports, scans and prints a table. It stays until Ctrl-C, which stops everything that it started. With\n"
        "--registry it takes the newest tag of at most 50 repositories of your own registry instead; the password\n"
        "comes from a prompt, from TIDEWAITER_REGISTRY_PASSWORD or from Docker's config.json.\n\n"
        "\"make run\" calls this command after it has built the program and made the images.",
    .options = options,
    .run = run,
};
