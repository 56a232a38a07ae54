/* SPDX-License-Identifier: Apache-2.0 */
/* What is to do: a queue with leases. A job is leased, done, and completed; a worker that dies lets its lease run out, and
   another takes the job. So a job may run twice and must be idempotent. Lease times go by the store's clock. */
#ifndef STORE_JOBS_H
#define STORE_JOBS_H

#include "base/uuid.h"
#include "store/store.h"

enum job_lane { JOB_LANE_NOW, JOB_LANE_NORMAL, JOB_LANE_BULK, JOB_LANE_COUNT }; /* lower ones are leased first */

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_CANCELLED, JOB_STATE_COUNT };
const char *job_state_name(enum job_state state); /* "queued" … */

#define JOB_PAYLOAD_BYTES_MAX (1u << 20)
#define JOB_ATTEMPTS_MAX 5
#define JOB_KEY_WAITING "~"

struct job {
    int64_t id;
    struct uuid uuid;
    int64_t organization; /* 0 = of the whole installation (feeds) */
    struct view kind; /* "scan" */
    struct view key;
    struct view payload; /* JSON */
    enum job_state state;
    int lane;
    int attempt; /* 1 at the first run; names the lease together with the id */
    int64_t created_ms;
    int64_t finished_ms;
    struct view error; /* of the last attempt */
    bool is_cancel_requested;
    struct view cursor;
};

struct job_new {
    int64_t organization;
    struct view kind;
    struct view
        key; /* a second unfinished job of this kind and key is not made; empty = no such rule. With JOB_KEY_WAITING in
                        front a job that runs does not count: it may have looked already */
    struct view payload;
    int lane;
    int64_t not_before_ms; /* 0 = at once */
};

/* `*is_new` is false if an unfinished one exists: it gets the more urgent of both lanes, and `*uuid` is its own. */
bool store_enqueue_job(
    struct store *store, const struct job_new *given, struct uuid *uuid, bool *is_new, struct error *err) MUST_CHECK;

/* A "sync" job of an integration; one that is unfinished serves. */
struct sync_order {
    int64_t organization;
    const struct uuid *integration;
    struct view who;
    int64_t newest_tags; /* of each repository; 0 = all */
    int64_t repositories_max; /* 0 = all */
    bool is_scan; /* a registry scan; ERROR_CONFLICT while any run is unfinished */
};
bool store_queue_sync(struct store *store, const struct sync_order *order, struct error *err) MUST_CHECK;

/* Is told of jobs that were queued in this process and may run at once: after their commit, on the thread that queued them, which
   may hold locks of its own but none of the store's. It must not use the store. */
struct job_watcher {
    void (*queued)(struct job_watcher *watcher);
};

/* One watcher at a time; NULL = none. When this returns, the old one is not called any more. */
void store_watch_jobs(struct store *store, struct job_watcher *watcher);

struct job_lease {
    struct view owner; /* names the process: the same after a restart, another for every process at one time */
    const char *const *kinds; /* ends with NULL: only these; NULL = all */
    int64_t lease_ms;
};

/* The most urgent job that may run now; `*found` is false if there is none. Jobs whose lease ran out come back first;
   those that had their JOB_ATTEMPTS_MAX attempts become failed. */
bool store_lease_job(struct store *store, struct arena *arena, const struct job_lease *lease, bool *found,
    struct job *job, struct error *err) MUST_CHECK;

/* Keeps the lease for `lease_ms` from now; `*is_cancelled` tells that the job should stop. This and the next two:
   ERROR_CONFLICT if the lease is lost, and the caller must drop its work. */
bool store_extend_job(
    struct store *store, const struct job *job, int64_t lease_ms, bool *is_cancelled, struct error *err) MUST_CHECK;
bool store_complete_job(struct store *store, const struct job *job, struct error *err) MUST_CHECK;

/* With `may_retry` and attempts left it is queued again after 1 s, 4 s, 16 s, 64 s; else it is failed, or cancelled if
   that was asked for. `*is_final` tells which. */
bool store_fail_job(struct store *store, const struct job *job, struct view error, bool may_retry, bool *is_final,
    struct error *err) MUST_CHECK;

/* The process stops in order: the job goes back to the queue at once, as if this attempt had not been. */
bool store_return_job(struct store *store, const struct job *job, struct error *err) MUST_CHECK;

/* At the start of a process: what its previous life held goes back to the queue at once, without counting the attempt. */
bool store_recover_jobs(struct store *store, struct view owner, int64_t *count, struct error *err) MUST_CHECK;

/* When the next queued job may run, so that a worker need not ask before; INT64_MAX if there is none. Leases that run out
   count as well. */
bool store_next_job_ms(struct store *store, int64_t *next_ms, struct error *err) MUST_CHECK;

/* A queued one is cancelled at once, a running one is asked to stop. ERROR_CONFLICT if it has ended. */
bool store_cancel_job(struct store *store, int64_t organization, const struct uuid *uuid, struct error *err) MUST_CHECK;

bool store_find_job(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct job *job, struct error *err) MUST_CHECK;

/* Newest first; `kind` empty = all; `states` is a set of 1 << JOB_…, 0 = all. */
bool store_list_jobs(struct store *store, struct arena *arena, int64_t organization, struct view kind, unsigned states,
    const struct page_request *page, struct job **items, size_t *count, bool *has_more, struct error *err) MUST_CHECK;

/* How many jobs of the organization (0 = of all) and of `kind` (empty = all) are in each state. */
bool store_count_jobs(struct store *store, int64_t organization, struct view kind, int64_t counts[JOB_STATE_COUNT],
    struct error *err) MUST_CHECK;

/* Forgets jobs that ended longer ago than this. */
#define JOB_KEPT_MS (INT64_C(7) * 24 * 3600 * 1000)
bool store_prune_jobs(struct store *store, struct error *err) MUST_CHECK;

/* Queues a "prune" of the whole installation, unless one was made within the last hour. */
bool store_queue_prune(struct store *store, bool *is_new, struct error *err) MUST_CHECK;

#endif
