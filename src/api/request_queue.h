/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that answer requests in the order in which they came, whichever connection they came by: the web server suspends the
   connections meanwhile. Without it the requests of two connections that one of its threads serves would wait for each other
   while another thread has nothing to do. The queue is bounded. */
#ifndef API_REQUEST_QUEUE_H
#define API_REQUEST_QUEUE_H

#include "base/error.h"

#define REQUEST_QUEUE_THREADS_MAX 64

struct request_queue;

struct request_queue_options {
    int threads; /* 1 … REQUEST_QUEUE_THREADS_MAX */
    size_t waiting_max; /* at least 1 */
    void (*run)(void *item); /* called on one of the threads for every item that was added */
};

bool request_queue_start(
    const struct request_queue_options *options, struct request_queue **queue, struct error *err) MUST_CHECK;

/* False if too many wait or the queue stops. */
bool request_queue_add(struct request_queue *queue, void *item);

/* Runs what waits, and ends the threads: nothing is taken any more. NULL is fine. */
void request_queue_stop(struct request_queue *queue);

/* After its end. NULL is fine. */
void request_queue_free(struct request_queue *queue);

#endif
