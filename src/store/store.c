/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include "base/fault.h"
#include "base/memory.h"
#include "store/counters.h"
#include "store/jobs.h"
#include "store/layer_records.h"
#include "store/list_cache.h"
#include "store/list_scan.h"
#include "store/migrations.h"
#include "store/transaction.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
    IDLE_READERS_MAX = 16,
    LONG_WRITE_MS = 50, /* after one that took so long, the next does not begin before all who wait had a chance */
    GIVE_WAY_MS = 5, /* longer than the interval in which other processes try again */
};

struct store {
    struct layer_cache cache; /* first: a cache is found back by its address */
    const struct backend *backend;
    char *place;
    char *folder; /* of the place */
    const struct clock *clock;
    pthread_mutex_t writer_lock; /* held during a write transaction */
    struct connection *writer;
    int64_t write_began_ms; /* monotonic, as the next; protected by writer_lock */
    atomic_llong next_write_ms; /* whoever does not wait for the lock yet begins no earlier */
    pthread_mutex_t readers_lock; /* protects the two members below */
    struct connection *idle_readers[IDLE_READERS_MAX];
    size_t idle_reader_count;
    struct list_cache *lists;
    pthread_mutex_t watcher_lock; /* held while the watcher is told */
    struct job_watcher *watcher;
};

int64_t store_now_ms(const struct store *store)
{
    return store->clock->wall_ms(store->clock);
}

static bool take_reader(struct store *store, struct connection **reader, struct error *err)
{
    pthread_mutex_lock(&store->readers_lock);
    *reader = store->idle_reader_count == 0 ? NULL : store->idle_readers[--store->idle_reader_count];
    pthread_mutex_unlock(&store->readers_lock);
    return *reader != NULL || store->backend->connect(store->place, false, reader, err);
}

static void give_reader(struct store *store, struct connection *reader)
{
    pthread_mutex_lock(&store->readers_lock);
    bool is_kept = store->idle_reader_count < IDLE_READERS_MAX;
    if (is_kept)
        store->idle_readers[store->idle_reader_count++] = reader;
    pthread_mutex_unlock(&store->readers_lock);
    if (!is_kept)
        store->backend->disconnect(reader);
}

bool transaction_read(struct store *store, struct transaction *transaction, struct error *err)
{
    struct connection *reader = NULL;
    if (!take_reader(store, &reader, err))
        return false;
    if (!store->backend->begin(reader, err)) {
        give_reader(store, reader);
        return false;
    }
    *transaction = (struct transaction){
        .store = store, .connection = reader, .now_ms = store_now_ms(store), .lists = store->lists};
    return true;
}

/* Neither the lock nor SQLite has a queue: who commits and begins again at once would keep all others out. */
static void give_way(struct store *store)
{
    int64_t wait_ms = atomic_load(&store->next_write_ms) - store->clock->monotonic_ms(store->clock);
    if (wait_ms > 0)
        nanosleep(&(struct timespec){.tv_nsec = (wait_ms < GIVE_WAY_MS ? wait_ms : GIVE_WAY_MS) * 1000000L}, NULL);
}

bool transaction_write(struct store *store, struct transaction *transaction, struct error *err)
{
    give_way(store);
    pthread_mutex_lock(&store->writer_lock);
    if (!store->backend->begin(store->writer, err)) {
        pthread_mutex_unlock(&store->writer_lock);
        return false;
    }
    store->write_began_ms = store->clock->monotonic_ms(store->clock);
    *transaction = (struct transaction){
        .store = store, .connection = store->writer, .now_ms = store_now_ms(store), .is_write = true};
    return true;
}

void store_watch_jobs(struct store *store, struct job_watcher *watcher)
{
    pthread_mutex_lock(&store->watcher_lock);
    store->watcher = watcher;
    pthread_mutex_unlock(&store->watcher_lock);
}

static void tell_watcher(struct store *store)
{
    pthread_mutex_lock(&store->watcher_lock);
    if (store->watcher != NULL)
        store->watcher->queued(store->watcher);
    pthread_mutex_unlock(&store->watcher_lock);
}

static void end_write(struct store *store)
{
    int64_t now_ms = store->clock->monotonic_ms(store->clock);
    if (now_ms - store->write_began_ms >= LONG_WRITE_MS)
        atomic_store(&store->next_write_ms, now_ms + GIVE_WAY_MS);
    pthread_mutex_unlock(&store->writer_lock);
}

bool transaction_end(struct transaction *transaction, bool is_done, struct error *err)
{
    struct store *store = transaction->store;
    if (is_done && transaction->is_write)
        fault_point(FAULT_STORE_BEFORE_COMMIT);
    bool is_committed = is_done && (!transaction->is_write || list_refresh(transaction, err)) &&
                        store->backend->commit(transaction->connection, err);
    if (!is_committed)
        store->backend->rollback(transaction->connection);
    if (transaction->is_write)
        end_write(store);
    else
        give_reader(store, transaction->connection);
    if (is_committed && transaction->has_queued)
        tell_watcher(store);
    return is_committed;
}

