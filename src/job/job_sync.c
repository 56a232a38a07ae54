/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over a registry: its tags are observed and recorded (crawl.h), and what is new is imported. What is imported, the
   integration's import policy chooses once everything is listed; without one it is every tag, or the newest ones if the job
   says so. No manifest is fetched here: the scan needs it anyway, and tells what is not an image. */
#include "base/fault.h"
#include "base/log.h"
#include "job/crawl.h"
#include "job/review.h"
#include "job/sync_job.h"
#include "store/project_scans.h"

static void review_done(struct planner *planner)
{
    import_policy_release(&planner->policy);
}

void sync_job_done(struct sync_job *sync)
{
    scope_done(&sync->scope);
    connection_done(&sync->connection);
    pthread_mutex_destroy(&sync->mutex);
}

void sync_note_error(struct sync_job *sync, struct view what, const struct error *err)
{
    pthread_mutex_lock(&sync->mutex);
    sync->counts.errors++;
    if (sync->first_failure.code == ERROR_NONE) {
        sync->first_failure = *err;
        (void)error_wrap(&sync->first_failure, "%.*s", VIEW_PRINT(what));
    }
    pthread_mutex_unlock(&sync->mutex);
    LOG(LOG_WARNING, "could not read from registry", {"integration", sync->connection.integration.name}, {"what", what},
        {"error", view_text(err->message)});
}

bool sync_error_ends_run(const struct error *err)
{
    return crawl_ends_by(err);
}

static void count_import(struct sync_job *sync, enum import_result result)
{
    pthread_mutex_lock(&sync->mutex);
    switch (result) {
    case IMPORT_UNCHANGED:
        sync->counts.images_unchanged++;
        break;
    case IMPORT_KNOWN:
    case IMPORT_QUEUED:
        sync->counts.images_new++;
        break;
    case IMPORT_ARTIFACT:
        sync->counts.artifacts++;
        break;
    }
    pthread_mutex_unlock(&sync->mutex);
}

enum look sync_look(const struct sync_job *sync)
{
    if (sync->is_of_projects)
        return sync->project.text[0] != '\0' ? LOOK_PERSON : LOOK_SCHEDULE;
    return sync->is_scan ? LOOK_REGISTRY_SCAN : LOOK_SYNC;
}

bool sync_import_tag(
    struct sync_job *sync, struct view repository, const struct pending_import *pending, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    enum import_result result;
    struct import import = {
        .organization = sync->run->job->organization,
        .integration = sync->connection.integration.id,
        .run = sync->run_id,
        .repository = repository,
        .tag = pending->tag,
        .digest = pending->digest,
        .lane = sync->project.text[0] != '\0' ? JOB_LANE_NOW : JOB_LANE_BULK,
        .look = sync_look(sync),
        .reason = pending->reason,
        .clock = pending->clock,
    };
    if (!store_find_kind(sync->run->surroundings->store, arena, &import, err))
        return false;
    fault_point(FAULT_SYNC_BEFORE_ENQUEUE);
    if (!store_import(sync->run->surroundings->store, &import, &result, err))
        return false;
    count_import(sync, result);
    return true;
}

/* Those of the recorded tags that are not pending are unchanged. */
static bool import_pending(struct sync_job *sync, const struct crawled *crawled, struct error *err)
{
    struct pending_import *pending;
    size_t count;
    if (!store_pending_imports(sync->run->surroundings->store, crawled->arena, sync->run->job->organization,
            sync->connection.integration.id, crawled->repository, &pending, &count, err))
        return false;
    pthread_mutex_lock(&sync->mutex);
    sync->counts.images_unchanged += crawled->tag_count > count ? (int64_t)(crawled->tag_count - count) : 0;
    pthread_mutex_unlock(&sync->mutex);
    for (size_t i = 0; i < count; i++) {
        struct error why;
        if (!cancel_check(sync->run->cancel, err))
            return false;
        if (sync_import_tag(sync, crawled->repository, &pending[i], &why))
            continue;
        if (sync_error_ends_run(&why)) {
            *err = why;
            return error_wrap(err, "tag %.*s", VIEW_PRINT(pending[i].tag));
        }
        sync_note_error(sync,
            arena_format(crawled->arena, "%.*s:%.*s", VIEW_PRINT(crawled->repository), VIEW_PRINT(pending[i].tag)),
            &why);
    }
    return true;
}

static bool on_recorded(struct crawl_visitor *visitor, const struct crawled *crawled, struct error *err)
{
    struct sync_job *sync = (struct sync_job *)visitor;
    if (!sync->has_policy && !import_pending(sync, crawled, err))
        return false;
    pthread_mutex_lock(&sync->mutex);
    sync->has_incomplete_listing = sync->has_incomplete_listing || !crawled->is_complete;
    sync->counts.tags += (int64_t)crawled->tag_count;
    sync->counts.repositories_done++;
    struct sync_counts shown = sync->counts;
    pthread_mutex_unlock(&sync->mutex);
    if (shown.repositories < sync->expected)
        shown.repositories = sync->expected;
    return store_note_sync(sync->run->surroundings->store, sync->run->job->organization, sync->run_id, &shown, err);
}

