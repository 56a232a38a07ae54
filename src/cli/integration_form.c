/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/integration_form.h"

#include "base/file.h"
#include "base/text.h"
#include "cli/credential_helper.h"
#include "cli/prompt.h"
#include "registry/docker_config.h"
#include "stream/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void integration_form_done(struct integration_form *form)
{
    while (form->owned_count > 0)
        secret_free(form->owned[--form->owned_count]);
}

static struct secret *own(struct integration_form *form, struct secret *secret)
{
    form->owned[form->owned_count++] = secret;
    return secret;
}

/* Takes over the secret; NULL forgets the field. The last word about a field counts. */
static bool set_field(struct integration_form *form, struct view name, struct secret *value, struct error *err)
{
    if (form->given.field_count == FORM_SECRETS_MAX || form->owned_count == FORM_SECRETS_MAX) {
        secret_free(value);
        return error_set(err, ERROR_USAGE, "there are more than %d fields", FORM_SECRETS_MAX);
    }
    if (value != NULL)
        (void)own(form, value);
    for (size_t i = 0; i < form->given.field_count; i++) {
        if (view_equal(form->fields[i].name, name)) {
            form->fields[i].value = value;
            return true;
        }
    }
    form->fields[form->given.field_count++] = (struct field_change){name, value};
    return true;
}

static struct secret *wiped_secret(struct buffer *buffer)
{
    struct view text = buffer_view(buffer);
    while (text.size > 0 && (text.data[text.size - 1] == '\n' || text.data[text.size - 1] == '\r'))
        text.size--;
    struct secret *secret = secret_new(text);
    secret_wipe(buffer->data, buffer->size);
    return secret;
}

/* "-" and whole files: the last line's end is not part of a password. */
static bool read_secret_from(int descriptor, const char *what, struct secret **secret, struct error *err)
{
    AUTO_BUFFER content;
    buffer_init(&content, CREDENTIAL_SECRET_BYTES_MAX);
    buffer_reserve(&content, CREDENTIAL_SECRET_BYTES_MAX);
    AUTO_SOURCE *source = source_from_descriptor(descriptor, descriptor != STDIN_FILENO);
    bool is_read = source_read_all(source, &content, what, err);
    *secret = wiped_secret(&content);
    if (!is_read) {
        secret_free(*secret);
        *secret = NULL;
    }
    return is_read;
}

static bool read_secret_file(const char *path, struct secret **secret, struct error *err)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not open \"%s\"", path);
    return read_secret_from(descriptor, path, secret, err);
}

static bool split_pair(struct view pair, const char *option, struct view *name, struct view *value, struct error *err)
{
    *value = pair;
    *name = view_cut(value, '=');
    return name->size < pair.size ||
           error_set(err, ERROR_USAGE, "option \"--%s\" is written NAME=…, not \"%.*s\"", option, VIEW_PRINT(pair));
}

/* --field: a secret in an argument would be in the list of processes. */
static bool read_fields(struct command_call *call, struct integration_form *form, struct error *err)
{
    struct view pair, name, value;
    for (int i = 0; call_option_at(call, "field", i, &pair); i++) {
        if (!split_pair(pair, "field", &name, &value, err))
            return false;
        const struct credential_field *field = credential_field_find(form->given.type, name);
        if (field != NULL && field->kind == CREDENTIAL_SECRET)
            return error_set(err, ERROR_USAGE,
                "field \"%s\" is a secret, which other users could read in the list of processes: use --secret-file, "
                "--secret-stdin, --secret-env or the prompt",
                field->name);
        if (!set_field(form, name, secret_new(value), err))
            return false;
    }
    return true;
}