bool transaction_write_if_any(struct store *store, const char *sql,
    bool (*work)(struct transaction *transaction, size_t *count, struct error *err), size_t *count, struct error *err)
{
    struct transaction transaction;
    int64_t ignored = 0;
    bool found = false;
    *count = 0;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            LOOKUP(transaction.connection, &ignored, &found, err, sql, SQL_INTEGER(transaction.now_ms)), err))
        return false;
    return !found || (transaction_write(store, &transaction, err) &&
                         transaction_end(&transaction, work(&transaction, count, err), err));
}

/* 1 for "001_initial.sql". */
static int64_t migration_number(const struct embedded *migration)
{
    return strtol(migration->name, NULL, 10);
}

static bool apply_migrations(struct transaction *transaction, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct connection *connection = transaction->connection;
    int64_t applied = 0;
    bool found = false;
    if (!RUN(connection, err,
            "CREATE TABLE IF NOT EXISTS migrations (number {integer} NOT NULL PRIMARY KEY, name TEXT NOT NULL, "
            "applied_ms {integer} NOT NULL) {table}",
            SQL_NONE) ||
        !LOOKUP(connection, &applied, &found, err, "SELECT coalesce(max(number), 0) FROM migrations", SQL_NONE))
        return false;
    int64_t known = 0;
    for (const struct embedded *migration = migrations; migration->name != NULL; migration++)
        known = migration_number(migration);
    if (applied > known)
        return error_set(err, ERROR_UNSUPPORTED, "store \"%s\" was made by a newer tidewaiter: update this program",
            transaction->store->place);
    for (const struct embedded *migration = migrations; migration->name != NULL; migration++) {
        const char *sql = NULL;
        if (migration_number(migration) <= applied)
            continue;
        if (!sql_translate(connection->backend, arena, view_of(migration->bytes, migration->size), &sql, err) ||
            !connection->backend->script(connection, sql, err) ||
            !RUN(connection, err, "INSERT INTO migrations (number, name, applied_ms) VALUES ($1, $2, $3)",
                SQL_INTEGER(migration_number(migration)), SQL_WORD(migration->name), SQL_INTEGER(transaction->now_ms)))
            return error_wrap(err, "migration \"%s\"", migration->name);
    }
    return applied == known || counters_complete(transaction, err);
}

const char *store_folder(const struct store *store)
{
    return store->folder;
}

struct layer_cache *store_layer_cache(struct store *store)
{
    return &store->cache;
}

static char *folder_of(struct view place)
{
    struct view folder = place;
    while (folder.size > 0 && folder.data[folder.size - 1] != '/')
        folder.size--;
    if (folder.size == 0)
        folder = view_text(".");
    char *text = memory_alloc(folder.size + 1);
    memcpy(text, folder.data, folder.size);
    text[folder.size] = '\0';
    return text;
}

bool store_open(const struct store_options *options, struct store **result, struct error *err)
{
    const char *place = NULL;
    const struct backend *backend = backend_for(options->address, &place);
    if (backend == NULL)
        return error_set(
            err, ERROR_UNSUPPORTED, "store address \"%s\" names no backend that is built in", options->address);
    if (!backend->prepare(place, options->must_exist, err))
        return false;
    struct store *store = memory_alloc(sizeof(*store));
    *store =
        (struct store){.cache = {layer_records_get, layer_records_put}, .backend = backend, .clock = options->clock};
    pthread_mutex_init(&store->writer_lock, NULL);
    pthread_mutex_init(&store->readers_lock, NULL);
    pthread_mutex_init(&store->watcher_lock, NULL);
    store->place = memory_alloc(strlen(place) + 1);
    memcpy(store->place, place, strlen(place) + 1);
    store->folder = folder_of(view_text(place));
    store->lists = list_cache_new();
    struct transaction transaction;
    bool is_done = backend->connect(place, true, &store->writer, err) && transaction_write(store, &transaction, err) &&
                   transaction_end(&transaction, apply_migrations(&transaction, err), err);
    if (!is_done) {
        store_close(store);
        return false;
    }
    *result = store;
    return true;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    for (size_t i = 0; i < store->idle_reader_count; i++)
        store->backend->disconnect(store->idle_readers[i]);
    if (store->writer != NULL)
        store->backend->disconnect(store->writer);
    list_cache_free(store->lists);
    pthread_mutex_destroy(&store->writer_lock);
    pthread_mutex_destroy(&store->readers_lock);
    pthread_mutex_destroy(&store->watcher_lock);
    free(store->place);
    free(store->folder);
    free(store);
}
