/* SPDX-License-Identifier: Apache-2.0 */
/* Making, changing and removing integrations. Members that a PATCH does not have stay; null takes a setting back. */
#include "api/api.h"
#include "api/integration_json.h"
#include "api/route.h"
#include "registry/adapter.h"

struct change {
    struct integration_new given;
    struct integration_culprit culprit;
    struct field_change fields[CREDENTIAL_FIELDS_MAX];
    struct secret *owned[CREDENTIAL_FIELDS_MAX];
    size_t owned_count;
};

static void change_done(struct change *change)
{
    while (change->owned_count > 0)
        secret_free(change->owned[--change->owned_count]);
}

/* Always false: the member is not what it should be. */
static bool wrong(struct change *change, const char *member, const char *expected, struct error *err)
{
    change->culprit = (struct integration_culprit){.member = member};
    return error_set(err, ERROR_INVALID, "%s %s", member, expected);
}

/* The attributes of a body, and what they change. */
struct attributes {
    struct request *request;
    struct change *change;
    struct json object;
};

static bool read_text(struct attributes *attributes, const char *name, struct view *text, struct error *err)
{
    struct json member = json_member(attributes->object, name);
    enum json_type type = json_type(member);
    if (type == JSON_NULL)
        *text = view_text("");
    else if (type == JSON_STRING)
        *text = arena_copy(attributes->request->arena, json_string(member));
    return type == JSON_MISSING || type == JSON_NULL || type == JSON_STRING ||
           wrong(attributes->change, name, "is a text or null", err);
}

/* null leaves it as it was. */
static bool read_switch(struct attributes *attributes, const char *name, bool *is_on, struct error *err)
{
    struct json member = json_member(attributes->object, name);
    if (!json_is_present(member))
        return true;
    if (json_type(member) != JSON_BOOLEAN)
        return wrong(attributes->change, name, "is true or false", err);
    *is_on = json_boolean(member);
    return true;
}

static bool read_list(struct attributes *attributes, const char *name, struct view *list, struct error *err)
{
    struct json member = json_member(attributes->object, name);
    AUTO_BUFFER lines;
    buffer_init(&lines, INTEGRATION_LIST_BYTES_MAX + 1);
    if (json_type(member) == JSON_MISSING)
        return true;
    if (json_type(member) != JSON_ARRAY && json_type(member) != JSON_NULL)
        return wrong(attributes->change, name, "is a list of texts", err);
    for (struct json_iterator i = json_each(member); json_next(&i);) {
        struct view item = json_string(i.value);
        if (item.size == 0 || view_find(item, '\n') < item.size)
            return wrong(attributes->change, name, "is a list of texts of one line each", err);
        buffer_append_text(&lines, lines.size > 0 ? "\n" : "");
        buffer_append(&lines, item);
    }
    *list = arena_copy(attributes->request->arena, buffer_view(&lines));
    return buffer_check(&lines, name, err) || wrong(attributes->change, name, "is too long", err);
}

static bool read_cap(struct attributes *attributes, const char *name, int64_t *cap, struct error *err)
{
    struct json member = json_member(attributes->object, name);
    if (json_type(member) == JSON_NULL)
        *cap = 0;
    return !json_is_present(member) || json_integer(member, cap) || wrong(attributes->change, name, "is a number", err);
}

static bool read_credentials(struct attributes *attributes, struct error *err)
{
    struct change *change = attributes->change;
    struct json credentials = json_member(attributes->object, "credentials");
    if (json_is_present(credentials) && json_type(credentials) != JSON_OBJECT)
        return wrong(change, "credentials", "is an object", err);
    for (struct json_iterator i = json_each(credentials); json_next(&i);) {
        enum json_type type = json_type(i.value);
        struct view name = arena_copy(attributes->request->arena, i.key);
        if (change->given.field_count == CREDENTIAL_FIELDS_MAX)
            return wrong(change, "credentials", "has too many members", err);
        if (type != JSON_STRING && type != JSON_NULL && type != JSON_BOOLEAN) {
            (void)wrong(change, "credentials", "has texts, true, false and null as members", err);
            change->culprit.field = name;
            return false;
        }
        if (view_is(json_string(i.value), "***"))
            continue; /* as it was shown: unchanged */
        struct field_change *field = &change->fields[change->given.field_count++];
        field->name = name;
        field->value = NULL;
        if (type != JSON_NULL)
            field->value = change->owned[change->owned_count++] = secret_new(
                type == JSON_STRING ? json_string(i.value) : view_text(json_boolean(i.value) ? "true" : "false"));
    }
    return true;
}

