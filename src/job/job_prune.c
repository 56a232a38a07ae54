/* SPDX-License-Identifier: Apache-2.0 */
/* Forgets what is kept for a time only, and has the present day counted. Each step is a use case of its own: doing it again changes nothing more. */
#include "job/kind.h"
#include "store/daily_counters.h"
#include "store/exports.h"
#include "store/import_jobs.h"
#include "store/integrations.h"
#include "store/projects.h"
#include "store/retention.h"
#include "store/running_images.h"
#include "store/scan_requests.h"

static bool run_prune(struct job_run *run, struct error *err)
{
    struct store *store = run->surroundings->store;
    bool is_new = false;
    return store_prune_jobs(store, err) && store_prune_sync_journals(store, err) && store_purge_projects(store, err) &&
           store_prune_import_jobs(store, err) && store_prune_running_images(store, err) &&
           store_prune_snapshots(store, err) && store_prune_events(store, err) && store_prune_dry_runs(store, err) &&
           store_prune_scan_requests(store, err) && store_prune_exports(store, err) &&
           store_queue_count(store, &is_new, err);
}

const struct job_kind job_prune = {"prune", run_prune, NULL};
