/* SPDX-License-Identifier: Apache-2.0 */
#include "api/request_queue.h"

#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct request_queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    pthread_t threads[REQUEST_QUEUE_THREADS_MAX];
    int thread_count;
    void (*run)(void *item);
    void **waiting; /* a ring */
    size_t waiting_max;
    size_t first;
    size_t count;
    bool is_stopping;
};

static void *take_item(struct request_queue *queue)
{
    void *item = NULL;
    pthread_mutex_lock(&queue->mutex);
    while (queue->count == 0 && !queue->is_stopping)
        pthread_cond_wait(&queue->changed, &queue->mutex);
    if (queue->count > 0) {
        item = queue->waiting[queue->first];
        queue->first = (queue->first + 1) % queue->waiting_max;
        queue->count--;
    }
    pthread_mutex_unlock(&queue->mutex);
    return item;
}

static void *work(void *context)
{
    struct request_queue *queue = context;
    for (void *item; (item = take_item(queue)) != NULL;)
        queue->run(item);
    return NULL;
}

bool request_queue_start(const struct request_queue_options *options, struct request_queue **queue, struct error *err)
{
    struct request_queue *made = memory_alloc(sizeof(*made));
    *made = (struct request_queue){.run = options->run, .waiting_max = options->waiting_max};
    made->waiting = memory_alloc(made->waiting_max * sizeof(*made->waiting));
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->changed, NULL);
    for (; made->thread_count < options->threads; made->thread_count++) {
        int reason = pthread_create(&made->threads[made->thread_count], NULL, work, made);
        if (reason != 0) {
            request_queue_stop(made);
            request_queue_free(made);
            return error_set_errno(err, reason, "could not start a thread");
        }
    }
    *queue = made;
    return true;
}

bool request_queue_add(struct request_queue *queue, void *item)
{
    pthread_mutex_lock(&queue->mutex);
    bool has_room = queue->count < queue->waiting_max && !queue->is_stopping;
    if (has_room)
        queue->waiting[(queue->first + queue->count++) % queue->waiting_max] = item;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->mutex);
    return has_room;
}

void request_queue_stop(struct request_queue *queue)
{
    if (queue == NULL)
        return;
    pthread_mutex_lock(&queue->mutex);
    queue->is_stopping = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->mutex);
    while (queue->thread_count > 0)
        pthread_join(queue->threads[--queue->thread_count], NULL);
}

void request_queue_free(struct request_queue *queue)
{
    if (queue == NULL)
        return;
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->mutex);
    free(queue->waiting);
    free(queue);
}