static bool read_secrets(
    struct command_call *call, struct arena *arena, struct integration_form *form, struct error *err)
{
    struct view pair, name, value;
    struct secret *secret = NULL;
    for (int i = 0; call_option_at(call, "secret-file", i, &pair); i++) {
        if (!split_pair(pair, "secret-file", &name, &value, err) ||
            !read_secret_file(arena_text(arena, value), &secret, err) || !set_field(form, name, secret, err))
            return false;
    }
    for (int i = 0; call_option_at(call, "secret-env", i, &pair); i++) {
        if (!split_pair(pair, "secret-env", &name, &value, err))
            return false;
        const char *text = getenv(arena_text(arena, value));
        if (text == NULL)
            return error_set(err, ERROR_USAGE, "the environment has no variable \"%.*s\"", VIEW_PRINT(value));
        if (!set_field(form, name, secret_new(view_text(text)), err))
            return false;
    }
    if (call_has_option(call, "client-key") && (!read_secret_file(call_option_text(call, "client-key"), &secret, err) ||
                                                   !set_field(form, view_text("certificate_key"), secret, err)))
        return false;
    return !call_has_option(call, "secret-stdin") ||
           (read_secret_from(STDIN_FILENO, "standard input", &secret, err) &&
               set_field(form, call_option(call, "secret-stdin"), secret, err));
}

static bool take_login(struct command_call *call, struct arena *arena, struct integration_form *form, struct error *err)
{
    if (!call_has_option(call, "from-docker-config"))
        return true;
    AUTO_LOGIN login = {.is_found = false};
    const struct integration_address *address = &form->given.address;
    const struct login_wanted wanted = {address->host, address->path, &credential_helper_program};
    if (!registry_credentials_find(arena, &wanted, &login, err))
        return false;
    if (!login.is_found)
        return error_set(err, ERROR_NOT_FOUND,
            "there is no login for \"%.*s\": log in with docker, podman or skopeo first, or set REGISTRY_AUTH_FILE",
            VIEW_PRINT(address->host));
    const struct registry_credentials *found = &login.credentials;
    form->origin = arena_text(arena, login.origin);
    if (found->password != NULL &&
        (!set_field(form, view_text("username"), secret_new(found->username), err) ||
            !set_field(form, view_text("password"), secret_new(secret_view(found->password)), err)))
        return false;
    if (found->identity_token != NULL &&
        !set_field(form, view_text("identity_token"), secret_new(secret_view(found->identity_token)), err))
        return false;
    return found->registry_token == NULL ||
           set_field(form, view_text("registry_token"), secret_new(secret_view(found->registry_token)), err);
}

/* Text fields and secrets of the type itself; an empty answer leaves the field out. */
static bool ask_fields(struct integration_form *form, struct error *err)
{
    const struct credential_field *field;
    fprintf(stderr, "Credentials; leave empty what does not apply.\n");
    for (size_t i = 0; (field = credential_field_at(form->given.type, i)) != NULL; i++) {
        struct secret *answer = NULL;
        if (field->type[0] == '\0' || (field->kind != CREDENTIAL_TEXT && field->kind != CREDENTIAL_SECRET))
            continue;
        if (!prompt_for_field(field, &answer, err) ||
            (answer != NULL && !set_field(form, view_text(field->name), answer, err)))
            return false;
    }
    return true;
}

static bool read_pem(
    struct command_call *call, const char *option, struct arena *arena, struct view *text, struct error *err)
{
    AUTO_BUFFER content;
    buffer_init(&content, HTTP_ROUTE_PEM_BYTES_MAX);
    if (!call_has_option(call, option))
        return true;
    if (!file_read(call_option_text(call, option), &content, err))
        return error_wrap(err, "option \"--%s\"", option);
    *text = arena_copy(arena, buffer_view(&content));
    return true;
}

/* The values of a repeatable option, after those that are there. */
static struct view add_lines(struct command_call *call, const char *option, struct arena *arena, struct view list)
{
    struct view value;
    for (int i = 0; call_option_at(call, option, i, &value); i++)
        list = arena_format(arena, "%.*s%s%.*s", VIEW_PRINT(list), list.size > 0 ? "\n" : "", VIEW_PRINT(value));
    return list;
}

static bool read_cap(struct command_call *call, const char *option, int64_t *cap, struct error *err)
{
    return !call_has_option(call, option) || view_to_integer(call_option(call, option), cap) ||
           error_set(err, ERROR_USAGE, "option \"--%s\" is a number; 0 means no limit", option);
}

