/* SPDX-License-Identifier: Apache-2.0 */
#include "job/scan_job.h"

#include "base/fault.h"
#include "scan/applications.h"

void scan_job_done(struct scan_job *scan)
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

static bool begin(struct scan_job *scan, enum scan_step step, struct error *err)
{
    return scan->step == NULL || scan->step(scan, step, err);
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
    if (scan->failed++ == 0)
        scan->first_failure = *why;
    return store_commit_scan_failure(scan->run->surroundings->store, &failure, err);
}

static bool find_image(struct scan_job *scan, struct arena *arena, const struct image_choice *choice,
    struct scan_image *image, struct error *err)
{
    const struct job_surroundings *surroundings = scan->run->surroundings;
    const struct advisories *advisories = &scan->advisories;
    struct scan_context context = {
        .sandbox = surroundings->sandbox,
        .cache = store_layer_cache(surroundings->store),
        .cancel = scan->run->cancel,
        .spool_folder = store_folder(surroundings->store),
        .lock_files = scan->connection.integration.settings.extent.with_lock_files ? LOCK_FILES_YES : LOCK_FILES_NO,
    };
    return begin(scan, SCAN_STEP_ANALYZE, err) && scan_inventory(&context, scan->source, arena, choice, image, err) &&
           begin(scan, SCAN_STEP_MATCH, err) &&
           scan_match(advisories->lookup, advisories->feeds, advisories->feed_count, arena,
               store_now_ms(surroundings->store), image, err);
}

/* One platform. Failures that may pass are the job's failures; others are this platform's result. */
static bool scan_choice(struct scan_job *scan, const struct image_choice *choice, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct scan_image image;
    struct error why;
    const struct job_surroundings *surroundings = scan->run->surroundings;
    const struct advisories *advisories = &scan->advisories;
    bool is_found = find_image(scan, arena, choice, &image, &why);
    if (!is_found && job_may_retry(&why)) {
        *err = why;
        return false;
    }
    struct scan_extent extent = scan->connection.integration.settings.extent;
    if (!begin(scan, SCAN_STEP_COMMIT, err))
        return false;
    if (!is_found)
        return commit_failure(scan, choice, &why, err);
    struct scan_result result = {
        .task = &scan->task,
        .manifest = choice->manifest.digest,
        .platform = choice->platform,
        .image = &image,
        .generation = advisories->generation,
        .extent = extent,
    };
    if (extent.without_applications)
        scan_leave_out_applications(&image);
    fault_point(FAULT_SCAN_BEFORE_COMMIT);
    scan->scanned++;
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
    scan->image_count = count;
    scan->artifact_type = root.artifact_type;
    if (count == 0 && !begin(scan, SCAN_STEP_COMMIT, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!cancel_check(scan->run->cancel, err) || !scan_choice(scan, &choices[i], err))
            return false;
    }
    return store_finish_scan(scan->run->surroundings->store, &scan->task, missing, root.artifact_type, err);
}

bool scan_job_do(struct scan_job *scan, struct error *err)
{
    return open_source(scan, err) &&
           advisories_open(scan->run->surroundings, scan->run->arena, &scan->advisories, err) &&
           scan_manifest(scan, err);
}

bool scan_job_fail(struct scan_job *scan, const struct error *why, struct error *err)
{
    return commit_failure(scan, NULL, why, err) &&
           store_finish_scan(scan->run->surroundings->store, &scan->task, 0, view_text(""), err);
}
