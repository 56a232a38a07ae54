/* SPDX-License-Identifier: Apache-2.0 */
/* Sync runs: what they did and do, their journals, and how a person starts, stops or approves one. */
#include "api/api.h"
#include "api/body.h"
#include "api/integration_json.h"
#include "api/route.h"
#include "store/import_policies.h"

static void write_counts(struct json_writer *writer, const struct sync_run *run)
{
    json_pair(writer, "integration", run->integration_name);
    json_pair_text(writer, "integration_id", run->integration_uuid.text);
    json_pair(writer, "kind", run->kind);
    json_pair(writer, "status", run->state);
    json_pair(writer, "started_by", run->who);
    json_pair_time(writer, "started_at", run->started_ms);
    json_pair_time(writer, "finished_at", run->finished_ms);
    json_pair_integer(writer, "repositories", run->counts.repositories);
    json_pair_integer(writer, "repositories_done", run->counts.repositories_done);
    json_pair_integer(writer, "tags", run->counts.tags);
    json_pair_integer(writer, "images_imported", run->counts.images_new);
    json_pair_integer(writer, "images_unchanged", run->counts.images_unchanged);
    json_pair_integer(writer, "artifacts", run->counts.artifacts);
    json_pair_integer(writer, "errors", run->counts.errors);
    json_pair_or_null(writer, "error", run->error);
    json_pair_integer(writer, "changes", run->changes);
    json_pair_boolean(writer, "is_holding_deletions", run->is_holding);
    json_pair_integer(writer, "backlog", run->backlog);
}

/* When listing ends, if it goes on as until now: what is left by what was done. */
static int64_t estimate_ms(const struct sync_run *run, int64_t now_ms)
{
    int64_t done = run->counts.repositories_done, left = run->counts.repositories - done;
    int64_t passed_ms = now_ms - run->started_ms;
    return run->finished_ms != 0 || done <= 0 || left < 0 || passed_ms < 0 ? 0 : now_ms + passed_ms / done * left;
}

static bool write_progress(
    const struct request *request, struct json_writer *writer, const struct sync_run *run, struct error *err)
{
    struct sync_images images;
    struct view *notes;
    size_t count;
    int64_t organization = request->session.account.organization;
    if (!store_count_sync_images(request->api->store, organization, &run->uuid, &images, err) ||
        !store_list_sync_notes(request->api->store, request->arena, organization, run->id, &notes, &count, err))
        return false;
    json_pair_integer(writer, "images", images.total);
    json_pair_integer(writer, "images_scanned", images.scanned);
    json_pair_integer(writer, "images_failed", images.failed);
    json_pair_integer(writer, "bytes", images.layer_bytes);
    json_pair_time(writer, "estimated_listed_at", estimate_ms(run, request->now_ms));
    json_pair_integer(writer, "journal_size",
        run->journal_pruned_ms != 0       ? 0
        : run->changes > SYNC_CHANGES_MAX ? SYNC_CHANGES_MAX
                                          : run->changes);
    json_pair_time(writer, "journal_pruned_at", run->journal_pruned_ms);
    json_key(writer, "notes");
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++)
        json_write(writer, notes[i]);
    json_end_array(writer);
    return true;
}

/* The integration that a filter names; 0 without one. */
static bool read_integration(const struct request *request, struct response *response, int64_t *id)
{
    struct error err;
    struct integration integration;
    struct uuid uuid;
    struct view text = request_parameter(request, "integration_id");
    *id = 0;
    if (text.size == 0)
        return true;
    if (!uuid_parse(text, &uuid))
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "integration_id", "integration_id must be a UUID");
    if (!store_find_integration(
            request->api->store, request->arena, request->session.account.organization, text, &integration, &err))
        return respond_failure(request, response, &err);
    *id = integration.id;
    return true;
}

static bool write_run_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    const struct sync_run *row = PAGE_ROW(struct sync_run, rows, i);
    (void)request;
    (void)err;
    jsonapi_begin_resource(writer, "sync_run", view_text(row->uuid.text));
    write_counts(writer, row);
    jsonapi_end_resource(writer);
    return true;
}

