/* SPDX-License-Identifier: Apache-2.0 */
/* Import policies and their dry runs: six published operations. */
#include "api/api.h"
#include "api/body.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "job/review.h"
#include "store/import_policies.h"
#include "store/service_accounts.h"

#define RESOURCE_TYPE "container_registry_import_policy"
#define POLICY_POINTER "/data/attributes/policy"

static struct uuid integration_of(const struct request *request)
{
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, "integration_id"), &uuid); /* its form was checked with the path */
    return uuid;
}

/* An integration that was removed, or whose registry is being synced away, has no policies either. */
static bool check_integration(struct request *request, struct response *response, struct integration *integration)
{
    struct error err;
    return store_find_integration(request->api->store, request->arena, request->session.account.organization,
               request_path_value(request, "integration_id"), integration, &err) ||
           respond_failure(request, response, &err);
}

/* The envelope of a document with one resource: gives `policy` of its attributes. Only PATCH may name an id. */
static bool read_envelope(struct request *request, struct response *response, struct json_document *document,
    bool is_patch, struct json *policy)
{
    struct error err;
    struct json root;
    if (!body_check_content_type(request, response))
        return false;
    if (!json_parse(document, request->body, REQUEST_BODY_BYTES_MAX, "request body", &root, &err))
        return respond_error(response, API_ERROR_INVALID_BODY, "%s", err.message);
    struct json data = json_member(root, "data");
    struct json attributes = json_member(data, "attributes");
    if (json_type(root) != JSON_OBJECT)
        return body_complain(response, "", view_text("the body must be an object"));
    if (is_patch && !body_check_members(request, response, root, "", "data"))
        return false;
    if (json_type(data) != JSON_OBJECT)
        return body_complain(response, "/data", view_text("\"data\" must be an object"));
    if (!body_check_members(request, response, data, "/data", is_patch ? "attributes id type" : "attributes type"))
        return false;
    if (!view_is(json_member_string(data, "type"), RESOURCE_TYPE))
        return body_complain(response, "/data/type", view_text("\"type\" must be \"" RESOURCE_TYPE "\""));
    struct json id = json_member(data, "id");
    if (json_type(id) != JSON_MISSING &&
        !view_equal_ignoring_case(json_string(id), request_path_value(request, "integration_id")))
        return body_complain(response, "/data/id", view_text("\"id\" must be that of the integration in the path"));
    if (json_type(attributes) != JSON_OBJECT)
        return body_complain(response, "/data/attributes", view_text("\"attributes\" must be an object"));
    if (!body_check_members(request, response, attributes, "/data/attributes", "policy"))
        return false;
    *policy = json_member(attributes, "policy");
    return json_type(*policy) == JSON_OBJECT ||
           body_complain(response, POLICY_POINTER, view_text("\"policy\" must be an object"));
}

static struct view format_policy(struct arena *arena, const struct import_policy *policy)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    buffer_init(&text, 4 * REQUEST_BODY_BYTES_MAX);
    json_writer_init(&writer, &text);
    import_policy_write(policy, &writer);
    return arena_copy(arena, buffer_view(&text));
}

static bool respond_policy(struct request *request, struct response *response, struct view document, int status)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, RESOURCE_TYPE, request_path_value(request, "integration_id"));
    json_key(&writer, "policy");
    json_write_raw(&writer, document);
    jsonapi_end_resource(&writer);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = status;
    if (request->method != METHOD_GET && request->method != METHOD_HEAD) {
        response->wants_etag = false;
        response_header(response, "Location", request->path);
    }
    return true;
}

/* By the last listing, if there was one: a policy that selects nothing says so at once. The published document has no place
   for it. */
static bool add_notice(struct request *request, struct response *response, const struct import_policy *policy,
    const struct integration *integration, struct error *err)
{
    struct planner planner;
    planner_init(&planner, request->api->store, request->session.account.organization, integration->id, true);
    planner.baseline = (struct baseline_rule){.posted_ms = planner.now_ms};
    planner.policy = *policy; /* borrowed: the caller releases it */
    if (!review_policy(&planner, 0, NULL, err))
        return false;
    if (planner.totals.processed > 0 && planner.totals.selected == 0)
        response_header(response, "Tidewaiter-Notice", plan_summary(request->arena, &planner.totals));
    return true;
}

static bool check_run_as(struct request *request, struct response *response, const struct import_policy *policy)
{
    struct error err;
    struct service_account account;
    if (policy->run_as.size == 0 || store_find_service_account(request->api->store, request->arena,
                                        request->session.account.organization, policy->run_as, &account, &err))
        return true;
    return err.code == ERROR_NOT_FOUND ? body_complain(response, POLICY_POINTER "/run_as", view_text(err.message))
                                       : respond_failure(request, response, &err);
}

static bool save(struct request *request, struct response *response, const struct import_policy *policy, int status)
{
    struct error err;
    struct integration found;
    struct uuid integration = integration_of(request);
    struct import_policy_save given = {
        .document = format_policy(request->arena, policy),
        .schedule_ms = policy->schedule_frequency_hours * 3600 * 1000,
        .is_replacement = status == 201,
        .who = request->session.account.user_name,
    };
    if (!check_integration(request, response, &found) || !check_run_as(request, response, policy))
        return false;
    if (!store_save_import_policy(
            request->api->store, request->session.account.organization, &integration, &given, &err) ||
        !add_notice(request, response, policy, &found, &err))
        return respond_failure(request, response, &err);
    return respond_policy(request, response, given.document, status);
}

