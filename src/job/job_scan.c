/* SPDX-License-Identifier: Apache-2.0 */
/* One manifest or index of one repository: every runnable platform is inventoried, matched and committed by itself. */
#include "base/fault.h"
#include "base/log.h"
#include "job/advisories.h"
#include "job/connection.h"
#include "store/results.h"

struct scan_job {
    struct job_run *run;
    struct scan_task task;
    struct connection connection;
    struct blob_source *source;
    struct advisories advisories;
};

static void scan_job_done(struct scan_job *scan)
{
    blob_source_close(scan->source);
    connection_done(&scan->connection);
    advisories_done(&scan->advisories);
}

static bool open_source(struct scan_job *scan, struct error *err)
{
    struct reference reference = {.host = scan->connection.host, .digest = scan->task.digest};
    struct registry *registry = NULL;
    return adapter_locate(
               scan->connection.adapter, scan->task.repository_name, &registry, &reference.repository, err) &&
           registry_blob_source(registry, &reference, &scan->source, err);
}

static bool commit_failure(
    struct scan_job *scan, const struct image_choice *choice, const struct error *why, struct error *err)
{
    struct scan_failure failure = {
        .task = &scan->task,
        .manifest = choice == NULL ? scan->task.digest : choice->manifest.digest,
        .error = view_text(why->message),
    };
    if (choice != NULL)
        failure.platform = choice->platform;
    return store_commit_scan_failure(scan->run->surroundings->store, &failure, err);
}

/* One platform. Failures that may pass are the job's failures; others are this platform's result. */
static bool scan_choice(struct scan_job *scan, const struct image_choice *choice, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct scan_image image;
    struct error why;
    const struct job_surroundings *surroundings = scan->run->surroundings;
    const struct advisories *advisories = &scan->advisories;
    struct scan_context context = {
        surroundings->sandbox, store_layer_cache(surroundings->store), NULL, scan->run->cancel, LOCK_FILES_AUTO, 0};
    if (!scan_inventory(&context, scan->source, arena, choice, &image, &why) ||
        !scan_match(advisories->lookup, advisories->feeds, advisories->feed_count, arena,
            store_now_ms(surroundings->store), &image, &why)) {
        if (!job_may_retry(&why))
            return commit_failure(scan, choice, &why, err);
        *err = why;
        return false;
    }
    struct scan_result result = {
        .task = &scan->task,
        .manifest = choice->manifest.digest,
        .platform = choice->platform,
        .image = &image,
        .generation = advisories->generation,
    };
    fault_point(FAULT_SCAN_BEFORE_COMMIT);
    return store_commit_scan(surroundings->store, &result, err);
}

static bool scan_manifest(struct scan_job *scan, struct error *err)
{
    struct arena *arena = scan->run->arena;
    struct manifest root;
    struct image_choice *choices = NULL;
    size_t count = 0, missing = 0;
    if (!image_read_manifest(scan->source, arena, &scan->task.digest, &root, err))
        return false;
    /* An index of nothing but artifacts has no image: that is an answer, not a failure. */
    if (!image_choose(scan->source, arena, &root, NULL, &choices, &count, &missing, err) &&
        err->code != ERROR_UNSUPPORTED)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!cancel_check(scan->run->cancel, err) || !scan_choice(scan, &choices[i], err))
            return false;
    }
    return store_finish_scan(scan->run->surroundings->store, &scan->task, missing, root.artifact_type, err);
}

static bool run_scan(struct job_run *run, struct error *err)
{
    CLEANUP(scan_job_done) struct scan_job scan = {.run = run};
    struct store *store = run->surroundings->store;
    if (!store_find_scan_task(store, run->arena, run->job->organization, run->job->payload, &scan.task, err))
        return false;
    return connection_open(run, job_parameter(run, "integration"), &scan.connection, err) && open_source(&scan, err) &&
           advisories_open(run->surroundings, run->arena, &scan.advisories, err) && scan_manifest(&scan, err);
}

/* The last attempt failed: the rows that wait for this scan say why. */
static void scan_failed(struct job_run *run, const struct error *why)
{
    struct error err;
    struct scan_job scan = {.run = run};
    struct store *store = run->surroundings->store;
    if (!store_find_scan_task(store, run->arena, run->job->organization, run->job->payload, &scan.task, &err) ||
        !commit_failure(&scan, NULL, why, &err) || !store_finish_scan(store, &scan.task, 0, view_text(""), &err))
        LOG(LOG_ERROR, "could not record a failed scan", {"job", view_text(run->job->uuid.text)},
            {"error", view_text(err.message)});
}

const struct job_kind job_scan = {"scan", run_scan, scan_failed};
