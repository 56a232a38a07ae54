/* SPDX-License-Identifier: Apache-2.0 */
/* POST …/projects/{id}/scan: looks the project's tag up now. The run is a sync run like others; callers that only see what is
   their team's learn from the project when it was looked up. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/project_scans.h"

bool route_project_scan(struct request *request, struct response *response)
{
    struct error err;
    struct uuid project = {0}, run;
    struct json_writer writer;
    uuid_parse(request_path_value(request, "project_id"), &project); /* its form was checked with the path */
    if (!store_start_project_scan(request->api->store, request->session.account.organization, &project,
            request->session.account.user_name, &run, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "sync_run", view_text(run.text));
    json_pair_text(&writer, "project_id", project.text);
    json_pair_text(&writer, "kind", "projects");
    json_pair_text(&writer, "status", "queued");
    jsonapi_end_resource(&writer);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response_header(response, "Location",
        arena_format(
            request->arena, "/rest/orgs/%s/sync_runs/%s", request->session.account.organization_uuid.text, run.text));
    response->wants_etag = false;
    response->status = 202;
    return true;
}