static void on_unread(struct crawl_visitor *visitor, struct view repository, const struct error *why)
{
    sync_note_error((struct sync_job *)visitor, repository, why);
}

static void on_found(struct crawl_visitor *visitor)
{
    struct sync_job *sync = (struct sync_job *)visitor;
    pthread_mutex_lock(&sync->mutex);
    sync->counts.repositories++;
    pthread_mutex_unlock(&sync->mutex);
}

/* After the policy was applied: what is left to the next run, and, if nothing at all is selected, why. */
static bool review(struct sync_job *sync, bool is_complete, struct policy_outcome *outcome, struct error *err)
{
    CLEANUP(review_done) struct planner planner = {.store = NULL};
    struct job_run *run = sync->run;
    struct import_policy_row row;
    bool is_capped = sync->counts.images_new + sync->counts.artifacts >= sync->imports_max;
    if (!is_complete || (!sync->policy.is_first_run && !is_capped))
        return true;
    planner_init(&planner, run->surroundings->store, run->job->organization, sync->connection.integration.id, true);
    if (!store_find_import_policy(run->surroundings->store, run->arena, run->job->organization,
            &sync->connection.integration.uuid, &row, err))
        return err->code == ERROR_NOT_FOUND; /* it was deleted meanwhile */
    planner.baseline = (struct baseline_rule){row.baseline_run != 0, row.posted_ms};
    if (!import_policy_parse_text(run->arena, row.document, &planner.policy, err) ||
        !review_policy(&planner, sync->run_id, run->cancel, err))
        return false;
    outcome->backlog = review_backlog(&planner.totals, sync->counts.images_new + sync->counts.artifacts);
    return planner.totals.selected > 0 || planner.totals.processed == 0 ||
           store_note_sync_text(run->surroundings->store, run->job->organization, sync->run_id,
               plan_summary(run->arena, &planner.totals), err);
}

static bool list_and_sync(struct sync_job *sync, struct error *err)
{
    struct crawl_result result;
    const struct crawl_options options = {
        .run = sync->run,
        .run_id = sync->run_id,
        .connection = &sync->connection,
        .scope = &sync->scope,
        .repositories_max = sync->repositories_max,
        .newest_tags = sync->newest_tags,
        .keeps_projects = sync->is_scan,
        .visitor = &sync->visitor,
    };
    if (sync->repositories_max > 0 && sync->expected > sync->repositories_max)
        sync->expected = sync->repositories_max;
    if (!registry_ping(adapter_registry(sync->connection.adapter), err) || !crawl(&options, &result, err))
        return false;
    bool is_complete = result.is_complete && !sync->has_incomplete_listing && sync->counts.errors == 0;
    struct policy_outcome outcome;
    if (sync->has_policy &&
        (!sync_apply_policy(sync, is_complete, &outcome, err) || !review(sync, is_complete, &outcome, err)))
        return false;
    if (sync->is_scan && !sync_scan_projects(sync, err))
        return false;
    if (sync->first_error.size == 0 && sync->first_failure.code != ERROR_NONE)
        sync->first_error = view_text(sync->first_failure.message);
    if (!result.is_complete && sync->first_error.size == 0)
        sync->first_error = result.reason;
    const struct sync_end end = {
        .error = sync->first_error,
        .is_complete = result.is_complete && sync->counts.errors == 0,
        .is_whole = is_complete && !sync->is_limited,
        .policy = sync->has_policy ? &outcome : NULL,
    };
    fault_point(FAULT_SYNC_BEFORE_END);
    return store_finish_sync(
        sync->run->surroundings->store, sync->run->job->organization, sync->run_id, &sync->counts, &end, err);
}

/* Of two limits of which 0 is none. */
static int64_t tighter(int64_t a, int64_t b)
{
    return a == 0 || (b > 0 && b < a) ? b : a;
}

bool sync_open_scope(
    struct job_run *run, const struct integration *integration, bool has_caps, struct scope *scope, struct error *err)
{
    struct store *store = run->surroundings->store;
    struct view *others = NULL;
    size_t count = 0;
    if (!store_integration_paths(store, run->arena, run->job->organization, integration, &others, &count, err) ||
        !scope_open(integration, others, count, store_now_ms(store), scope, err))
        return false;
    if (!has_caps)
        scope->oldest_ms = scope->tags_max = scope->repositories_max = 0;
    return true;
}

