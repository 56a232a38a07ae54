/* SPDX-License-Identifier: Apache-2.0 */
/* Making and changing integrations. */
#include "store/evaluations_internal.h"
#include "store/integrations_internal.h"
#include "store/jobs_internal.h"

bool integration_audit(struct transaction *transaction, int64_t organization, const struct integration *integration,
    struct view who, const char *action, struct view detail, struct error *err)
{
    struct audit_event event = {
        .actor = who,
        .action = view_text(action),
        .subject_type = view_text("integration"),
        .subject_id = view_text(integration->uuid.text),
        .subject_name = integration->name,
        .detail = detail,
    };
    return audit_add(transaction, organization, &event, err);
}

/* Neither name nor place may be another integration's; `self` is its own key, 0 for a new one. */
static bool check_unique(struct transaction *transaction, int64_t organization, int64_t self,
    const struct integration_new *given, struct error *err)
{
    int64_t id;
    bool found = false;
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "SELECT id FROM integrations WHERE organization_id = $1 AND name = $2 AND id <> $3",
            SQL_INTEGER(organization), SQL_TEXT(given->name), SQL_INTEGER(self)))
        return false;
    if (found)
        return error_set(err, ERROR_CONFLICT, "there is an integration \"%.*s\" already: choose another name",
            VIEW_PRINT(given->name));
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT name FROM integrations WHERE organization_id = $1 AND host = $2 AND path = $3 AND id <> $4 "
            "AND removed_ms = 0",
            SQL_INTEGER(organization), SQL_TEXT(given->address.host), SQL_TEXT(given->address.path), SQL_INTEGER(self)))
        return false;
    if (rows_next(&rows))
        return error_set(err, ERROR_CONFLICT, "integration \"%.*s\" connects to this host and path already",
            VIEW_PRINT(rows_view(&rows, 0)));
    return rows_finish(&rows, err);
}

static bool write_settings(
    struct transaction *transaction, int64_t id, const struct integration_new *given, struct error *err)
{
    const struct integration_settings *settings = &given->settings;
    return RUN(transaction->connection, err,
        "UPDATE integrations SET name = $1, host = $2, path = $3, is_plain_http = $4, updated_ms = $5, skips_tls = $6, "
        "authorities = $7, certificate = $8, proxy = $9, proxy_exceptions = $10, allowed_hosts = $11, include = $12, "
        "exclude = $13, age_days_max = $14, tags_max = $15, repositories_max = $16, token_host = $17, next_scan_ms = CASE "
        "WHEN scan_schedule = $19 THEN next_scan_ms ELSE 0 END, scan_schedule = $19, "
        "without_applications = $20, with_lock_files = $21 WHERE id = $18",
        SQL_TEXT(given->name), SQL_TEXT(given->address.host), SQL_TEXT(given->address.path),
        SQL_INTEGER(given->address.is_plain_http), SQL_INTEGER(transaction->now_ms), SQL_INTEGER(settings->skips_tls),
        SQL_TEXT(settings->authorities), SQL_TEXT(settings->certificate), SQL_TEXT(settings->proxy),
        SQL_TEXT(settings->proxy_exceptions), SQL_TEXT(settings->allowed_hosts), SQL_TEXT(settings->include),
        SQL_TEXT(settings->exclude), SQL_INTEGER(settings->age_days_max), SQL_INTEGER(settings->tags_max),
        SQL_INTEGER(settings->repositories_max), SQL_TEXT(settings->token_host), SQL_INTEGER(id),
        SQL_TEXT(settings->scan_schedule), SQL_INTEGER(settings->extent.without_applications),
        SQL_INTEGER(settings->extent.with_lock_files));
}

