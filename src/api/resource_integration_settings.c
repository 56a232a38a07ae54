/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of an integration in the published shape: whether packages of applications in its images are counted. The resource
   integrations has all other settings. */
#include "api/api.h"
#include "api/body.h"
#include "api/integration_json.h"
#include "api/route.h"

#define SWITCH "container_app_scan_enabled"

static bool respond_settings(
    const struct request *request, struct response *response, const struct integration *integration)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "integration_settings", view_text(integration->uuid.text));
    json_pair_boolean(&writer, SWITCH, !integration->settings.extent.without_applications);
    jsonapi_end_resource(&writer);
    return jsonapi_end(request, response, &writer);
}

bool route_integration_settings_get(struct request *request, struct response *response)
{
    struct page_request page; /* published, though there is one object */
    struct integration integration;
    return page_read(request, response, &page) && integration_of_path(request, response, &integration) &&
           respond_settings(request, response, &integration);
}

bool route_integration_settings_edit(struct request *request, struct response *response)
{
    static const struct body_shape shape = {
        .type = "integration_settings", .attributes = SWITCH, .id_name = "integration_id"};
    AUTO_JSON *document = json_document_new();
    struct integration before, edited;
    struct json attributes;
    struct error err;
    size_t dropped;
    if (!integration_of_path(request, response, &before) ||
        !body_attributes(request, response, document, &shape, &attributes))
        return false;
    struct integration_new change = {.name = before.name,
        .type = before.type,
        .address = before.address,
        .settings = before.settings,
        .keyring = request->api->keyring,
        .who = request->session.account.user_name};
    struct json wanted = json_member(attributes, SWITCH);
    if (json_type(wanted) != JSON_MISSING && json_type(wanted) != JSON_BOOLEAN)
        return body_complain(response, "/data/attributes/" SWITCH, view_text("\"" SWITCH "\" is true or false"));
    if (json_type(wanted) == JSON_BOOLEAN)
        change.settings.extent.without_applications = !json_boolean(wanted);
    if (!store_edit_integration(request->api->store, request->arena, request->session.account.organization,
            &before.uuid, &change, &edited, &dropped, &err))
        return respond_failure(request, response, &err);
    return respond_settings(request, response, &edited);
}
