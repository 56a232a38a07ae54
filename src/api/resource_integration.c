/* SPDX-License-Identifier: Apache-2.0 */
/* Connected registries. */
#include "api/api.h"
#include "api/integration_json.h"
#include "api/route.h"
#include "registry/adapter.h"
#include "store/places.h"
#include "store/projects.h"

/* The published shape has these members and no others. */
static void write_integration(
    const struct request *request, struct json_writer *writer, const struct integration *integration)
{
    jsonapi_begin_resource(writer, "integration", view_text(integration->uuid.text));
    json_pair(writer, "profile_name", integration->name);
    json_pair(writer, "integration_type", adapter_published(integration->type));
    json_pair_time(writer, "created_at", integration->created_ms);
    json_pair_boolean(writer, "has_broker", false);
    integration_write_relationships(request, writer);
}

void integration_write_relationships(const struct request *request, struct json_writer *writer)
{
    json_end_object(writer);
    json_key(writer, "relationships");
    json_begin_object(writer);
    json_key(writer, "org");
    json_begin_object(writer);
    json_key(writer, "data");
    json_begin_object(writer);
    json_pair_text(writer, "type", "org");
    json_pair(writer, "id", request_path_value(request, "org_id"));
    json_end_object(writer);
    json_end_object(writer);
    json_end_object(writer);
    json_end_object(writer);
}

static bool write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    const struct integration *row = PAGE_ROW(struct integration, rows, i);
    (void)err;
    write_integration(request, writer, row);
    return true;
}

bool route_integration_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct integration *items;
    struct page_rows rows = {PAGE_OF(struct integration, write_row)};
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_owned_integrations(request->api->store, request->arena, request->session.account.organization,
            &page, &request->session.owners, &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &page, &rows);
}

static void write_settings(
    const struct request *request, struct json_writer *writer, const struct integration *integration)
{
    const struct integration_settings *settings = &integration->settings;
    bool is_plain = integration->address.is_plain_http;
    json_pair(writer, "profile_name", integration->name);
    json_pair(writer, "integration_type", adapter_published(integration->type));
    json_pair(writer, "url", integration_address_format(request->arena, &integration->address));
    json_pair_time(writer, "created_at", integration->created_ms);
    json_pair_time(writer, "updated_at", integration->updated_ms);
    json_pair_boolean(writer, "has_broker", false);
    json_pair_text(writer, "tls_mode", is_plain ? "none" : integration_tls_mode(settings));
    json_pair_boolean(writer, "skip_tls_verify", settings->skips_tls);
    json_pair_or_null(writer, "ca_certificates", settings->authorities);
    json_pair_or_null(writer, "client_certificate", settings->certificate);
    json_pair_or_null(writer, "proxy", settings->proxy);
    json_pair_or_null(writer, "no_proxy", settings->proxy_exceptions);
    json_pair_lines(writer, "allowed_hosts", settings->allowed_hosts);
    json_pair_or_null(writer, "token_host", settings->token_host);
    json_pair_lines(writer, "include", settings->include);
    json_pair_lines(writer, "exclude", settings->exclude);
    json_pair_integer(writer, "max_age_days", settings->age_days_max);
    json_pair_integer(writer, "max_tags", settings->tags_max);
    json_pair_integer(writer, "max_repositories", settings->repositories_max);
    json_pair(writer, "scan_schedule",
        settings->scan_schedule.size > 0 ? settings->scan_schedule : view_text(SCAN_SCHEDULE_DEFAULT));
    json_pair_boolean(writer, "container_app_scan_enabled", !settings->extent.without_applications);
    json_pair_boolean(writer, "lock_files", settings->extent.with_lock_files);
    json_pair_time(writer, "next_scan_at", integration->next_scan_ms);
    json_pair_boolean(writer, "has_webhook", integration->has_hook);
    json_pair_integer(writer, "repositories", integration->repository_count);
    json_pair_integer(writer, "projects", integration->project_count);
    json_pair_time(writer, "last_sync_at", integration->last_sync_ms);
    json_pair_or_null(writer, "last_sync_status", integration->last_sync_state);
}

bool respond_integration(
    const struct request *request, struct response *response, const struct integration *integration, int status)
{
    struct error err;
    struct json_writer writer;
    struct integration_field *fields;
    size_t count;
    if (!store_list_integration_fields(request->api->store, request->arena, request->session.account.organization,
            integration->id, &fields, &count, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "integration", view_text(integration->uuid.text));
    write_settings(request, &writer, integration);
    json_key(&writer, "credentials");
    json_begin_object(&writer);
    for (size_t i = 0; i < count; i++) {
        json_key_view(&writer, fields[i].name);
        json_write(&writer, fields[i].is_secret ? view_text("***") : fields[i].value);
    }
    json_end_object(&writer);
    integration_write_relationships(request, &writer);
    (void)jsonapi_end(request, response, &writer);
    response->status = status;
    return true;
}

bool integration_of_path(const struct request *request, struct response *response, struct integration *integration)
{
    struct error err;
    return store_find_integration(request->api->store, request->arena, request->session.account.organization,
               request_path_value(request, "integration_id"), integration, &err) ||
           respond_failure(request, response, &err);
}

/* Somebody who is limited to teams is told of what these own. */
static bool count_owned(const struct request *request, struct response *response, struct integration *integration)
{
    struct error err;
    struct place_row *rows = NULL;
    size_t count = 0, total = 0;
    bool has_more = false;
    const struct owner_filter *owners = &request->session.owners;
    const struct place_query places = {.page.limit = 1, .integration = integration->uuid, .owners = *owners};
    const struct project_query projects = {.integration = integration->id, .owners = *owners};
    int64_t organization = request->session.account.organization;
    if (!owners->is_set)
        return true;
    if (!store_list_places(request->api->store, request->arena, organization, PLACE_REPOSITORY, &places, &rows, &count,
            &total, &has_more, &err) ||
        !store_count_matching_projects(request->api->store, organization, &projects, &integration->project_count, &err))
        return respond_failure(request, response, &err);
    integration->repository_count = (int64_t)total;
    return true;
}

bool route_integration_get(struct request *request, struct response *response)
{
    struct integration integration;
    return integration_of_path(request, response, &integration) && count_owned(request, response, &integration) &&
           respond_integration(request, response, &integration, 200);
}

static bool write_type(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)request;
    (void)rows;
    (void)err;
    const struct adapter_type *type = adapter_at(i);
    const struct credential_field *field;
    jsonapi_begin_resource(writer, "integration_type", adapter_published(view_text(type->name)));
    json_pair_text(writer, "title", type->title);
    json_key(writer, "credential_fields");
    json_begin_array(writer);
    for (size_t k = 0; (field = credential_field_at(view_text(type->name), k)) != NULL; k++) {
        json_begin_object(writer);
        json_pair_text(writer, "name", field->name);
        json_pair_text(writer, "kind", credential_kind_name(field->kind));
        json_pair_text(writer, "label", field->label);
        json_pair_text(writer, "help", field->help);
        json_pair_boolean(writer, "is_required", field->is_required);
        json_end_object(writer);
    }
    json_end_array(writer);
    jsonapi_end_resource(writer);
    return true;
}

/* The forms that an integration of each type has. */
bool route_integration_type_list(struct request *request, struct response *response)
{
    struct page_request page;
    struct page_rows rows = {.write = write_type};
    while (adapter_at(rows.count) != NULL)
        rows.count++;
    return page_read(request, response, &page) && respond_slice(request, response, &page, &rows);
}
