/* SPDX-License-Identifier: Apache-2.0 */
/* Workers: threads that lease jobs from the store, run them and report the end. A job is idempotent; when a process dies,
   its jobs are taken up again and their effects are there exactly once. One thread extends the leases of all running jobs
   and passes on requests to stop. */
#ifndef JOB_WORKER_H
#define JOB_WORKER_H

#include "base/cancel.h"
#include "http/outbound.h"
#include "index/index.h"
#include "sandbox/sandbox.h"
#include "secret/keyring.h"
#include "store/jobs.h"

/* What jobs work with; shared by all workers, immutable while they run, but for the index. */
struct job_surroundings {
    struct store *store;
    struct sandbox *sandbox;
    const char *index_folder;
    const struct lookup *demo_lookup; /* the built-in set of the demo instead of an index; else NULL */
    const struct feed_state *demo_feeds; /* its state */
    size_t demo_feed_count;
    int64_t demo_generation; /* its number in the store */
    const struct view *network_allow; /* addresses beyond the integration's own that may be connected */
    size_t network_allow_count;
    const char *ca_file; /* NULL: the system's */
    unsigned registry_parallel; /* requests at a time to one registry; 0 = as usual */
    struct keyring *keyring; /* unseals credentials; NULL: nothing can be unsealed */
    bool uses_environment; /* integrations without stored credentials take the environment's or docker login's */
};

struct worker_pool;

struct worker_options {
    const struct job_surroundings *surroundings; /* borrowed */
    struct view owner; /* names this process among all that use the store, the same after a restart */
    unsigned count; /* threads, 1 … 64 */
};

/* The workers look for jobs as soon as this process queues one, and every half a second. */
bool worker_pool_start(const struct worker_options *options, struct worker_pool **pool, struct error *err) MUST_CHECK;

/* Asks running jobs to stop, gives them back to the queue, and waits. NULL is fine. */
void worker_pool_stop(struct worker_pool *pool);

#endif
