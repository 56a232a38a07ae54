/* SPDX-License-Identifier: Apache-2.0 */
#include "job/kind.h"
#include "store/evaluations.h"
#include "store/import_policies.h"
#include "store/project_scans.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/memory.h"
#include "job/advisories.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    WORKERS_MAX = 64,
    LEASE_MS = 60 * 1000,
    EXTEND_EVERY_MS = 500, /* also how soon a request to stop arrives */
    POLL_MS = 500, /* other processes queue jobs without waking us, and some jobs wait for their time */
};

/* What the extending thread looks for as time goes by. */
enum look_for { LOOK_FOR_SYNCS, LOOK_FOR_SCANS, LOOK_FOR_PROJECTS, LOOK_FOR_PRUNE, LOOK_FOR_CLOCK, LOOK_FOR_COUNT };

struct worker {
    struct worker_pool *pool;
    const char *const *kinds; /* of jobs that it takes; NULL = all */
    pthread_t thread;
    /* Guarded by the pool's mutex: what the extending thread sees of the job at hand. */
    bool is_busy;
    struct job job;
    int64_t renewed_ms;
    struct cancel cancel;
};

/* Scan Now does not wait for an image of 10 GB to be read: one worker does nothing else. */
static const char *const urgent_kinds[] = {"scan_request", NULL};

struct worker_pool {
    struct job_watcher watcher; /* first: the pool is found back by its address */
    struct job_surroundings surroundings;
    char owner[128];
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* there may be a job */
    pthread_cond_t stopping; /* what the extending thread waits for */
    bool is_stopping;
    unsigned wakes; /* counts the reasons to look for jobs before the next poll */
    unsigned count;
    struct worker workers[WORKERS_MAX + 1]; /* the last one of them is for what people wait for */
    pthread_t extender;
    int64_t looked_ms[LOOK_FOR_COUNT]; /* used by the extending thread only */
};

static int64_t monotonic_ms(void)
{
    return clock_system()->monotonic_ms(clock_system());
}

