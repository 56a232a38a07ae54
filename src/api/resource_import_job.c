/* SPDX-License-Identifier: Apache-2.0 */
/* Import jobs: images that somebody asked for by name, with the result of each. */
#include "api/api.h"
#include "api/body.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "api/team_limit.h"
#include "store/import_jobs.h"
#include "store/integrations.h"

static void write_job(struct json_writer *writer, const struct import_job *job)
{
    json_pair_text(writer, "integration_id", job->integration_uuid.text);
    json_pair(writer, "integration", job->integration_name);
    json_pair(writer, "status", job->state);
    json_pair(writer, "started_by", job->who);
    json_pair_time(writer, "created_at", job->created_ms);
    json_pair_time(writer, "finished_at", job->finished_ms);
    json_pair_or_null(writer, "error", job->error);
    json_pair_integer(writer, "images_total", job->total);
    json_pair_integer(writer, "images_failed", job->failed);
}

static void write_item(struct json_writer *writer, const struct import_item *item)
{
    json_begin_object(writer);
    json_pair(writer, "name", item->name);
    json_pair(writer, "status", item->status);
    json_pair_or_null(writer, "message", item->message);
    json_pair_integer(writer, "imported", item->imported);
    json_pair_or_null(writer, "project_id", view_text(item->project.text));
    json_end_object(writer);
}

/* Images of other teams' repositories are neither shown nor counted. */
static void keep_owned(const struct request *request, struct import_job *job, struct import_item *items, size_t *count)
{
    size_t kept = 0;
    job->failed = 0;
    for (size_t i = 0; i < *count; i++) {
        if (!owner_filter_has(&request->session.owners, items[i].team))
            continue;
        job->failed += view_is(items[i].status, "failed");
        items[kept++] = items[i];
    }
    *count = kept;
    job->total = (int64_t)kept;
}

static bool respond_job(const struct request *request, struct response *response, const struct uuid *uuid, int status)
{
    struct error err;
    struct json_writer writer;
    struct import_job job;
    struct import_item *items;
    size_t count;
    int64_t organization = request->session.account.organization;
    if (!store_find_import_job(request->api->store, request->arena, organization, uuid, &job, &err) ||
        !store_list_import_items(request->api->store, request->arena, organization, uuid, &items, &count, &err))
        return respond_failure(request, response, &err);
    keep_owned(request, &job, items, &count);
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "import_job", view_text(uuid->text));
    write_job(&writer, &job);
    json_key(&writer, "images");
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++)
        write_item(&writer, &items[i]);
    json_end_array(&writer);
    jsonapi_end_resource(&writer);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = status;
    return true;
}

/* "images": a list of names, "repository:tag" or "repository". */
static bool read_names(
    const struct request *request, struct response *response, struct json attributes, struct import_job_new *given)
{
    struct json images = json_member(attributes, "images");
    struct view *names = ARENA_ARRAY(request->arena, struct view, IMPORT_JOB_ITEMS_MAX);
    given->names = names;
    for (struct json_iterator i = json_each(images); json_type(images) == JSON_ARRAY && json_next(&i);) {
        struct view name = json_string(i.value);
        if (given->count == IMPORT_JOB_ITEMS_MAX)
            return body_complain(response, "/data/attributes/images",
                arena_format(request->arena, "one import job takes at most %d images", IMPORT_JOB_ITEMS_MAX));
        if (name.size == 0 || name.size > IMPORT_JOB_NAME_BYTES_MAX)
            return body_complain(response,
                arena_format(request->arena, "/data/attributes/images/%zu", given->count).data,
                view_text("an image is named \"repository:tag\", or \"repository\" for all of its tags"));
        names[given->count++] = arena_copy(request->arena, name);
    }
    return given->count > 0 || body_complain(response, "/data/attributes/images",
                                   view_text("\"images\" must be a list of one name at least"));
}

static bool check_owners(const struct request *request, struct response *response, const struct import_job_new *given)
{
    struct error err;
    struct integration integration;
    struct view *repositories = ARENA_ARRAY(request->arena, struct view, given->count);
    if (!request->session.owners.is_set)
        return true;
    if (!store_find_integration(request->api->store, request->arena, request->session.account.organization,
            view_text(given->integration->text), &integration, &err))
        return respond_failure(request, response, &err);
    for (size_t i = 0; i < given->count; i++) {
        struct view tag;
        (void)import_name_split(integration.address.host, given->names[i], &repositories[i], &tag);
    }
    return team_limit_repositories(request, response, repositories, given->count);
}

bool route_import_job_create(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "import_job", .attributes = "images integration_id"};
    AUTO_JSON *document = json_document_new();
    struct error err;
    struct uuid integration, uuid;
    struct json data;
    struct import_job_new given = {
        .integration = &integration,
        .who = request->session.account.user_name,
        .importer = view_text(request->is_by_token ? "" : request->session.account.user_uuid.text),
    };
    if (!body_read(request, response, document, &shape, &data) ||
        !body_uuid(request, response, json_member(data, "attributes"), "integration_id", &integration) ||
        !read_names(request, response, json_member(data, "attributes"), &given) ||
        !check_owners(request, response, &given))
        return false;
    if (!store_new_import_job(request->api->store, request->session.account.organization, &given, &uuid, &err))
        return respond_failure(request, response, &err);
    if (!respond_job(request, response, &uuid, 201))
        return false;
    response_header(
        response, "Location", arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), uuid.text));
    response->wants_etag = false;
    return true;
}

bool route_import_job_get(struct request *request, struct response *response)
{
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, "import_job_id"), &uuid); /* its form was checked with the path */
    return respond_job(request, response, &uuid, 200);
}

static bool write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    const struct import_job *row = PAGE_ROW(struct import_job, rows, i);
    (void)request;
    (void)err;
    jsonapi_begin_resource(writer, "import_job", view_text(row->uuid.text));
    write_job(writer, row);
    jsonapi_end_resource(writer);
    return true;
}

bool route_import_job_list(struct request *request, struct response *response)
{
    struct error err;
    struct import_job_query query;
    struct import_job *items;
    struct page_rows rows = {PAGE_OF(struct import_job, write_row)};
    if (!page_read(request, response, &query.page) || !parameter_owner(request, response, &query.owners))
        return false;
    if (!store_list_import_jobs(request->api->store, request->arena, request->session.account.organization, &query,
            &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &query.page, &rows);
}
