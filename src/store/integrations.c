/* SPDX-License-Identifier: Apache-2.0 */
#include "store/integrations.h"

#include "store/page.h"
#include "store/transaction.h"

#define INTEGRATION_COLUMNS                                                                                            \
    "id, uuid, name, type, host, path, is_plain_http, created_ms, "                                                    \
    "(SELECT count(*) FROM repositories WHERE integration_id = integrations.id), "                                     \
    "(SELECT count(*) FROM projects JOIN targets ON targets.id = projects.target_id "                                  \
    "JOIN repositories ON repositories.id = targets.repository_id WHERE repositories.integration_id = "                \
    "integrations.id), "                                                                                               \
    "coalesce((SELECT started_ms FROM sync_runs WHERE integration_id = integrations.id ORDER BY id DESC LIMIT 1), "    \
    "0), "                                                                                                             \
    "coalesce((SELECT state FROM sync_runs WHERE integration_id = integrations.id ORDER BY id DESC LIMIT 1), '')"

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
    integration->cursor = page_cursor(arena, integration->id);
}

static bool find_integration(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct integration *integration, bool *found, struct error *err)
{
    struct uuid uuid = {""};
    AUTO_ROWS rows = {0};
    uuid_parse(name_or_uuid, &uuid);
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT " INTEGRATION_COLUMNS " FROM integrations WHERE organization_id = $1 AND (name = $2 OR uuid = $3) "
            "ORDER BY name <> $2",
            SQL_INTEGER(organization), SQL_TEXT(name_or_uuid), SQL_WORD(uuid.text)))
        return false;
    *found = rows_next(&rows);
    if (*found)
        read_integration(&rows, arena, integration);
    return rows_finish(&rows, err);
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

bool store_add_integration(struct store *store, struct arena *arena, int64_t organization,
    const struct integration_new *given, struct integration *integration, struct error *err)
{
    struct uuid uuid;
    struct transaction transaction;
    struct integration made;
    bool found = false;
    if (!check_name(given->name, err) || !transaction_write(store, &transaction, err))
        return false;
    uuid_new(&uuid);
    bool is_done = find_integration(&transaction, arena, organization, given->name, &made, &found, err);
    if (is_done && found)
        is_done = error_set(err, ERROR_CONFLICT, "there is an integration \"%.*s\" already: choose another name",
            VIEW_PRINT(given->name));
    is_done = is_done &&
              RUN(transaction.connection, err,
                  "INSERT INTO integrations (organization_id, uuid, name, type, host, path, is_plain_http, created_ms) "
                  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                  SQL_INTEGER(organization), SQL_WORD(uuid.text), SQL_TEXT(given->name), SQL_TEXT(given->type),
                  SQL_TEXT(given->address.host), SQL_TEXT(given->address.path),
                  SQL_INTEGER(given->address.is_plain_http), SQL_INTEGER(transaction.now_ms)) &&
              find_integration(&transaction, arena, organization, given->name, &made, &found, err);
    if (!transaction_end(&transaction, is_done, err))
        return false;
    *integration = made;
    return true;
}

bool store_find_integration(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct integration *integration, struct error *err)
{
    struct transaction transaction;
    struct integration read;
    bool found = false;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(
            &transaction, find_integration(&transaction, arena, organization, name_or_uuid, &read, &found, err), err))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND,
            "there is no integration \"%.*s\": \"tidewaiter integration list\" shows them", VIEW_PRINT(name_or_uuid));
    *integration = read;
    return true;
}

static bool list_integrations(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct key_page *page, struct integration **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql = page->is_downward
                          ? "SELECT " INTEGRATION_COLUMNS " FROM integrations WHERE organization_id = $1 AND id < $2 "
                            "ORDER BY id DESC LIMIT $3"
                          : "SELECT " INTEGRATION_COLUMNS " FROM integrations WHERE organization_id = $1 AND id > $2 "
                            "ORDER BY id LIMIT $3";
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(organization), SQL_INTEGER(page->from),
            SQL_INTEGER(page->limit)))
        return false;
    struct integration *list = ARENA_ARRAY(arena, struct integration, (size_t)page->limit);
    for (*count = 0; rows_next(&rows); (*count)++)
        read_integration(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_integrations(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, struct integration **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(page, false, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(
            &transaction, list_integrations(&transaction, arena, organization, &keys, items, count, err), err))
        return false;
    page_finish(*items, sizeof(**items), count, page->limit, keys.is_reversed, has_more);
    return true;
}