bool sync_begin(struct sync_job *sync, struct error *err)
{
    struct job_run *run = sync->run;
    struct store *store = run->surroundings->store;
    struct view who = job_parameter(run, "who"), project = job_parameter(run, "project");
    struct integration integration;
    sync->is_of_projects = view_is(run->job->kind, PROJECT_SCAN);
    sync->is_scan = job_parameter_integer(run, "is_scan") != 0;
    if (project.size > 0 && !uuid_parse(project, &sync->project))
        return error_set(err, ERROR_INVALID, "the job does not name its project");
    bool is_found = sync->is_of_projects ? store_find_integration_uncounted(store, run->arena, run->job->organization,
                                               job_parameter(run, "integration"), &integration, err)
                                         : store_find_integration(store, run->arena, run->job->organization,
                                               job_parameter(run, "integration"), &integration, err);
    if (!is_found)
        return false;
    sync->expected = integration.repository_count;
    if (sync->is_of_projects)
        return store_begin_project_scan(
            store, run->job->organization, integration.id, who, &run->job->uuid, &sync->run_id, err);
    return store_begin_sync(store, run->job->organization, integration.id, who, &run->job->uuid, &sync->run_id, err) &&
           (!sync->is_scan || sync->run_id == 0 ||
               store_note_registry_scan(store, run->job->organization, sync->run_id, err));
}

/* A scan that nobody limits takes what is recent, not a registry's whole past. */
static void cap_scan(struct scope *scope, int64_t now_ms)
{
    if (scope->oldest_ms == 0)
        scope->oldest_ms = now_ms - SCAN_AGE_DAYS_DEFAULT * INT64_C(24) * 3600 * 1000;
    if (scope->tags_max == 0)
        scope->tags_max = SCAN_TAGS_DEFAULT;
    if (scope->repositories_max == 0)
        scope->repositories_max = SCAN_REPOSITORIES_DEFAULT;
}

bool sync_find_policy(struct sync_job *sync, struct error *err)
{
    AUTO_IMPORT_POLICY policy = {.selector = NULL};
    struct job_run *run = sync->run;
    sync->has_policy = store_find_import_policy(run->surroundings->store, run->arena, run->job->organization,
        &sync->connection.integration.uuid, &sync->policy, err);
    if (!sync->has_policy && err->code != ERROR_NOT_FOUND)
        return false;
    if (sync->has_policy && !import_policy_parse_text(run->arena, sync->policy.document, &policy, err))
        return false;
    return sync_check_rights(run, policy.run_as, !sync->is_of_projects && policy.delete_images, err);
}

/* The integration's own limits, and those of this run: the tighter ones count. With an import policy everything within the
   integration's paths and patterns is listed, and the policy alone chooses. */
static bool choose_limits(struct sync_job *sync, struct error *err)
{
    struct job_run *run = sync->run;
    if (!sync_open_scope(run, &sync->connection.integration, !sync->has_policy, &sync->scope, err))
        return false;
    if (sync->is_scan && !sync->has_policy)
        cap_scan(&sync->scope, store_now_ms(run->surroundings->store));
    sync->repositories_max = sync->has_policy ? 0 : tighter(sync->repositories_max, sync->scope.repositories_max);
    sync->newest_tags = sync->has_policy ? 0 : tighter(sync->newest_tags, sync->scope.tags_max);
    sync->is_limited = sync->repositories_max > 0 || sync->newest_tags > 0 || sync->scope.oldest_ms > 0;
    return true;
}

static bool run_sync(struct job_run *run, struct error *err)
{
    CLEANUP(sync_job_done)
    struct sync_job sync = {
        .visitor = {on_recorded, on_unread, on_found},
        .run = run,
        .mutex = PTHREAD_MUTEX_INITIALIZER,
        .repositories_max = job_parameter_integer(run, "repositories_max"),
        .newest_tags = job_parameter_integer(run, "newest_tags"),
    };
    if (!sync_begin(&sync, err))
        return false;
    return sync.run_id == 0 ||
           (connection_open(run, job_parameter(run, "integration"), &sync.connection, err) &&
               sync_find_policy(&sync, err) && choose_limits(&sync, err) && list_and_sync(&sync, err));
}

void sync_run_failed(struct job_run *run, const struct error *why)
{
    struct error err;
    struct sync_job sync = {.run = run};
    if (!sync_begin(&sync, &err) ||
        (sync.run_id != 0 && !store_finish_sync(run->surroundings->store, run->job->organization, sync.run_id,
                                 &sync.counts, &(struct sync_end){.error = view_text(why->message)}, &err)))
        LOG(LOG_ERROR, "could not record a failed sync", {"job", view_text(run->job->uuid.text)},
            {"error", view_text(err.message)});
}

const struct job_kind job_sync = {"sync", run_sync, sync_run_failed};
