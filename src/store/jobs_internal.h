/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs that other use cases queue in their own transaction. For the files of this folder. */
#ifndef STORE_JOBS_INTERNAL_H
#define STORE_JOBS_INTERNAL_H

#include "store/jobs.h"
#include "store/transaction.h"

bool jobs_enqueue(struct transaction *transaction, const struct job_new *given, struct uuid *uuid, bool *is_new,
    struct error *err) MUST_CHECK;

/* A job about one row that others know by its id. */
struct job_about {
    int64_t organization;
    const char *kind;
    const char *member; /* of the payload, with the id */
    const struct uuid *uuid;
    struct view integration; /* in the payload too; empty: none */
    enum job_lane lane;
    bool is_repeatable; /* it may be queued again before it has finished */
};
bool jobs_enqueue_about(
    struct transaction *transaction, const struct job_about *about, struct uuid *uuid, struct error *err) MUST_CHECK;

/* As store_queue_sync; `*uuid` is the job's, or that of the unfinished one. */
bool jobs_enqueue_sync(
    struct transaction *transaction, const struct sync_order *order, struct uuid *uuid, struct error *err) MUST_CHECK;

/* Queues a "rematch", once, if a package or a vulnerability lags behind the current generation. */
#define JOB_REMATCH "rematch"
bool jobs_enqueue_rematch(struct transaction *transaction, struct error *err) MUST_CHECK;

/* As store_cancel_job. */
bool jobs_cancel(
    struct transaction *transaction, int64_t organization, const struct uuid *uuid, struct error *err) MUST_CHECK;

#endif
