/* SPDX-License-Identifier: Apache-2.0 */
/* The due projects of one registry, or the one project that somebody asked for: each tag is looked up, and what moved is
   refreshed. Nothing is listed, so that what is not due costs nothing; what is gone stays until a whole listing tells. */
#include "job/sync_job.h"
#include "store/project_scans.h"

static bool scan_and_end(struct sync_job *sync, struct error *err)
{
    struct job_run *run = sync->run;
    if (!registry_ping(adapter_registry(sync->connection.adapter), err) || !sync_scan_projects(sync, err))
        return false;
    const struct sync_end end = {
        .error = view_text(sync->first_failure.code == ERROR_NONE ? "" : sync->first_failure.message),
        .is_complete = sync->counts.errors == 0,
    };
    return store_finish_sync(run->surroundings->store, run->job->organization, sync->run_id, &sync->counts, &end, err);
}

static bool run_project_scan(struct job_run *run, struct error *err)
{
    CLEANUP(sync_job_done) struct sync_job sync = {.run = run, .mutex = PTHREAD_MUTEX_INITIALIZER};
    if (!sync_begin(&sync, err))
        return false;
    return sync.run_id == 0 || (connection_open(run, job_parameter(run, "integration"), &sync.connection, err) &&
                                   sync_find_policy(&sync, err) && scan_and_end(&sync, err));
}

const struct job_kind job_project_scan = {"project_scan", run_project_scan, sync_run_failed};
