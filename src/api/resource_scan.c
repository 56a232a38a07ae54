/* SPDX-License-Identifier: Apache-2.0 */
/* POST …/integrations/{id}/scan: lists the registry again and looks every project's tag up. POST …/projects/{id}/scan: looks up that
   of the project. Both leave a sync run like others; callers that only see what is their team's learn from the project when its
   tag was looked up. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/project_scans.h"

struct queued_run {
    struct uuid run;
    const char *kind;
    const char *subject; /* member with the id of what is scanned */
    struct uuid subject_id;
};

static bool respond_queued(const struct request *request, struct response *response, const struct queued_run *queued)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "sync_run", view_text(queued->run.text));
    json_pair_text(&writer, queued->subject, queued->subject_id.text);
    json_pair_text(&writer, "kind", queued->kind);
    json_pair_text(&writer, "status", "queued");
    jsonapi_end_resource(&writer);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response_header(response, "Location",
        arena_format(request->arena, "/rest/orgs/%s/sync_runs/%s", request->session.account.organization_uuid.text,
            queued->run.text));
    response->wants_etag = false;
    response->status = 202;
    return true;
}

bool route_integration_scan(struct request *request, struct response *response)
{
    struct error err;
    struct queued_run queued = {.kind = "scan", .subject = "integration_id"};
    uuid_parse(
        request_path_value(request, "integration_id"), &queued.subject_id); /* its form was checked with the path */
    if (!store_start_registry_scan(request->api->store, request->session.account.organization, &queued.subject_id,
            request->session.account.user_name, &queued.run, &err))
        return respond_failure(request, response, &err);
    return respond_queued(request, response, &queued);
}

bool route_project_scan(struct request *request, struct response *response)
{
    struct error err;
    struct queued_run queued = {.kind = "projects", .subject = "project_id"};
    uuid_parse(request_path_value(request, "project_id"), &queued.subject_id); /* its form was checked with the path */
    if (!store_start_project_scan(request->api->store, request->session.account.organization, &queued.subject_id,
            request->session.account.user_name, &queued.run, &err))
        return respond_failure(request, response, &err);
    return respond_queued(request, response, &queued);
}
