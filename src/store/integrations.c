/* SPDX-License-Identifier: Apache-2.0 */
#include "store/integrations_internal.h"
#include "store/owners.h"
#include "store/page.h"

#define INTEGRATION_COUNTS                                                                                             \
    "(SELECT count(*) FROM repositories WHERE integration_id = integrations.id), "                                     \
    "(SELECT count(*) FROM projects JOIN targets ON targets.id = projects.target_id "                                  \
    "JOIN repositories ON repositories.id = targets.repository_id WHERE deleted_ms = 0 AND "                           \
    "repositories.integration_id = integrations.id), "
#define NO_COUNTS "0, 0, "
#define OF_NEWEST_RUN                                                                                                  \
    " FROM sync_runs WHERE integration_id = integrations.id AND kind <> 'projects' ORDER BY id DESC LIMIT 1)"
#define INTEGRATION_COLUMNS(counts)                                                                                    \
    "id, uuid, name, type, host, path, is_plain_http, created_ms, " counts "coalesce((SELECT started_ms" OF_NEWEST_RUN \
    ", 0), coalesce((SELECT state" OF_NEWEST_RUN ", ''), "                                                             \
    "updated_ms, hook_hash <> '', skips_tls, authorities, certificate, proxy, proxy_exceptions, allowed_hosts, "       \
    "include, exclude, age_days_max, tags_max, repositories_max, token_host, scan_schedule, next_scan_ms, "            \
    "without_applications, with_lock_files"
#define INTEGRATION_OF_NAME                                                                                            \
    " FROM integrations WHERE organization_id = $1 AND removed_ms = 0 AND (name = $2 OR uuid = $3) ORDER BY name <> $2"

static void read_settings(const struct rows *rows, struct arena *arena, struct integration_settings *settings)
{
    settings->skips_tls = rows_boolean(rows, 14);
    settings->authorities = rows_copy(rows, arena, 15);
    settings->certificate = rows_copy(rows, arena, 16);
    settings->proxy = rows_copy(rows, arena, 17);
    settings->proxy_exceptions = rows_copy(rows, arena, 18);
    settings->allowed_hosts = rows_copy(rows, arena, 19);
    settings->include = rows_copy(rows, arena, 20);
    settings->exclude = rows_copy(rows, arena, 21);
    settings->age_days_max = rows_integer(rows, 22);
    settings->tags_max = rows_integer(rows, 23);
    settings->repositories_max = rows_integer(rows, 24);
    settings->token_host = rows_copy(rows, arena, 25);
    settings->scan_schedule = rows_copy(rows, arena, 26);
    settings->extent =
        (struct scan_extent){.without_applications = rows_boolean(rows, 28), .with_lock_files = rows_boolean(rows, 29)};
}

static void read_integration(const struct rows *rows, struct arena *arena, struct integration *integration)
{
    integration->id = rows_integer(rows, 0);
    uuid_parse(rows_view(rows, 1), &integration->uuid);
    integration->name = rows_copy(rows, arena, 2);
    integration->type = rows_copy(rows, arena, 3);
    integration->address.host = rows_copy(rows, arena, 4);
    integration->address.path = rows_copy(rows, arena, 5);
    integration->address.is_plain_http = rows_boolean(rows, 6);
    integration->created_ms = rows_integer(rows, 7);
    integration->repository_count = rows_integer(rows, 8);
    integration->project_count = rows_integer(rows, 9);
    integration->last_sync_ms = rows_integer(rows, 10);
    integration->last_sync_state = rows_copy(rows, arena, 11);
    integration->updated_ms = rows_integer(rows, 12);
    integration->has_hook = rows_boolean(rows, 13);
    integration->next_scan_ms = rows_integer(rows, 27);
    read_settings(rows, arena, &integration->settings);
    integration->cursor = page_cursor(arena, integration->id);
}

