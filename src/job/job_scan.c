/* SPDX-License-Identifier: Apache-2.0 */
/* What an import queued: a manifest or index of one repository. */
#include "base/log.h"
#include "job/scan_job.h"

static bool run_scan(struct job_run *run, struct error *err)
{
    CLEANUP(scan_job_done) struct scan_job scan = {.run = run};
    struct store *store = run->surroundings->store;
    return store_find_scan_task(store, run->arena, run->job->organization, run->job->payload, &scan.task, err) &&
           connection_open(run, job_parameter(run, "integration"), &scan.connection, err) && scan_job_do(&scan, err);
}

/* The last attempt failed: the rows that wait for this scan say why. */
static void scan_failed(struct job_run *run, const struct error *why)
{
    struct error err;
    struct scan_job scan = {.run = run};
    struct store *store = run->surroundings->store;
    if (!store_find_scan_task(store, run->arena, run->job->organization, run->job->payload, &scan.task, &err) ||
        !scan_job_fail(&scan, why, &err))
        LOG(LOG_ERROR, "could not record a failed scan", {"job", view_text(run->job->uuid.text)},
            {"error", view_text(err.message)});
}

const struct job_kind job_scan = {"scan", run_scan, scan_failed};
