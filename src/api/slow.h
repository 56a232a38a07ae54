/* SPDX-License-Identifier: Apache-2.0 */
/* Threads for requests that may take long because another machine is asked meanwhile (a connection test): the web server
   suspends their connections, so that they cost none of its own threads. The queue is bounded. */
#ifndef API_SLOW_H
#define API_SLOW_H

#include "base/error.h"

#define SLOW_THREADS 4
#define SLOW_WAITING_MAX 64

struct slow_pool;

/* `run` is called on one of the threads for every item that was added. */
bool slow_pool_start(void (*run)(void *item), struct slow_pool **pool, struct error *err) MUST_CHECK;

/* False if too many wait. */
bool slow_pool_add(struct slow_pool *pool, void *item);

/* Runs what waits, and ends the threads. NULL is fine. */
void slow_pool_stop(struct slow_pool *pool);

#endif
