/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand in the settings of an integration. */
#include "base/regex.h"
#include "http/outbound.h"
#include "image/reference.h"
#include "registry/adapter.h"
#include "store/integrations_internal.h"
#include "sync/schedule.h"

enum { CAP_MAX = 1000000 };

const char *integration_tls_mode(const struct integration_settings *settings)
{
    if (settings->skips_tls)
        return "skip";
    if (settings->authorities.size > 0)
        return settings->certificate.size > 0 ? "custom-ca client-certificate" : "custom-ca";
    return settings->certificate.size > 0 ? "client-certificate" : "verify";
}

static bool check_name(struct view name, struct error *err)
{
    if (name.size == 0 || name.size > INTEGRATION_NAME_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "the name of an integration has 1 to %d bytes, not %zu",
            INTEGRATION_NAME_BYTES_MAX, name.size);
    if (!view_is_utf8(name) || view_trim(name).size != name.size)
        return error_set(err, ERROR_INVALID, "the name of an integration is UTF-8 text without spaces at its ends");
    for (size_t i = 0; i < name.size; i++) {
        if ((unsigned char)name.data[i] < ' ' || name.data[i] == 0x7f || name.data[i] == '/')
            return error_set(err, ERROR_INVALID, "the name of an integration has no '/' and no control characters");
    }
    return true;
}

static bool check_list(
    struct view list, const char *what, bool (*check)(struct view item, struct error *err), struct error *err)
{
    size_t count = 0;
    if (list.size > INTEGRATION_LIST_BYTES_MAX)
        return error_set(
            err, ERROR_INVALID, "%s has %zu bytes, the limit is %u", what, list.size, INTEGRATION_LIST_BYTES_MAX);
    while (list.size > 0) {
        struct view item = view_cut(&list, '\n');
        if (++count > INTEGRATION_LIST_ITEMS_MAX)
            return error_set(err, ERROR_INVALID, "%s has more than %d items", what, INTEGRATION_LIST_ITEMS_MAX);
        if (!check(item, err))
            return error_wrap(err, "%s", what);
    }
    return true;
}

static bool check_pattern(struct view item, struct error *err)
{
    AUTO_REGEX *regex = NULL;
    return regex_compile(item, &regex, err);
}

static bool check_cap(int64_t value, const char *what, struct error *err)
{
    return (value >= 0 && value <= CAP_MAX) ||
           error_set(err, ERROR_INVALID, "%s is a number from 0 (none) to %d", what, CAP_MAX);
}

static const struct secret *given_field(const struct integration_new *given, const char *name)
{
    for (size_t i = 0; i < given->field_count; i++) {
        if (view_is(given->fields[i].name, name))
            return given->fields[i].value;
    }
    return NULL;
}

bool integration_blame(const struct integration_new *given, const char *member, struct view field)
{
    if (given->culprit != NULL)
        *given->culprit = (struct integration_culprit){member, field};
    return false;
}

static bool blame(const struct integration_new *given, const char *member)
{
    return integration_blame(given, member, view_text(""));
}

static bool check_tls(const struct integration_new *given, struct error *err)
{
    const struct integration_settings *settings = &given->settings;
    const char *first = settings->skips_tls              ? "skip_tls_verify"
                        : settings->authorities.size > 0 ? "ca_certificates"
                                                         : "client_certificate";
    bool has_any = settings->skips_tls || settings->authorities.size > 0 || settings->certificate.size > 0;
    if (given->address.is_plain_http && has_any) {
        error_set(err, ERROR_INVALID, "plain http has no certificates: the TLS settings have no meaning with it");
        return blame(given, first);
    }
    if (settings->skips_tls && settings->authorities.size > 0) {
        error_set(
            err, ERROR_INVALID, "either certificates are not verified, or those of an authority are trusted, not both");
        return blame(given, first);
    }
    return (settings->authorities.size == 0 || http_check_authorities(settings->authorities, err) ||
               blame(given, "ca_certificates")) &&
           (settings->certificate.size == 0 ||
               http_check_certificate(settings->certificate, given_field(given, "certificate_key"), err) ||
               blame(given, "client_certificate"));
}

static bool check_exceptions(struct view exceptions, struct error *err)
{
    return (exceptions.size <= INTEGRATION_LIST_BYTES_MAX && view_is_utf8(exceptions)) ||
           error_set(err, ERROR_INVALID, "the exceptions of the proxy are not a list of hosts");
}

static bool check_token_host(struct view host, struct error *err)
{
    return host.size == 0 || host_is_valid(host) ||
           error_set(err, ERROR_INVALID, "the host of the token service is written HOST or HOST:PORT, not \"%.*s\"",
               VIEW_PRINT(host));
}

static bool check_settings(const struct integration_new *given, struct error *err)
{
    const struct integration_settings *settings = &given->settings;
    return check_tls(given, err) &&
           (settings->proxy.size == 0 || http_check_proxy(settings->proxy, err) || blame(given, "proxy")) &&
           (check_exceptions(settings->proxy_exceptions, err) || blame(given, "no_proxy")) &&
           (check_token_host(settings->token_host, err) || blame(given, "token_host")) &&
           (check_list(settings->allowed_hosts, "the list of allowed hosts", outbound_check_entry, err) ||
               blame(given, "allowed_hosts")) &&
           (check_list(settings->include, "the list of included repositories", check_pattern, err) ||
               blame(given, "include")) &&
           (check_list(settings->exclude, "the list of excluded repositories", check_pattern, err) ||
               blame(given, "exclude")) &&
           (settings->scan_schedule.size == 0 || schedule_check(settings->scan_schedule, err) ||
               blame(given, "scan_schedule")) &&
           (check_cap(settings->age_days_max, "the greatest age of tags in days", err) ||
               blame(given, "max_age_days")) &&
           (check_cap(settings->tags_max, "the number of tags", err) || blame(given, "max_tags")) &&
           (check_cap(settings->repositories_max, "the number of repositories", err) ||
               blame(given, "max_repositories"));
}

static bool check_field(const struct integration_new *given, const struct field_change *change, struct error *err)
{
    const struct credential_field *field = credential_field_find(given->type, change->name);
    if (field == NULL) {
        error_set(err, ERROR_INVALID, "a registry of type \"%.*s\" has no field \"%.*s\"", VIEW_PRINT(given->type),
            VIEW_PRINT(change->name));
        return integration_blame(given, "credentials", change->name);
    }
    if (change->value != NULL && field->kind == CREDENTIAL_SECRET && given->keyring == NULL)
        return error_set(err, ERROR_INVALID, "field \"%s\" cannot be sealed: there is no keyring", field->name);
    return change->value == NULL || credential_value_check(field, secret_view(change->value), err) ||
           integration_blame(given, "credentials", change->name);
}

static bool check_fields(const struct integration_new *given, struct error *err)
{
    for (size_t i = 0; i < given->field_count; i++) {
        if (!check_field(given, &given->fields[i], err))
            return false;
    }
    return true;
}

bool integration_check(const struct integration_new *given, struct error *err)
{
    if (adapter_find(given->type) == NULL) {
        error_set(err, ERROR_INVALID, "there is no type of registry \"%.*s\"", VIEW_PRINT(given->type));
        return blame(given, "integration_type");
    }
    return (check_name(given->name, err) || blame(given, "profile_name")) && check_settings(given, err) &&
           check_fields(given, err);
}