bool route_import_policy_post(struct request *request, struct response *response)
{
    AUTO_JSON *document = json_document_new();
    AUTO_IMPORT_POLICY policy = {.selector = NULL};
    struct document_problems problems;
    struct integration integration;
    struct json given = {NULL, 0};
    if (!check_integration(request, response, &integration) ||
        !read_envelope(request, response, document, false, &given))
        return false;
    if (!import_policy_parse(request->arena, given, POLICY_POINTER, &policy, &problems))
        return body_respond_problems(request, response, &problems);
    return save(request, response, &policy, 201);
}

bool route_import_policy_get(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct import_policy_row row = {0};
    struct uuid integration = integration_of(request);
    if (!page_read(request, response, &page)) /* published for this operation, though it gives one resource */
        return false;
    if (!store_find_import_policy(
            request->api->store, request->arena, request->session.account.organization, &integration, &row, &err))
        return respond_failure(request, response, &err);
    return respond_policy(request, response, row.document, 200);
}

bool route_import_policy_patch(struct request *request, struct response *response)
{
    AUTO_JSON *document = json_document_new();
    AUTO_IMPORT_POLICY stored = {.selector = NULL};
    AUTO_IMPORT_POLICY policy = {.selector = NULL};
    struct document_problems problems;
    struct import_policy_row row = {0};
    struct error err;
    struct json given = {NULL, 0};
    struct uuid integration = integration_of(request);
    if (!store_find_import_policy(
            request->api->store, request->arena, request->session.account.organization, &integration, &row, &err) ||
        !import_policy_parse_text(request->arena, row.document, &stored, &err))
        return respond_failure(request, response, &err);
    if (!read_envelope(request, response, document, true, &given))
        return false;
    if (!import_policy_patch(request->arena, &stored, given, POLICY_POINTER, &policy, &problems))
        return body_respond_problems(request, response, &problems);
    return save(request, response, &policy, 200);
}

bool route_import_policy_delete(struct request *request, struct response *response)
{
    struct error err;
    struct uuid integration = integration_of(request);
    if (!store_delete_import_policy(request->api->store, request->session.account.organization, &integration,
            request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    return true;
}

bool route_dry_run_post(struct request *request, struct response *response)
{
    AUTO_JSON *document = json_document_new();
    AUTO_IMPORT_POLICY policy = {.selector = NULL};
    struct document_problems problems;
    struct integration integration;
    struct json_writer writer;
    struct error err;
    struct dry_run run = {0};
    struct json given = {NULL, 0};
    struct uuid uuid = integration_of(request);
    if (!check_integration(request, response, &integration) ||
        !read_envelope(request, response, document, false, &given))
        return false;
    if (!import_policy_parse(request->arena, given, POLICY_POINTER, &policy, &problems))
        return body_respond_problems(request, response, &problems);
    const struct dry_run_new new_run = {format_policy(request->arena, &policy), request->session.account.user_name};
    if (!store_new_dry_run(
            request->api->store, request->arena, request->session.account.organization, &uuid, &new_run, &run, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "dry_run_job", view_text(run.uuid.text));
    json_pair(&writer, "status", run.status);
    jsonapi_end_resource(&writer);
    if (!jsonapi_end(request, response, &writer))
        return false;
    struct view place = arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), run.uuid.text);
    response_header(response, "Location", place);
    response_header(response, "Content-Location", place);
    response->wants_etag = false;
    response->status = 202;
    return true;
}

/* About 1,500,000 images, each with its times and reasons. */
#define DRY_RUN_BYTES_MAX (256u * 1024 * 1024)

static bool write_result(
    struct request *request, struct json_writer *writer, const struct dry_run *run, struct error *err)
{
    static const char *const names[DRY_RUN_PART_COUNT] = {"images_to_import", "images_to_delete"};
    json_key(writer, "result");
    json_begin_object(writer);
    for (int part = 0; part < DRY_RUN_PART_COUNT; part++) {
        json_key(writer, names[part]);
        json_begin_array(writer);
        if (!store_write_dry_run_part(request->api->store, run->id, (enum dry_run_part)part, writer, err))
            return false;
        json_end_array(writer);
    }
    json_pair_integer(writer, "total_images_processed", run->total);
    json_pair(writer, "summary", run->summary);
    json_end_object(writer);
    return true;
}

bool route_dry_run_get(struct request *request, struct response *response)
{
    struct error err;
    struct dry_run run = {0};
    struct json_writer writer;
    struct uuid integration = integration_of(request), uuid = {0};
    uuid_parse(request_path_value(request, "job_id"), &uuid); /* its form was checked with the path */
    if (!store_find_dry_run(request->api->store, request->arena, request->session.account.organization, &integration,
            &uuid, &run, &err))
        return respond_failure(request, response, &err);
    response->body.size_max = DRY_RUN_BYTES_MAX;
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "dry_run_job", view_text(run.uuid.text));
    json_pair(&writer, "status", run.status);
    json_key(&writer, "policy");
    json_write_raw(&writer, run.document);
    if (run.started_ms != 0)
        json_pair_time(&writer, "started_at", run.started_ms);
    if (run.completed_ms != 0)
        json_pair_time(&writer, "completed_at", run.completed_ms);
    json_pair_optional(&writer, "error_message", run.error);
    if (view_is(run.status, "completed") && !write_result(request, &writer, &run, &err))
        return respond_failure(request, response, &err);
    jsonapi_end_resource(&writer);
    return jsonapi_end(request, response, &writer);
}
