/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "cli/command.h"
#include "cli/sync_progress.h"
#include "daemon/data_dir.h"
#include "job/worker.h"
#include "store/accounts.h"
#include "store/integrations.h"

#include <stdlib.h>
#include <unistd.h>

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"detach", NULL, "only queue the run; a running server does it", false},
    {"newest", "N", "take only the newest N tags of each repository", false},
    {"repositories", "N", "take only the first N repositories", false},
    {"network-allow", "HOST", "addresses beyond the registry's own host that may be connected; loopback needs it",
        true},
    {"ca-file", "FILE", "certificates to trust beside the system's (PEM)", false},
    {"connections", "N", "requests to the registry at a time, at most 32 (default: 4)", false},
    {"workers", "N", "images scanned at a time (default: 2)", false},
    OPTIONS_END,
};

enum { WORKERS_DEFAULT = 2, CONNECTIONS_DEFAULT = 4, CONNECTIONS_MAX = 32, ALLOW_MAX = 64, INTEGRATIONS_MAX = 1000 };

struct sync_call {
    struct arena *arena;
    struct store *store;
    struct keyring *keyring;
    struct sandbox *sandbox;
    struct worker_pool *pool;
    struct account account;
    const char *directory;
    struct view allowed[ALLOW_MAX];
    size_t allowed_count;
};

static void sync_call_done(struct sync_call *sync)
{
    worker_pool_stop(sync->pool);
    sandbox_stop(sync->sandbox);
    store_close(sync->store);
    keyring_close(sync->keyring);
    arena_free(sync->arena);
}

static bool read_number(
    const struct command_call *call, const char *name, int64_t fallback, int64_t *number, struct error *err)
{
    *number = fallback;
    if (call_has_option(call, name) && (!view_to_integer(call_option(call, name), number) || *number < 1))
        return error_set(err, ERROR_USAGE, "--%s is a number from 1 on", name);
    return true;
}

static bool queue_sync(
    struct sync_call *sync, const struct command_call *call, const struct integration *integration, struct error *err)
{
    struct sync_order order = {
        .organization = sync->account.organization,
        .integration = &integration->uuid,
        .who = sync->account.user_name,
    };
    return read_number(call, "newest", 0, &order.newest_tags, err) &&
           read_number(call, "repositories", 0, &order.repositories_max, err) &&
           store_queue_sync(sync->store, &order, err);
}

static bool queue_all(struct sync_call *sync, const struct command_call *call, struct error *err)
{
    struct view name = call_argument(call, 0);
    struct integration one;
    if (name.size > 0)
        return store_find_integration(sync->store, sync->arena, sync->account.organization, name, &one, err) &&
               queue_sync(sync, call, &one, err);
    struct integration *all;
    size_t count;
    bool has_more;
    struct page_request page = {.limit = INTEGRATIONS_MAX};
    if (!store_list_integrations(
            sync->store, sync->arena, sync->account.organization, &page, &all, &count, &has_more, err))
        return false;
    if (count == 0)
        return error_set(err, ERROR_NOT_FOUND,
            "no registry is connected; try: tidewaiter integration add NAME --url https://registry.example.com");
    for (size_t i = 0; i < count; i++) {
        if (!queue_sync(sync, call, &all[i], err))
            return false;
    }
    return true;
}

static bool start_workers(struct sync_call *sync, const struct command_call *call, struct error *err)
{
    int64_t count;
    int64_t connections;
    if (!read_number(call, "workers", WORKERS_DEFAULT, &count, err) ||
        !read_number(call, "connections", CONNECTIONS_DEFAULT, &connections, err) ||
        !sandbox_start(SANDBOX_REQUIRED, &sync->sandbox, err))
        return false;
    while (sync->allowed_count < ALLOW_MAX &&
           call_option_at(call, "network-allow", (int)sync->allowed_count, &sync->allowed[sync->allowed_count])) {
        if (!outbound_check_entry(sync->allowed[sync->allowed_count], err))
            return false;
        sync->allowed_count++;
    }
    struct job_surroundings surroundings = {
        .store = sync->store,
        .sandbox = sync->sandbox,
        .keyring = sync->keyring,
        .index_folder = data_dir_index(sync->arena, sync->directory),
        .network_allow = sync->allowed,
        .network_allow_count = sync->allowed_count,
        .ca_file = call_option_text(call, "ca-file"),
        .registry_parallel = (unsigned)(connections > CONNECTIONS_MAX ? CONNECTIONS_MAX : connections),
    };
    struct uuid unique;
    uuid_new(&unique);
    struct worker_options workers = {
        .surroundings = &surroundings,
        .owner = arena_format(sync->arena, "sync-run %s", unique.text),
        .count = (unsigned)count,
    };
    return worker_pool_start(&workers, &sync->pool, err);
}

static int run(struct command_call *call, struct error *err)
{
    CLEANUP(sync_call_done) struct sync_call sync = {.arena = arena_new()};
    if (!data_dir_find(sync.arena, call_option_text(call, "data"), &sync.directory, err))
        return -1;
    struct store_options store_options = {data_dir_store(sync.arena, sync.directory), clock_system(), true};
    if (!store_open(&store_options, &sync.store, err) ||
        !store_ensure_admin(sync.store, sync.arena, &sync.account, err) ||
        !data_dir_open_keyring(sync.arena, sync.directory, sync.store, &sync.keyring, err) ||
        !queue_all(&sync, call, err))
        return -1;
    if (call_has_option(call, "detach")) {
        fprintf(call_output(call), "queued\n");
        return 0;
    }
    bool is_complete;
    if (!start_workers(&sync, call, err) ||
        !sync_wait(sync.store, sync.account.organization, isatty(STDERR_FILENO) == 1, err) ||
        !sync_print_runs(sync.store, sync.account.organization, call_output(call), &is_complete, err))
        return -1;
    return is_complete ? 0 : 2;
}

const struct command command_sync_run = {
    .name = "sync run",
    .arguments = "[INTEGRATION]",
    .summary = "Sync one connected registry, or all: list, import what is new, scan it",
    .details =
        "Runs in this process beside a server on the same folder, or alone. Credentials are those of the integration\n"
        "(\"tidewaiter integration edit\"); without any, the registry is asked anonymously. Exit status 0 if everything\n"
        "was read, 2 if something was not.",
    .options = options,
    .arguments_max = 1,
    .run = run,
};
