/* SPDX-License-Identifier: Apache-2.0 */
/* Scan Now: one image that somebody waits for. The tag is resolved and its manifest scanned as an import would be, but nothing
   is imported before there is a result: a request that fails or is cancelled leaves no project behind. */
#include "base/json.h"
#include "base/log.h"
#include "job/scan_job.h"
#include "store/scan_requests.h"

/* Attempts of one request: who waits wants to know soon that a registry does not answer. */
enum { ATTEMPTS_MAX = 3 };

struct request_job {
    struct scan_job scan; /* first: steps are told with it */
    struct scan_request request;
    bool is_imported;
};

static void request_job_done(struct request_job *job)
{
    scan_job_done(&job->scan);
}

static struct store *store_of(const struct request_job *job)
{
    return job->scan.run->surroundings->store;
}

static bool find_request(struct job_run *run, struct scan_request *request, struct error *err)
{
    struct uuid uuid;
    if (!uuid_parse(job_parameter(run, "scan_request"), &uuid))
        return error_set(err, ERROR_INVALID, "the job does not name its scan request");
    return store_find_scan_request(run->surroundings->store, run->arena, run->job->organization, &uuid, request, err);
}

/* `is_being_scanned`: the result is at hand; else a scan job does what is missing. */
static bool import(struct request_job *job, bool is_being_scanned, struct error *err)
{
    enum import_result result;
    const struct import given = {
        .organization = job->scan.run->job->organization,
        .integration = job->request.integration,
        .repository = job->request.repository,
        .tag = scan_request_project_tag(&job->request),
        .digest = job->request.digest,
        .lane = is_being_scanned ? JOB_LANE_NOW : JOB_LANE_BULK,
        .is_being_scanned = is_being_scanned,
        .look = LOOK_SCAN_REQUEST,
        .is_manual = true,
        .importer = job->request.requester,
    };
    return store_import(store_of(job), &given, &result, err);
}

/* What the scan's results are stored under, which exists since the import. */
static bool find_task(struct request_job *job, struct error *err)
{
    struct job_run *run = job->scan.run;
    AUTO_BUFFER payload;
    struct json_writer writer;
    buffer_init(&payload, JOB_PAYLOAD_BYTES_MAX);
    json_writer_init(&writer, &payload);
    json_begin_object(&writer);
    json_pair_text(&writer, "integration", job->request.integration_uuid.text);
    json_pair(&writer, "repository", job->request.repository);
    json_pair(&writer, "digest", digest_view(&job->request.digest));
    json_end_object(&writer);
    return store_find_scan_task(
        store_of(job), run->arena, run->job->organization, buffer_view(&payload), &job->scan.task, err);
}

static bool commit(struct request_job *job, struct error *err)
{
    if (job->scan.image_count == 0)
        return error_set(err, ERROR_UNSUPPORTED, "this is not an image%s%.*s",
            job->scan.artifact_type.size > 0 ? ": " : "", VIEW_PRINT(job->scan.artifact_type));
    if (job->is_imported)
        return true;
    job->is_imported = import(job, true, err);
    return job->is_imported && find_task(job, err);
}

static bool on_step(struct scan_job *scan, enum scan_step step, struct error *err)
{
    struct request_job *job = (struct request_job *)scan;
    switch (step) {
    case SCAN_STEP_ANALYZE:
        return store_move_scan_request(store_of(job), &job->request, SCAN_REQUEST_ANALYZING, view_text(""), err);
    case SCAN_STEP_MATCH:
        return store_move_scan_request(store_of(job), &job->request, SCAN_REQUEST_MATCHING, view_text(""), err);
    case SCAN_STEP_COMMIT:
        return commit(job, err);
    }
    return false;
}

static bool resolve(struct request_job *job, bool *waits, struct error *err)
{
    struct registry *registry = NULL;
    struct view name;
    struct digest digest = job->request.digest;
    if (job->request.tag.size > 0 &&
        (!adapter_locate(job->scan.connection.adapter, job->request.repository, &registry, &name, err) ||
            !registry_resolve(registry, name, job->request.tag, &digest, err)))
        return false;
    job->request.digest = digest;
    return store_resolve_scan_request(store_of(job), &job->request, &digest, waits, err);
}

