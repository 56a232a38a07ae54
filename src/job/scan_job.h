/* SPDX-License-Identifier: Apache-2.0 */
/* One manifest or index of one repository, from the registry to stored results: every runnable platform is inventoried, matched
   and committed by itself. The work of the kinds "scan" and "scan_request". */
#ifndef JOB_SCAN_JOB_H
#define JOB_SCAN_JOB_H

#include "job/advisories.h"
#include "job/connection.h"
#include "store/results.h"

enum scan_step {
    SCAN_STEP_ANALYZE, /* of each platform: its layers are fetched and read */
    SCAN_STEP_MATCH, /* of each platform: its packages are compared with advisories */
    SCAN_STEP_COMMIT /* of each platform: its result, or why it has none, is stored; once if there is no image */
};

struct scan_job {
    struct job_run *run;
    struct scan_task task;
    struct connection connection; /* opened by the kind */
    struct blob_source *source;
    struct advisories advisories;

    /* Told before each step; false ends the job with the error that it sets. NULL: nobody wants to know. */
    bool (*step)(struct scan_job *scan, enum scan_step step, struct error *err);

    size_t image_count; /* platforms; 0 = it is not an image */
    struct view artifact_type; /* what it is then; may be empty */

    /* Of the platforms so far. */
    size_t scanned;
    size_t failed;
    struct error first_failure; /* if one failed */
};

/* Reads what `task` names over `connection`. Failures that may pass end it; others are their platform's result. */
bool scan_job_do(struct scan_job *scan, struct error *err) MUST_CHECK;

/* Stores that nothing could be read. */
bool scan_job_fail(struct scan_job *scan, const struct error *why, struct error *err) MUST_CHECK;

void scan_job_done(struct scan_job *scan);

#endif
