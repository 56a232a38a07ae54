/* SPDX-License-Identifier: Apache-2.0 */
/* The worker pool as a part of the server. */
#ifndef DAEMON_WORKER_TASK_H
#define DAEMON_WORKER_TASK_H

#include "daemon/daemon.h"
#include "job/worker.h"

struct worker_task {
    struct daemon_task task; /* first */
    bool is_paused; /* set before the daemon starts: workers begin with worker_task_resume */
    /* The demo's built-in advisories instead of an index; else NULL. */
    const struct lookup *demo_lookup;
    const struct feed_state *demo_feeds;
    size_t demo_feed_count;
    int64_t demo_generation;
    bool uses_environment; /* as in job_surroundings */
    /* its own */
    unsigned count;
    const char *owner;
    const struct daemon_parts *parts;
    struct job_surroundings surroundings;
    struct worker_pool *pool;
};

/* `count` threads; 0 = as many as the configuration says. The folder's lock makes this process the only server of its store,
   so its jobs are known again after a restart even where the host's name changes, as a container's does. */
void worker_task_init(struct worker_task *task, unsigned count);

/* Stops the workers until they are resumed; their jobs go back to the queue. */
void worker_task_pause(struct worker_task *task);

/* Starts paused workers. */
bool worker_task_resume(struct worker_task *task, struct error *err) MUST_CHECK;

#endif