bool route_sync_run_list(struct request *request, struct response *response)
{
    struct error err;
    struct sync_run *items;
    struct page_rows rows = {PAGE_OF(struct sync_run, write_run_row)};
    struct sync_run_query query = {.state = request_parameter(request, "status")};
    if (!page_read(request, response, &query.page) || !read_integration(request, response, &query.integration))
        return false;
    if (!store_list_sync_runs(request->api->store, request->arena, request->session.account.organization, &query,
            &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &query.page, &rows);
}

static struct uuid run_of_path(const struct request *request)
{
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, "sync_run_id"), &uuid); /* its form was checked with the path */
    return uuid;
}

static bool respond_run(const struct request *request, struct response *response, const struct uuid *uuid)
{
    struct error err;
    struct sync_run run;
    struct json_writer writer;
    if (!store_find_sync_run(
            request->api->store, request->arena, request->session.account.organization, uuid, &run, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "sync_run", view_text(run.uuid.text));
    write_counts(&writer, &run);
    if (!write_progress(request, &writer, &run, &err))
        return respond_failure(request, response, &err);
    jsonapi_end_resource(&writer);
    return jsonapi_end(request, response, &writer);
}

bool route_sync_run_get(struct request *request, struct response *response)
{
    struct uuid uuid = run_of_path(request);
    return respond_run(request, response, &uuid);
}

/* The run has no row before a worker begins it: until then its address says 404. */
bool route_sync_run_create(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "sync_run", .attributes = "integration_id"};
    AUTO_JSON *document = json_document_new();
    struct error err;
    struct uuid integration, job;
    struct json data;
    struct json_writer writer;
    if (!body_read(request, response, document, &shape, &data) ||
        !body_uuid(request, response, json_member(data, "attributes"), "integration_id", &integration))
        return false;
    if (!store_start_sync(request->api->store, request->session.account.organization, &integration,
            request->session.account.user_name, &job, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "sync_run", view_text(job.text));
    json_pair_text(&writer, "integration_id", integration.text);
    json_pair_text(&writer, "status", "queued");
    jsonapi_end_resource(&writer);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response_header(response, "Location", arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), job.text));
    response->wants_etag = false;
    response->status = 202;
    return true;
}

bool route_sync_run_approve(struct request *request, struct response *response)
{
    struct error err;
    struct sync_run run;
    struct uuid uuid = run_of_path(request);
    int64_t organization = request->session.account.organization;
    if (!store_find_sync_run(request->api->store, request->arena, organization, &uuid, &run, &err) ||
        !store_approve_deletions(request->api->store, organization, &uuid, request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    return respond_run(request, response, &uuid);
}

bool route_sync_run_cancel(struct request *request, struct response *response)
{
    struct error err;
    struct uuid uuid = run_of_path(request);
    if (!store_cancel_sync(request->api->store, request->session.account.organization, &uuid,
            request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    return respond_run(request, response, &uuid);
}

static void write_change(
    const struct request *request, struct json_writer *writer, const struct uuid *run, const struct sync_change *change)
{
    jsonapi_begin_resource(
        writer, "sync_change", arena_format(request->arena, "%s.%lld", run->text, (long long)change->id));
    json_pair(writer, "change", change->change);
    json_pair(writer, "repository", change->repository);
    json_pair(writer, "tag", change->tag);
    json_pair_or_null(writer, "digest", change->digest);
    json_pair_or_null(writer, "previous_digest", change->previous_digest);
    json_pair_or_null(writer, "reason", change->reason);
    json_pair_or_null(writer, "clock", change->clock);
    json_pair_time(writer, "at", change->at_ms);
    jsonapi_end_resource(writer);
}

static bool write_change_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)err;
    write_change(request, writer, rows->context, PAGE_ROW(struct sync_change, rows, i));
    return true;
}

bool route_sync_run_journal(struct request *request, struct response *response)
{
    struct error err;
    struct sync_change *items;
    struct uuid uuid = run_of_path(request);
    struct page_rows rows = {PAGE_OF(struct sync_change, write_change_row), .context = &uuid};
    struct sync_change_query query = {.run = &uuid, .change = request_parameter(request, "change")};
    if (!page_read(request, response, &query.page))
        return false;
    if (!store_list_sync_changes(request->api->store, request->arena, request->session.account.organization, &query,
            &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &query.page, &rows);
}
