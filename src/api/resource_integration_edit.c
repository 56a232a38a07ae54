/* SPDX-License-Identifier: Apache-2.0 */
/* Making, changing and removing integrations. Members that a PATCH does not have stay; null takes a setting back. */
#include "api/api.h"
#include "api/integration_json.h"
#include "api/route.h"

struct change {
    struct integration_new given;
    struct field_change fields[CREDENTIAL_FIELDS_MAX];
    struct secret *owned[CREDENTIAL_FIELDS_MAX];
    size_t owned_count;
};

static void change_done(struct change *change)
{
    while (change->owned_count > 0)
        secret_free(change->owned[--change->owned_count]);
}

static bool read_text(
    const struct request *request, struct json object, const char *name, struct view *text, struct error *err)
{
    struct json member = json_member(object, name);
    switch (json_type(member)) {
    case JSON_MISSING:
        return true;
    case JSON_NULL:
        *text = view_text("");
        return true;
    case JSON_STRING:
        *text = arena_copy(request->arena, json_string(member));
        return true;
    case JSON_BOOLEAN:
    case JSON_NUMBER:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return error_set(err, ERROR_INVALID, "/data/attributes/%s is a text or null", name);
}

static bool read_list(
    const struct request *request, struct json object, const char *name, struct view *list, struct error *err)
{
    struct json member = json_member(object, name);
    AUTO_BUFFER lines;
    buffer_init(&lines, INTEGRATION_LIST_BYTES_MAX + 1);
    if (json_type(member) == JSON_MISSING)
        return true;
    if (json_type(member) != JSON_ARRAY && json_type(member) != JSON_NULL)
        return error_set(err, ERROR_INVALID, "/data/attributes/%s is a list of texts", name);
    for (struct json_iterator i = json_each(member); json_next(&i);) {
        struct view item = json_string(i.value);
        if (item.size == 0 || view_find(item, '\n') < item.size)
            return error_set(err, ERROR_INVALID, "/data/attributes/%s is a list of texts of one line each", name);
        buffer_append_text(&lines, lines.size > 0 ? "\n" : "");
        buffer_append(&lines, item);
    }
    *list = arena_copy(request->arena, buffer_view(&lines));
    return buffer_check(&lines, name, err);
}

static bool read_cap(struct json object, const char *name, int64_t *cap, struct error *err)
{
    struct json member = json_member(object, name);
    if (json_type(member) == JSON_NULL)
        *cap = 0;
    return !json_is_present(member) || json_integer(member, cap) ||
           error_set(err, ERROR_INVALID, "/data/attributes/%s is a number", name);
}

static bool read_credentials(struct json object, struct request *request, struct change *change, struct error *err)
{
    struct json credentials = json_member(object, "credentials");
    if (json_is_present(credentials) && json_type(credentials) != JSON_OBJECT)
        return error_set(err, ERROR_INVALID, "/data/attributes/credentials is an object");
    for (struct json_iterator i = json_each(credentials); json_next(&i);) {
        enum json_type type = json_type(i.value);
        if (type != JSON_STRING && type != JSON_NULL && type != JSON_BOOLEAN)
            return error_set(
                err, ERROR_INVALID, "/data/attributes/credentials/%.*s is a text or null", VIEW_PRINT(i.key));
        if (change->given.field_count == CREDENTIAL_FIELDS_MAX)
            return error_set(
                err, ERROR_INVALID, "/data/attributes/credentials has more than %d members", CREDENTIAL_FIELDS_MAX);
        if (view_is(json_string(i.value), "***"))
            continue; /* as it was shown: unchanged */
        struct field_change *field = &change->fields[change->given.field_count++];
        field->name = arena_copy(request->arena, i.key);
        field->value = NULL;
        if (type != JSON_NULL)
            field->value = change->owned[change->owned_count++] = secret_new(
                type == JSON_STRING ? json_string(i.value) : view_text(json_boolean(i.value) ? "true" : "false"));
    }
    return true;
}

static bool read_address(
    const struct request *request, struct json object, struct integration_address *address, struct error *err)
{
    struct view url = view_text("");
    if (!read_text(request, object, "url", &url, err))
        return false;
    return url.size == 0 || integration_address_parse(request->arena, url, address, err) ||
           error_wrap(err, "/data/attributes/url");
}

static bool read_attributes(struct json object, struct request *request, struct change *change, struct error *err)
{
    struct integration_settings *settings = &change->given.settings;
    struct json skips = json_member(object, "skip_tls_verify");
    if (json_is_present(skips) && json_type(skips) != JSON_BOOLEAN)
        return error_set(err, ERROR_INVALID, "/data/attributes/skip_tls_verify is true or false");
    if (json_is_present(skips))
        settings->skips_tls = json_boolean(skips);
    return read_text(request, object, "profile_name", &change->given.name, err) &&
           read_text(request, object, "integration_type", &change->given.type, err) &&
           read_address(request, object, &change->given.address, err) &&
           read_text(request, object, "ca_certificates", &settings->authorities, err) &&
           read_text(request, object, "client_certificate", &settings->certificate, err) &&
           read_text(request, object, "proxy", &settings->proxy, err) &&
           read_text(request, object, "no_proxy", &settings->proxy_exceptions, err) &&
           read_list(request, object, "allowed_hosts", &settings->allowed_hosts, err) &&
           read_text(request, object, "token_host", &settings->token_host, err) &&
           read_list(request, object, "include", &settings->include, err) &&
           read_list(request, object, "exclude", &settings->exclude, err) &&
           read_cap(object, "max_age_days", &settings->age_days_max, err) &&
           read_cap(object, "max_tags", &settings->tags_max, err) &&
           read_cap(object, "max_repositories", &settings->repositories_max, err) &&
           read_credentials(object, request, change, err);
}

static bool read_body(struct request *request, struct change *change, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    change->given.fields = change->fields;
    change->given.keyring = request->api->keyring;
    change->given.who = request->session.account.user_name;
    if (!json_parse(document, request->body, REQUEST_BODY_BYTES_MAX, "request body", &root, err))
        return false;
    struct json data = json_member(root, "data");
    if (!view_is(json_member_string(data, "type"), "integration"))
        return error_set(err, ERROR_INVALID, "/data/type is \"integration\"");
    struct json attributes = json_member(data, "attributes");
    if (json_type(attributes) != JSON_OBJECT)
        return error_set(err, ERROR_INVALID, "/data/attributes is missing");
    return read_attributes(attributes, request, change, err);
}

/* What is wrong with the body is the caller's to mend. */
static bool refuse(const struct request *request, struct response *response, const struct error *err)
{
    if (err->code == ERROR_INVALID || err->code == ERROR_LIMIT || err->code == ERROR_REFUSED)
        return respond_error(response, API_ERROR_INVALID_BODY, "%s", err->message);
    return respond_failure(request, response, err);
}

bool route_integration_create(struct request *request, struct response *response)
{
    CLEANUP(change_done) struct change change = {.owned_count = 0};
    struct integration made;
    struct error err;
    if (!read_body(request, &change, &err))
        return refuse(request, response, &err);
    if (change.given.address.host.size == 0)
        return respond_error(response, API_ERROR_INVALID_BODY, "/data/attributes/url is missing");
    if (!store_add_integration(
            request->api->store, request->arena, request->session.account.organization, &change.given, &made, &err))
        return refuse(request, response, &err);
    struct view self = arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), made.uuid.text);
    response_header(response, "Location", self);
    return respond_integration(request, response, &made, 201);
}

bool route_integration_edit(struct request *request, struct response *response)
{
    CLEANUP(change_done) struct change change = {.owned_count = 0};
    struct integration before, edited;
    struct error err;
    size_t dropped;
    if (!integration_of_path(request, response, &before))
        return false;
    change.given.name = before.name;
    change.given.type = before.type;
    change.given.address = before.address;
    change.given.settings = before.settings;
    if (!read_body(request, &change, &err) ||
        !store_edit_integration(request->api->store, request->arena, request->session.account.organization,
            &before.uuid, &change.given, &edited, &dropped, &err))
        return refuse(request, response, &err);
    return respond_integration(request, response, &edited, 200);
}

bool route_integration_delete(struct request *request, struct response *response)
{
    struct integration integration, removed;
    struct error err;
    struct view projects = request_parameter(request, "projects");
    if (!view_is(projects, "keep") && !view_is(projects, "delete"))
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "projects", "say projects=keep or projects=delete");
    if (!integration_of_path(request, response, &integration))
        return false;
    struct integration_removal removal = {view_is(projects, "keep"), request->session.account.user_name};
    if (!store_remove_integration(request->api->store, request->arena, request->session.account.organization,
            &integration.uuid, &removal, &removed, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    response->content_type = NULL;
    return true;
}
