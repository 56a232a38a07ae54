/* SPDX-License-Identifier: Apache-2.0 */
/* POST …/integrations/{id}/test: asks the registry now, and tells what came of it. A failed test is an answer, not an
   error of the request. */
#include "api/api.h"
#include "api/integration_json.h"
#include "api/route.h"
#include "job/connection_check.h"
#include "store/audit.h"

static bool note_test(const struct request *request, const struct integration *integration,
    const struct connection_report *report, struct error *err)
{
    const struct audit_event event = {
        .actor = request->session.account.user_name,
        .action = view_text("integration.test"),
        .subject_type = view_text("integration"),
        .subject_id = view_text(integration->uuid.text),
        .subject_name = integration->name,
        .detail = view_text(report->is_good ? "ok" : connection_cause_code(report->cause)),
    };
    return store_note_audit_event(request->api->store, request->session.account.organization, &event, err);
}

bool route_integration_test(struct request *request, struct response *response)
{
    struct integration integration;
    struct connection_report report;
    struct error err;
    struct json_writer writer;
    struct uuid uuid;
    const struct api *api = request->api;
    if (!integration_of_path(request, response, &integration))
        return false;
    struct connection_setup setup = {.store = api->store,
        .keyring = api->keyring,
        .network_allow = api->network_allow,
        .network_allow_count = api->network_allow_count,
        .cancel = api->cancel,
        .tries_max = 1};
    connection_check(&setup, request->arena, request->session.account.organization, &integration,
        request->session.account.user_name, &report);
    if (!note_test(request, &integration, &report, &err))
        return respond_failure(request, response, &err);
    uuid_new(&uuid);
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "integration_test", view_text(uuid.text));
    json_pair_boolean(&writer, "ok", report.is_good);
    json_pair_text(&writer, "code", report.is_good ? "ok" : connection_cause_code(report.cause));
    json_pair_text(&writer, "step", connection_step_name(report.step));
    json_pair_or_null(&writer, "host", report.host);
    json_pair_or_null(&writer, "address", report.address);
    json_pair_or_null(&writer, "message", report.message);
    json_pair_or_null(&writer, "meaning", view_text(report.is_good ? "" : connection_cause_meaning(report.cause)));
    json_pair_or_null(&writer, "advice", view_text(report.is_good ? "" : connection_cause_advice(report.cause)));
    json_pair_integer(&writer, "clock_skew_ms", report.skew_ms);
    jsonapi_end_resource(&writer);
    return jsonapi_end(request, response, &writer);
}