static bool read_settings(
    struct command_call *call, struct arena *arena, struct integration_settings *settings, struct error *err)
{
    if (call_has_option(call, "skip-tls-verify")) {
        settings->skips_tls = true;
        settings->authorities = view_text("");
    }
    if (call_has_option(call, "ca-file"))
        settings->skips_tls = false;
    if (call_has_option(call, "proxy"))
        settings->proxy = call_option(call, "proxy");
    if (call_has_option(call, "no-proxy"))
        settings->proxy_exceptions = call_option(call, "no-proxy");
    if (call_has_option(call, "token-host"))
        settings->token_host = call_option(call, "token-host");
    if (call_has_option(call, "scan-schedule"))
        settings->scan_schedule = call_option(call, "scan-schedule");
    bool has_applications = !settings->extent.without_applications;
    if (!call_yes_or_no(call, "applications", &has_applications, err) ||
        !call_yes_or_no(call, "lock-files", &settings->extent.with_lock_files, err))
        return false;
    settings->extent.without_applications = !has_applications;
    settings->allowed_hosts = add_lines(call, "allow-host", arena, settings->allowed_hosts);
    settings->include = add_lines(call, "include", arena, settings->include);
    settings->exclude = add_lines(call, "exclude", arena, settings->exclude);
    return read_pem(call, "ca-file", arena, &settings->authorities, err) &&
           read_pem(call, "client-certificate", arena, &settings->certificate, err) &&
           read_cap(call, "max-age", &settings->age_days_max, err) &&
           read_cap(call, "max-tags", &settings->tags_max, err) &&
           read_cap(call, "max-repositories", &settings->repositories_max, err);
}

/* --clear: a setting by its option's name, or a field. */
static bool clear(struct command_call *call, struct integration_form *form, struct error *err)
{
    struct integration_settings *settings = &form->given.settings;
    struct view item;
    for (int i = 0; call_option_at(call, "clear", i, &item); i++) {
        struct view *texts[] = {&settings->allowed_hosts, &settings->authorities, &settings->certificate,
            &settings->exclude, &settings->include, &settings->proxy_exceptions, &settings->proxy,
            &settings->token_host};
        static const char *const names[] = {
            "allow-host", "ca-file", "client-certificate", "exclude", "include", "no-proxy", "proxy", "token-host"};
        bool is_setting = view_is(item, "skip-tls-verify");
        if (is_setting)
            settings->skips_tls = false;
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
            if (view_is(item, names[j])) {
                *texts[j] = view_text("");
                is_setting = true;
            }
        }
        if (!is_setting && !set_field(form, item, NULL, err))
            return false;
    }
    return true;
}

bool integration_form_read(
    struct command_call *call, struct arena *arena, bool may_ask, struct integration_form *form, struct error *err)
{
    form->given.fields = form->fields;
    if (call_has_option(call, "url") &&
        !integration_address_parse(arena, call_option(call, "url"), &form->given.address, err))
        return false;
    if (!clear(call, form, err) || !read_settings(call, arena, &form->given.settings, err) ||
        !read_fields(call, form, err) || !read_secrets(call, arena, form, err) || !take_login(call, arena, form, err))
        return false;
    bool asks = may_ask && form->given.field_count == 0 && !call_has_option(call, "anonymous") &&
                isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
    return !asks || ask_fields(form, err);
}

void integration_form_print(struct command_call *call, struct arena *arena, const struct integration *integration)
{
    AUTO_BUFFER line;
    buffer_init(&line, 64u << 10);
    buffer_append_text(&line, "Integration \"");
    text_append_printable(&line, integration->name);
    buffer_append_text(&line, "\" connects to ");
    text_append_printable(&line, integration_address_format(arena, &integration->address));
    if (integration->settings.skips_tls)
        buffer_append_text(&line, " WITHOUT verifying certificates");
    else if (integration->address.is_plain_http)
        buffer_append_text(&line, " without TLS");
    buffer_append_byte(&line, '\n');
    fprintf(call_output(call), "%.*s", VIEW_PRINT(buffer_view(&line)));
}