/* What the trail says of a new or changed integration. */
static struct view describe(struct arena *arena, const struct integration_new *given, size_t dropped)
{
    struct view address = integration_address_format(arena, &given->address);
    struct view text =
        arena_format(arena, "%.*s, TLS: %s", VIEW_PRINT(address), integration_tls_mode(&given->settings));
    if (given->settings.extent.without_applications)
        text = arena_format(arena, "%.*s, without packages of applications", VIEW_PRINT(text));
    if (given->settings.extent.with_lock_files)
        text = arena_format(arena, "%.*s, with what lock files list", VIEW_PRINT(text));
    if (given->field_count > 0)
        text = arena_format(arena, "%.*s, %zu fields set", VIEW_PRINT(text), given->field_count);
    if (dropped > 0)
        text =
            arena_format(arena, "%.*s, %zu secrets forgotten since they would go elsewhere", VIEW_PRINT(text), dropped);
    return text;
}

static bool add(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct integration_new *given, struct integration *made, struct error *err)
{
    struct uuid uuid;
    bool found = false;
    uuid_new(&uuid);
    return check_unique(transaction, organization, 0, given, err) &&
           RUN(transaction->connection, err,
               "INSERT INTO integrations (organization_id, uuid, name, type, host, path, is_plain_http, created_ms) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
               SQL_INTEGER(organization), SQL_WORD(uuid.text), SQL_TEXT(given->name), SQL_TEXT(given->type),
               SQL_TEXT(given->address.host), SQL_TEXT(given->address.path), SQL_INTEGER(given->address.is_plain_http),
               SQL_INTEGER(transaction->now_ms)) &&
           integration_find(transaction, arena, organization, view_text(uuid.text), made, &found, err) &&
           write_settings(transaction, made->id, given, err) &&
           integration_find(transaction, arena, organization, view_text(uuid.text), made, &found, err) &&
           integration_fields_write(transaction, organization, made, given, err) &&
           (integration_fields_check(transaction, made, false, err) ||
               integration_blame(given, "credentials", view_text(""))) &&
           integration_audit(
               transaction, organization, made, given->who, "integration.create", describe(arena, given, 0), err);
}

bool store_add_integration(struct store *store, struct arena *arena, int64_t organization,
    const struct integration_new *given, struct integration *integration, struct error *err)
{
    struct transaction transaction;
    struct integration made;
    if (!integration_check(given, err) || !transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction, add(&transaction, arena, organization, given, &made, err), err))
        return false;
    *integration = made;
    return true;
}

/* Whether secrets would go to another place, or be shown to somebody else. */
static bool leads_elsewhere(const struct integration *before, const struct integration_new *given)
{
    return !view_equal(before->address.host, given->address.host) ||
           !view_equal(before->address.path, given->address.path) ||
           before->address.is_plain_http != given->address.is_plain_http ||
           before->settings.skips_tls != given->settings.skips_tls ||
           !view_equal(before->settings.authorities, given->settings.authorities) ||
           !view_equal(before->settings.proxy, given->settings.proxy);
}

/* Accepted risks go by the names of integrations and images. */
static bool is_same_place(const struct integration *before, const struct integration *after)
{
    return view_equal(before->name, after->name) && view_equal(before->address.host, after->address.host);
}

/* The images are stored to another extent: all are read again, out of layers that are known. If a run is under way, after it. */
static bool scan_again(struct transaction *transaction, int64_t organization, const struct integration *integration,
    struct view who, struct error *err)
{
    struct uuid run;
    struct error busy;
    const struct sync_order order = {
        .organization = organization, .integration = &integration->uuid, .who = who, .is_scan = true};
    if (jobs_enqueue_sync(transaction, &order, &run, &busy))
        return true;
    if (busy.code != ERROR_CONFLICT) {
        *err = busy;
        return false;
    }
    return RUN(transaction->connection, err, "UPDATE integrations SET next_scan_ms = 1 WHERE id = $1",
        SQL_INTEGER(integration->id));
}