static bool read_address(struct attributes *attributes, struct error *err)
{
    struct change *change = attributes->change;
    struct view url = view_text("");
    if (!read_text(attributes, "url", &url, err))
        return false;
    if (url.size == 0 || integration_address_parse(attributes->request->arena, url, &change->given.address, err))
        return true;
    change->culprit.member = "url";
    return false;
}

/* The published name of a type, or ours. */
static bool read_type(struct attributes *attributes, struct error *err)
{
    struct view *name = &attributes->change->given.type;
    if (!read_text(attributes, "integration_type", name, err))
        return false;
    const struct adapter_type *type = adapter_find_published(*name);
    if (type != NULL)
        *name = view_text(type->name);
    return true;
}

static bool read_attributes(struct attributes *attributes, struct error *err)
{
    struct integration_new *given = &attributes->change->given;
    struct integration_settings *settings = &given->settings;
    return read_switch(attributes, "skip_tls_verify", &settings->skips_tls, err) &&
           read_switch(attributes, "lock_files", &settings->extent.with_lock_files, err) &&
           read_text(attributes, "profile_name", &given->name, err) && read_type(attributes, err) &&
           read_address(attributes, err) && read_text(attributes, "ca_certificates", &settings->authorities, err) &&
           read_text(attributes, "client_certificate", &settings->certificate, err) &&
           read_text(attributes, "proxy", &settings->proxy, err) &&
           read_text(attributes, "no_proxy", &settings->proxy_exceptions, err) &&
           read_list(attributes, "allowed_hosts", &settings->allowed_hosts, err) &&
           read_text(attributes, "token_host", &settings->token_host, err) &&
           read_list(attributes, "include", &settings->include, err) &&
           read_list(attributes, "exclude", &settings->exclude, err) &&
           read_text(attributes, "scan_schedule", &settings->scan_schedule, err) &&
           read_cap(attributes, "max_age_days", &settings->age_days_max, err) &&
           read_cap(attributes, "max_tags", &settings->tags_max, err) &&
           read_cap(attributes, "max_repositories", &settings->repositories_max, err) &&
           read_credentials(attributes, err);
}

static bool read_body(struct request *request, struct change *change, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    change->given.fields = change->fields;
    change->given.keyring = request->api->keyring;
    change->given.who = request->session.account.user_name;
    change->given.culprit = &change->culprit;
    if (!json_parse(document, request->body, REQUEST_BODY_BYTES_MAX, "request body", &root, err))
        return false;
    struct json data = json_member(root, "data");
    if (!view_is(json_member_string(data, "type"), "integration"))
        return error_set(err, ERROR_INVALID, "/data/type is \"integration\"");
    struct attributes attributes = {request, change, json_member(data, "attributes")};
    if (json_type(attributes.object) != JSON_OBJECT)
        return error_set(err, ERROR_INVALID, "/data/attributes is missing");
    return read_attributes(&attributes, err);
}

/* What is wrong with the body is the caller's to mend. */
static bool refuse(
    const struct request *request, struct response *response, const struct change *change, const struct error *err)
{
    const struct integration_culprit *culprit = &change->culprit;
    if (err->code != ERROR_INVALID && err->code != ERROR_LIMIT && err->code != ERROR_REFUSED)
        return respond_failure(request, response, err);
    if (culprit->member == NULL)
        return respond_error(response, API_ERROR_INVALID_BODY, "%s", err->message);
    struct body_problem problem = {.detail = view_text(err->message)};
    problem.pointer = arena_format(request->arena, "/data/attributes/%s", culprit->member);
    if (culprit->field.size > 0)
        problem.pointer = arena_format(request->arena, "%.*s/%s", VIEW_PRINT(problem.pointer),
            json_pointer_escape(request->arena, culprit->field));
    return respond_body_problems(response, &problem, 1);
}

bool route_integration_create(struct request *request, struct response *response)
{
    CLEANUP(change_done) struct change change = {.owned_count = 0};
    struct integration made;
    struct error err;
    if (!read_body(request, &change, &err))
        return refuse(request, response, &change, &err);
    if (change.given.address.host.size == 0)
        return respond_body_problems(
            response, &(struct body_problem){view_text("/data/attributes/url"), view_text("url is missing")}, 1);
    if (!store_add_integration(
            request->api->store, request->arena, request->session.account.organization, &change.given, &made, &err))
        return refuse(request, response, &change, &err);
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
        return refuse(request, response, &change, &err);
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
