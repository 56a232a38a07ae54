/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/worker_task.h"

bool worker_task_resume(struct worker_task *task, struct error *err)
{
    const struct daemon_parts *parts = task->parts;
    task->surroundings = (struct job_surroundings){
        .store = parts->store,
        .sandbox = parts->sandbox,
        .keyring = parts->keyring,
        .uses_environment = task->uses_environment,
        .index_folder = parts->config->index,
        .demo_lookup = task->demo_lookup,
        .demo_feeds = task->demo_feeds,
        .demo_feed_count = task->demo_feed_count,
        .demo_generation = task->demo_generation,
        .network_allow = parts->config->network_allow,
        .network_allow_count = parts->config->network_allow_count,
        .registry_parallel = parts->config->registry_connections,
    };
    struct worker_options options = {
        .surroundings = &task->surroundings,
        .owner = view_text(task->owner),
        .count = task->count == 0 ? parts->config->workers : task->count,
    };
    task->is_paused = false;
    return worker_pool_start(&options, &task->pool, err);
}

static bool start(struct daemon_task *daemon_task, const struct daemon_parts *parts, struct error *err)
{
    struct worker_task *task = (struct worker_task *)daemon_task;
    task->parts = parts;
    return task->is_paused || worker_task_resume(task, err);
}

void worker_task_pause(struct worker_task *task)
{
    worker_pool_stop(task->pool);
    task->pool = NULL;
    task->is_paused = true;
}

static void stop(struct daemon_task *daemon_task)
{
    worker_task_pause((struct worker_task *)daemon_task);
}

void worker_task_init(struct worker_task *task, unsigned count)
{
    *task = (struct worker_task){.task = {"workers", start, stop}, .count = count, .owner = "server"};
}
