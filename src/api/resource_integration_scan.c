/* SPDX-License-Identifier: Apache-2.0 */
/* POST …/integrations/{id}/scan: lists the registry again and looks every project's tag up. The run is a sync run like others. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/registry_scans.h"

bool route_integration_scan(struct request *request, struct response *response)
{
    struct error err;
    struct uuid integration = {0}, run;
    struct json_writer writer;
    uuid_parse(request_path_value(request, "integration_id"), &integration); /* its form was checked with the path */
    if (!store_start_registry_scan(request->api->store, request->session.account.organization, &integration,
            request->session.account.user_name, &run, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "sync_run", view_text(run.text));
    json_pair_text(&writer, "integration_id", integration.text);
    json_pair_text(&writer, "kind", "scan");
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