/* Waits until woken or `wait_ms` have passed; the mutex is held. */
static void wait_for(struct worker_pool *pool, pthread_cond_t *condition, int64_t wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (wait_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(condition, &pool->mutex, &until);
}

/* The mutex is held. */
static void look_for_jobs(struct worker_pool *pool)
{
    pool->wakes++;
    pthread_cond_broadcast(&pool->changed);
}

static void wake_by_store(struct job_watcher *watcher)
{
    struct worker_pool *pool = (struct worker_pool *)watcher;
    pthread_mutex_lock(&pool->mutex);
    look_for_jobs(pool);
    pthread_mutex_unlock(&pool->mutex);
}

static void log_end(const char *message, enum log_level level, const struct job *job, const struct error *err)
{
    LOG(level, message, {"job", view_text(job->uuid.text)}, {"kind", job->kind},
        {"error", view_text(err == NULL ? "" : err->message)});
}

static bool is_stopping(struct worker_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    bool is_asked = pool->is_stopping;
    pthread_mutex_unlock(&pool->mutex);
    return is_asked;
}

/* What a failed job leaves for people to see is written before the job ends: killed in between, it is tried again and
   writes the same, while a job that has ended would leave rows that wait for it for ever. */
static void fail_job(struct job_run *run, const struct job_kind *kind, const struct error *why)
{
    struct error err;
    struct store *store = run->surroundings->store;
    bool is_final = false;
    bool is_last = kind != NULL && kind->failed != NULL && why->code != ERROR_CANCELLED &&
                   (!job_may_retry(why) || run->job->attempt >= JOB_ATTEMPTS_MAX);
    if (is_last)
        kind->failed(run, why);
    fault_point(FAULT_JOB_BEFORE_COMPLETE);
    if (!store_fail_job(store, run->job, view_text(why->message), job_may_retry(why), &is_final, &err)) {
        log_end("could not give job back", LOG_WARNING, run->job, &err);
        return;
    }
    log_end(is_final ? "job failed" : "job will be tried again", LOG_WARNING, run->job, why);
    if (is_final && !is_last && kind != NULL && kind->failed != NULL)
        kind->failed(run, why);
}

static void end_job(
    struct worker_pool *pool, struct job_run *run, const struct job_kind *kind, bool is_done, const struct error *why)
{
    struct error err;
    struct store *store = run->surroundings->store;
    if (!is_done && (!job_may_retry(why) || !is_stopping(pool))) {
        fail_job(run, kind, why);
        return;
    }
    fault_point(FAULT_JOB_BEFORE_COMPLETE);
    if (!(is_done ? store_complete_job(store, run->job, &err) : store_return_job(store, run->job, &err)))
        log_end(is_done ? "could not complete job" : "could not give job back", LOG_WARNING, run->job, &err);
}

static void run_job(struct worker *worker, struct arena *arena)
{
    struct error err;
    struct job_run run = {&worker->pool->surroundings, &worker->job, arena, &worker->cancel};
    const struct job_kind *kind = job_kind_named(worker->job.kind);
    fault_point(FAULT_JOB_AFTER_LEASE);
    bool is_done = kind == NULL ? error_set(&err, ERROR_UNSUPPORTED, "this program does not know jobs of kind \"%.*s\"",
                                      VIEW_PRINT(worker->job.kind))
                                : kind->run(&run, &err);
    end_job(worker->pool, &run, kind, is_done, &err);
}

/* Leases a job; false if there is none or the store failed (which the next poll tries again). */
static bool take_job(struct worker *worker, struct arena *arena)
{
    struct error err;
    struct job job;
    bool is_found = false;
    struct job_lease lease = {.owner = view_text(worker->pool->owner), .kinds = worker->kinds, .lease_ms = LEASE_MS};
    if (!store_lease_job(worker->pool->surroundings.store, arena, &lease, &is_found, &job, &err)) {
        LOG(LOG_WARNING, "could not look for jobs", {"error", view_text(err.message)});
        return false;
    }
    if (!is_found)
        return false;
    pthread_mutex_lock(&worker->pool->mutex);
    worker->job = job;
    worker->is_busy = true;
    worker->renewed_ms = monotonic_ms();
    atomic_store(&worker->cancel.is_requested, worker->pool->is_stopping);
    pthread_mutex_unlock(&worker->pool->mutex);
    return true;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct worker_pool *pool = worker->pool;
    pthread_mutex_lock(&pool->mutex);
    while (!pool->is_stopping) {
        unsigned wakes = pool->wakes;
        pthread_mutex_unlock(&pool->mutex);
        struct arena *arena = arena_new();
        bool is_taken = take_job(worker, arena);
        if (is_taken)
            run_job(worker, arena);
        pthread_mutex_lock(&pool->mutex);
        worker->is_busy = false;
        arena_free(arena);
        if (is_taken)
            look_for_jobs(pool); /* one that this end lets run */
        else if (!pool->is_stopping && wakes == pool->wakes)
            wait_for(pool, &pool->changed, POLL_MS);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

/* Renews one lease; the mutex is held on entry and exit, not during the store's work. */
static void renew(struct worker_pool *pool, struct worker *worker)
{
    struct error err;
    bool is_cancelled = false;
    struct job job = {.id = worker->job.id, .attempt = worker->job.attempt};
    worker->renewed_ms = monotonic_ms();
    pthread_mutex_unlock(&pool->mutex);
    bool is_ours =
        store_extend_job(pool->surroundings.store, &job, LEASE_MS, &is_cancelled, &err) || err.code != ERROR_CONFLICT;
    pthread_mutex_lock(&pool->mutex);
    bool is_same = worker->is_busy && worker->job.id == job.id && worker->job.attempt == job.attempt;
    if (is_same && (is_cancelled || !is_ours))
        cancel_request(&worker->cancel);
}

static bool look_for_syncs(struct store *store, struct error *err)
{
    size_t count = 0;
    return store_queue_due_syncs(store, &count, err);
}

static bool look_for_scans(struct store *store, struct error *err)
{
    size_t count = 0;
    return store_queue_due_scans(store, &count, err);
}

static bool look_for_projects(struct store *store, struct error *err)
{
    size_t count = 0;
    return store_queue_due_project_scans(store, &count, err);
}

static bool look_for_prune(struct store *store, struct error *err)
{
    bool is_new = false;
    return store_queue_prune(store, &is_new, err);
}

static bool look_at_clock(struct store *store, struct error *err)
{
    int64_t count = 0;
    return store_follow_clock(store, &count, err);
}

static const struct {
    int64_t every_ms; /* 0 = whenever leases are extended */
    const char *failure; /* what is logged */
    bool (*look)(struct store *store, struct error *err);
} looks[LOOK_FOR_COUNT] = {
    [LOOK_FOR_SYNCS] = {0, "could not look for due syncs", look_for_syncs},
    [LOOK_FOR_SCANS] = {0, "could not look for due registry scans", look_for_scans},
    [LOOK_FOR_PROJECTS] = {5 * 1000, "could not look for due projects", look_for_projects},
    [LOOK_FOR_PRUNE] = {60 * 1000, "could not look whether to prune", look_for_prune},
    [LOOK_FOR_CLOCK] = {5 * 1000, "could not look for ended acceptances", look_at_clock},
};

/* The mutex is held on entry and exit, not during the store's work. */
static void look_for(struct worker_pool *pool, enum look_for what)
{
    struct error err;
    int64_t now_ms = monotonic_ms();
    if (pool->looked_ms[what] != 0 && now_ms - pool->looked_ms[what] < looks[what].every_ms)
        return;
    pool->looked_ms[what] = now_ms;
    pthread_mutex_unlock(&pool->mutex);
    if (!looks[what].look(pool->surroundings.store, &err))
        LOG(LOG_WARNING, looks[what].failure, {"error", view_text(err.message)});
    pthread_mutex_lock(&pool->mutex);
}

static void *extend_leases(void *argument)
{
    struct worker_pool *pool = argument;
    pthread_mutex_lock(&pool->mutex);
    while (!pool->is_stopping) {
        for (unsigned i = 0; i < pool->count; i++) {
            if (pool->workers[i].is_busy && monotonic_ms() - pool->workers[i].renewed_ms >= EXTEND_EVERY_MS)
                renew(pool, &pool->workers[i]);
        }
        for (int what = 0; what < LOOK_FOR_COUNT; what++)
            look_for(pool, (enum look_for)what);
        if (!pool->is_stopping)
            wait_for(pool, &pool->stopping, EXTEND_EVERY_MS);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool worker_pool_start(const struct worker_options *options, struct worker_pool **pool, struct error *err)
{
    int64_t recovered = 0;
    if (options->count == 0 || options->count > WORKERS_MAX)
        return error_set(err, ERROR_USAGE, "%u workers, expected 1 to %d", options->count, WORKERS_MAX);
    if (!store_recover_jobs(options->surroundings->store, options->owner, &recovered, err) ||
        !advisories_announce(options->surroundings, err))
        return false;
    struct worker_pool *started = memory_alloc(sizeof(*started));
    *started = (struct worker_pool){
        .watcher = {wake_by_store}, .surroundings = *options->surroundings, .count = options->count + 1};
    started->workers[options->count].kinds = urgent_kinds;
    snprintf(started->owner, sizeof(started->owner), "%.*s", VIEW_PRINT(options->owner));
    pthread_mutex_init(&started->mutex, NULL);
    init_condition(&started->changed);
    init_condition(&started->stopping);
    for (unsigned i = 0; i < started->count; i++) {
        started->workers[i].pool = started;
        if (pthread_create(&started->workers[i].thread, NULL, work, &started->workers[i]) != 0)
            memory_exhausted(0);
    }
    if (pthread_create(&started->extender, NULL, extend_leases, started) != 0)
        memory_exhausted(0);
    store_watch_jobs(started->surroundings.store, &started->watcher);
    *pool = started;
    return true;
}

void worker_pool_stop(struct worker_pool *pool)
{
    if (pool == NULL)
        return;
    store_watch_jobs(pool->surroundings.store, NULL);
    pthread_mutex_lock(&pool->mutex);
    pool->is_stopping = true;
    for (unsigned i = 0; i < pool->count; i++)
        cancel_request(&pool->workers[i].cancel);
    pthread_cond_broadcast(&pool->changed);
    pthread_cond_broadcast(&pool->stopping);
    pthread_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->count; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_join(pool->extender, NULL);
    pthread_cond_destroy(&pool->changed);
    pthread_cond_destroy(&pool->stopping);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}