static bool find_one(struct transaction *transaction, struct arena *arena, const char *sql, int64_t organization,
    struct view name_or_uuid, struct integration *integration, bool *found, struct error *err)
{
    struct uuid uuid = {""};
    AUTO_ROWS rows = {0};
    uuid_parse(name_or_uuid, &uuid);
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(organization), SQL_TEXT(name_or_uuid),
            SQL_WORD(uuid.text)))
        return false;
    *found = rows_next(&rows);
    if (*found)
        read_integration(&rows, arena, integration);
    return rows_finish(&rows, err);
}

bool integration_find(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct integration *integration, bool *found, struct error *err)
{
    return find_one(transaction, arena, "SELECT " INTEGRATION_COLUMNS(INTEGRATION_COUNTS) INTEGRATION_OF_NAME,
        organization, name_or_uuid, integration, found, err);
}

bool integration_find_uncounted(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct integration *integration, bool *found, struct error *err)
{
    return find_one(transaction, arena, "SELECT " INTEGRATION_COLUMNS(NO_COUNTS) INTEGRATION_OF_NAME, organization,
        name_or_uuid, integration, found, err);
}

typedef bool finder(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct integration *integration, bool *found, struct error *err);

static bool find_or_fail(struct store *store, struct arena *arena, finder *find, int64_t organization,
    struct view name_or_uuid, struct integration *integration, struct error *err)
{
    struct transaction transaction;
    struct integration read;
    bool found = false;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, find(&transaction, arena, organization, name_or_uuid, &read, &found, err), err))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND,
            "there is no integration \"%.*s\": \"tidewaiter integration list\" shows them", VIEW_PRINT(name_or_uuid));
    *integration = read;
    return true;
}

bool store_find_integration(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct integration *integration, struct error *err)
{
    return find_or_fail(store, arena, integration_find, organization, name_or_uuid, integration, err);
}

bool store_find_integration_uncounted(struct store *store, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct integration *integration, struct error *err)
{
    return find_or_fail(store, arena, integration_find_uncounted, organization, name_or_uuid, integration, err);
}

static const char *list_sql(struct arena *arena, const struct owner_filter *owners, bool is_downward)
{
    struct view owned = owner_filter_team_sql(arena, owners, "team_id");
    if (owned.size > 0)
        owned = arena_format(arena,
            "AND EXISTS (SELECT 1 FROM repositories WHERE integration_id = integrations.id%.*s) ", VIEW_PRINT(owned));
    return arena_format(arena,
        "SELECT " INTEGRATION_COLUMNS(
            INTEGRATION_COUNTS) " FROM integrations WHERE organization_id = $1 AND removed_ms = 0 AND id %c $2 "
                                "%.*sORDER BY id %s LIMIT $3",
        is_downward ? '<' : '>', VIEW_PRINT(owned), is_downward ? "DESC" : "ASC")
        .data;
}

static bool list_integrations(struct transaction *transaction, struct arena *arena, int64_t organization,
    const char *sql, const struct key_page *page, struct integration **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(organization), SQL_INTEGER(page->from),
            SQL_INTEGER(page->limit)))
        return false;
    struct integration *list = ARENA_ARRAY(arena, struct integration, (size_t)page->limit);
    for (*count = 0; rows_next(&rows); (*count)++)
        read_integration(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_owned_integrations(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, const struct owner_filter *owners, struct integration **items, size_t *count,
    bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(page, false, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            list_integrations(
                &transaction, arena, organization, list_sql(arena, owners, keys.is_downward), &keys, items, count, err),
            err))
        return false;
    page_finish(*items, sizeof(**items), count, page->limit, keys.is_reversed, has_more);
    return true;
}

bool store_list_integrations(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, struct integration **items, size_t *count, bool *has_more, struct error *err)
{
    static const struct owner_filter all = {.is_set = false};
    return store_list_owned_integrations(store, arena, organization, page, &all, items, count, has_more, err);
}