/* `*waits`: another request does it. */
static bool scan_or_import(struct request_job *job, bool *waits, struct error *err)
{
    struct job_run *run = job->scan.run;
    bool is_scanned = false;
    job->scan.step = on_step;
    *waits = false;
    if (!connection_open(run, view_text(job->request.integration_uuid.text), &job->scan.connection, err) ||
        !resolve(job, waits, err))
        return false;
    if (*waits)
        return true;
    job->scan.task = (struct scan_task){.organization = run->job->organization,
        .integration = job->request.integration,
        .repository_name = job->request.repository,
        .digest = job->request.digest};
    if (!store_is_scanned(store_of(job), run->job->organization, job->request.integration, job->request.repository,
            &job->request.digest, &is_scanned, err))
        return false;
    return is_scanned ? import(job, true, err) : scan_job_do(&job->scan, err);
}

/* The project is there, the result is not, or not all of it: bulk work fetches what is missing. */
static void leave_to_bulk_work(struct request_job *job)
{
    struct error err;
    if (job->is_imported && !import(job, false, &err))
        LOG(LOG_WARNING, "could not queue the rest of a scan request",
            {"scan_request", view_text(job->request.uuid.text)}, {"error", view_text(err.message)});
}

/* True ends the job: the request has an end of its own, or gets it here. */
static bool take_failure(struct request_job *job, const struct error *why, struct error *err)
{
    struct job_run *run = job->scan.run;
    struct scan_request now;
    *err = *why;
    if (!find_request(run, &now, err))
        return false;
    if (scan_request_state_is_final(now.state)) { /* cancelled meanwhile */
        leave_to_bulk_work(job);
        return true;
    }
    if (why->code == ERROR_CANCELLED) { /* the server stops */
        *err = *why;
        return false;
    }
    if (job_may_retry(why) && run->job->attempt < ATTEMPTS_MAX) {
        if (store_move_scan_request(store_of(job), &job->request, SCAN_REQUEST_QUEUED, view_text(why->message), err))
            *err = *why;
        return false;
    }
    leave_to_bulk_work(job);
    return store_end_scan_request(store_of(job), &job->request, SCAN_REQUEST_FAILED, view_text(why->message), err);
}

static bool run_scan_request(struct job_run *run, struct error *err)
{
    CLEANUP(request_job_done) struct request_job job = {.scan = {.run = run}};
    struct error why;
    bool waits;
    if (!find_request(run, &job.request, err))
        return false;
    if (scan_request_state_is_final(job.request.state))
        return true; /* an earlier attempt ended it, and its process died before the job was completed */
    if (!store_move_scan_request(store_of(&job), &job.request, SCAN_REQUEST_PULLING, view_text(""), &why) ||
        !scan_or_import(&job, &waits, &why))
        return take_failure(&job, &why, err);
    if (waits)
        return true;
    if (job.scan.failed > 0 && job.scan.scanned == 0)
        return store_end_scan_request(
            store_of(&job), &job.request, SCAN_REQUEST_FAILED, view_text(job.scan.first_failure.message), err);
    return store_end_scan_request(store_of(&job), &job.request, SCAN_REQUEST_DONE, view_text(""), err);
}

static void scan_request_failed(struct job_run *run, const struct error *why)
{
    struct error err;
    struct scan_request request;
    if (!find_request(run, &request, &err) ||
        (!scan_request_state_is_final(request.state) && !store_end_scan_request(run->surroundings->store, &request,
                                                            SCAN_REQUEST_FAILED, view_text(why->message), &err)))
        LOG(LOG_ERROR, "could not record a failed scan request", {"job", view_text(run->job->uuid.text)},
            {"error", view_text(err.message)});
}

const struct job_kind job_scan_request = {"scan_request", run_scan_request, scan_request_failed};
