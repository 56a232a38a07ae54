/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of one sync run share: listing and importing (job_sync.c), and the import policy (apply_policy.c). */
#ifndef JOB_SYNC_JOB_H
#define JOB_SYNC_JOB_H

#include "job/crawl.h"
#include "store/import_policies.h"

#include <pthread.h>

struct sync_job {
    struct crawl_visitor visitor;
    struct job_run *run;
    struct connection connection;
    struct scope scope;
    int64_t run_id;
    int64_t repositories_max; /* 0 = all */
    int64_t newest_tags; /* of each repository; 0 = all */
    bool is_scan; /* of the registry: every project's tag is looked up, see sync_scan_projects */
    bool is_of_projects; /* nothing is listed: the tags of due projects are looked up, or that of `project` */
    struct uuid project; /* that somebody asked for; empty = those that are due */
    bool is_limited; /* by number or age: what is listed is not everything */
    bool has_incomplete_listing; /* of the tags of a repository */
    bool has_policy; /* of the integration; it then chooses what is imported, after everything is listed */
    struct import_policy_row policy;
    int64_t imports_max; /* of this run; only with a policy */
    struct view first_error; /* to be shown with the run; empty = the first failure, if there is one */

    /* While lanes of the crawl count. */
    pthread_mutex_t mutex;
    struct sync_counts counts;
    int64_t expected; /* repositories that were there before: until all are found, the better guess */
    struct error first_failure; /* of the ones counted */
};

void sync_job_done(struct sync_job *sync);

/* Finds the integration and begins the run; `run_id` is 0 if an earlier attempt ended it, and its process died before the job was
   completed. */
bool sync_begin(struct sync_job *sync, struct error *err) MUST_CHECK;

/* Reads the integration's policy, if it has one, and checks that whom the run acts as may do so: it may have lost a right. */
bool sync_find_policy(struct sync_job *sync, struct error *err) MUST_CHECK;

/* The job failed: closes the run, so that people see why. */
void sync_run_failed(struct job_run *run, const struct error *why);

/* The integration's part of its registry; without `has_caps` its limits on age and number are left out. */
bool sync_open_scope(struct job_run *run, const struct integration *integration, bool has_caps, struct scope *scope,
    struct error *err) MUST_CHECK;

/* Whether the account may do what a sync does; `run_as` empty is the built-in one. ERROR_DENIED names what it lacks. */
bool sync_check_rights(
    const struct job_run *run, struct view run_as, bool deletes_images, struct error *err) MUST_CHECK;

/* What this run looks tags up as. */
enum look sync_look(const struct sync_job *sync);

/* Imports the tag; the scan that is queued fetches its manifest. */
bool sync_import_tag(
    struct sync_job *sync, struct view repository, const struct pending_import *pending, struct error *err) MUST_CHECK;

/* Something of this registry could not be read: counted, and the first one is kept for people. */
void sync_note_error(struct sync_job *sync, struct view what, const struct error *err);

/* Errors of one repository or tag do not end the run; those that would meet every other one as well do. */
bool sync_error_ends_run(const struct error *err);

/* Projects whose tag names another digest now than theirs are refreshed. After the listing of a registry scan these are also those
   that neither caps nor policy would choose, and those of repositories that were not listed; without a listing, those that are
   due or the one that somebody asked for. */
bool sync_scan_projects(struct sync_job *sync, struct error *err) MUST_CHECK;

/* Imports, refreshes, marks and deletes as the integration's policy says, from what was listed. Nothing is deleted unless
   `is_complete`: the whole registry was listed without an error. `*outcome` is for store_finish_sync. */
bool sync_apply_policy(
    struct sync_job *sync, bool is_complete, struct policy_outcome *outcome, struct error *err) MUST_CHECK;

#endif
