/* SPDX-License-Identifier: Apache-2.0 */
#include "api/slow.h"

#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct slow_pool {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t threads[SLOW_THREADS];
    size_t thread_count;
    void (*run)(void *item);
    void *waiting[SLOW_WAITING_MAX];
    size_t first;
    size_t count;
    bool is_stopping;
};

static void *take_item(struct slow_pool *pool)
{
    void *item = NULL;
    pthread_mutex_lock(&pool->mutex);
    while (pool->count == 0 && !pool->is_stopping)
        pthread_cond_wait(&pool->changed, &pool->mutex);
    if (pool->count > 0) {
        item = pool->waiting[pool->first];
        pool->first = (pool->first + 1) % SLOW_WAITING_MAX;
        pool->count--;
    }
    pthread_mutex_unlock(&pool->mutex);
    return item;
}

static void *work(void *context)
{
    struct slow_pool *pool = context;
    for (void *item; (item = take_item(pool)) != NULL;)
        pool->run(item);
    return NULL;
}

bool slow_pool_start(void (*run)(void *item), struct slow_pool **pool, struct error *err)
{
    struct slow_pool *made = memory_alloc(sizeof(*made));
    memset(made, 0, sizeof(*made));
    made->run = run;
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->changed, NULL);
    for (; made->thread_count < SLOW_THREADS; made->thread_count++) {
        int reason = pthread_create(&made->threads[made->thread_count], NULL, work, made);
        if (reason != 0) {
            slow_pool_stop(made);
            return error_set_errno(err, reason, "could not start a thread");
        }
    }
    *pool = made;
    return true;
}

bool slow_pool_add(struct slow_pool *pool, void *item)
{
    pthread_mutex_lock(&pool->mutex);
    bool has_room = pool->count < SLOW_WAITING_MAX && !pool->is_stopping;
    if (has_room)
        pool->waiting[(pool->first + pool->count++) % SLOW_WAITING_MAX] = item;
    pthread_cond_signal(&pool->changed);
    pthread_mutex_unlock(&pool->mutex);
    return has_room;
}

void slow_pool_stop(struct slow_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->mutex);
    pool->is_stopping = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->mutex);
    while (pool->thread_count > 0)
        pthread_join(pool->threads[--pool->thread_count], NULL);
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}