static bool edit(struct transaction *transaction, struct arena *arena, int64_t organization, const struct uuid *uuid,
    const struct integration_new *given, struct integration *edited, size_t *dropped, struct error *err)
{
    struct integration before;
    struct integration_new settled = *given;
    bool found = false;
    *dropped = 0;
    if (!integration_find(transaction, arena, organization, view_text(uuid->text), &before, &found, err))
        return false;
    bool is_elsewhere = !view_equal(before.address.host, given->address.host) ||
                        before.address.is_plain_http != given->address.is_plain_http;
    if (is_elsewhere && view_equal(before.settings.token_host, given->settings.token_host))
        settled.settings.token_host = view_text(""); /* another registry has another token service */
    given = &settled;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no such integration");
    if (!view_equal(before.type, given->type))
        return error_set(err, ERROR_CONFLICT,
            "the type of an integration cannot change: remove \"%.*s\" and add a new one", VIEW_PRINT(before.name));
    return check_unique(transaction, organization, before.id, given, err) &&
           (!leads_elsewhere(&before, given) || integration_secrets_drop(transaction, &before, given, dropped, err)) &&
           write_settings(transaction, before.id, given, err) &&
           integration_find(transaction, arena, organization, view_text(uuid->text), edited, &found, err) &&
           integration_fields_write(transaction, organization, edited, given, err) &&
           (integration_fields_check(transaction, edited, *dropped > 0, err) ||
               integration_blame(given, "credentials", view_text(""))) &&
           integration_audit(transaction, organization, edited, given->who, "integration.edit",
               describe(arena, given, *dropped), err) &&
           (scan_extent_equal(&before.settings.extent, &given->settings.extent) ||
               scan_again(transaction, organization, edited, given->who, err)) &&
           (is_same_place(&before, edited) ||
               (due_mark_integration(transaction, before.id, err) && due_settle(transaction, organization, err)));
}

bool store_edit_integration(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    const struct integration_new *given, struct integration *integration, size_t *dropped, struct error *err)
{
    struct transaction transaction;
    struct integration edited;
    if (!integration_check(given, err) || !transaction_write(store, &transaction, err) ||
        !transaction_end(
            &transaction, edit(&transaction, arena, organization, uuid, given, &edited, dropped, err), err))
        return false;
    *integration = edited;
    return true;
}

static bool pin_token_host(struct transaction *transaction, int64_t organization, const struct integration *integration,
    struct view host, struct view who, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct view detail = arena_format(arena, "token service: %.*s", VIEW_PRINT(host));
    int64_t id;
    bool found = false;
    return LOOKUP(transaction->connection, &id, &found, err,
               "UPDATE integrations SET token_host = $1 WHERE organization_id = $2 AND id = $3 AND token_host = '' "
               "RETURNING id",
               SQL_TEXT(host), SQL_INTEGER(organization), SQL_INTEGER(integration->id)) &&
           (!found || integration_audit(transaction, organization, integration, who, "integration.edit", detail, err));
}

bool store_pin_token_host(struct store *store, int64_t organization, const struct integration *integration,
    struct view host, struct view who, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, pin_token_host(&transaction, organization, integration, host, who, err), err);
}

static bool list_paths(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct integration *integration, struct view **paths, size_t *count, struct error *err)
{
    struct {
        struct view *items;
        size_t count;
        size_t capacity;
    } list = {0};
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT path FROM integrations WHERE organization_id = $1 AND host = $2 AND id <> $3 AND removed_ms = 0",
            SQL_INTEGER(organization), SQL_TEXT(integration->address.host), SQL_INTEGER(integration->id)))
        return false;
    while (rows_next(&rows))
        *(struct view *)ARENA_PUSH(arena, &list) = rows_copy(&rows, arena, 0);
    *paths = list.items;
    *count = list.count;
    return rows_finish(&rows, err);
}

bool store_integration_paths(struct store *store, struct arena *arena, int64_t organization,
    const struct integration *integration, struct view **paths, size_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(
               &transaction, list_paths(&transaction, arena, organization, integration, paths, count, err), err);
}
