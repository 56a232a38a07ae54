/* SPDX-License-Identifier: Apache-2.0 */
/* One kind of job. A row in kinds.def and a file job_<name>.c make one. */
#ifndef JOB_KIND_H
#define JOB_KIND_H

#include "job/worker.h"

/* One job being run, in its own thread. */
struct job_run {
    const struct job_surroundings *surroundings;
    const struct job *job;
    struct arena *arena; /* of this run */
    const struct cancel *cancel; /* requested when the job should stop or its lease is lost */
};

struct job_kind {
    const char *name; /* as stored */

    /* Does the work. Safe to repeat from the start. An error whose cause may go away by itself (network, locks) is tried
       again later by the worker; others fail the job. */
    bool (*run)(struct job_run *run, struct error *err);

    /* The job failed for good: records that where people look. May be NULL. */
    void (*failed)(struct job_run *run, const struct error *why);
};

/* A text member of the job's payload, copied into the arena; empty if it is absent. And a number; 0 if absent. */
struct view job_parameter(const struct job_run *run, const char *name);
int64_t job_parameter_integer(const struct job_run *run, const char *name);

/* NULL if there is no such kind. */
const struct job_kind *job_kind_named(struct view name);

/* Whether trying again may help. */
bool job_may_retry(const struct error *err);

#endif
