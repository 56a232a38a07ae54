/* SPDX-License-Identifier: Apache-2.0 */
#include "store/page.h"
#include "store/projects.h"
#include "store/transaction.h"

#define TARGET_SELECT                                                                                                   \
    "SELECT targets.id, targets.uuid, repositories.name, integrations.host, integrations.uuid, integrations.type, "     \
    "targets.created_ms, (SELECT count(*) FROM projects WHERE target_id = targets.id AND deleted_ms = 0) AS projects, " \
    "coalesce(teams.id, 0), coalesce(teams.uuid, ''), coalesce(teams.name, '') "                                        \
    "FROM targets JOIN repositories ON repositories.id = targets.repository_id "                                        \
    "JOIN integrations ON integrations.id = repositories.integration_id "                                               \
    "LEFT JOIN teams ON teams.id = repositories.team_id "                                                               \
    "WHERE targets.organization_id = $1 AND targets.removed_ms = 0 "

static void read_target(const struct rows *rows, struct arena *arena, struct target_row *target)
{
    *target = (struct target_row){
        .repository = rows_copy(rows, arena, 2),
        .host = rows_copy(rows, arena, 3),
        .integration_type = rows_copy(rows, arena, 5),
        .created_ms = rows_integer(rows, 6),
        .projects = rows_integer(rows, 7),
        .team = {rows_integer(rows, 8), rows_copy(rows, arena, 9), rows_copy(rows, arena, 10)},
        .cursor = page_cursor(arena, rows_integer(rows, 0)),
    };
    uuid_parse(rows_view(rows, 1), &target->uuid);
    uuid_parse(rows_view(rows, 4), &target->integration_uuid);
}

static bool has_prefix(struct view text, struct view prefix)
{
    return prefix.size <= text.size && view_equal(view_slice(text, 0, prefix.size), prefix);
}

static bool has_type(const struct view_list *types, struct view type)
{
    for (size_t i = 0; i < types->count; i++) {
        if (view_equal(types->items[i], type))
            return true;
    }
    return types->count == 0;
}

static bool is_wanted(const struct rows *rows, const struct target_query *query)
{
    return (query->has_empty || rows_integer(rows, 7) > 0) && has_prefix(rows_view(rows, 2), query->prefix) &&
           has_type(&query->types, rows_view(rows, 5)) && rows_integer(rows, 6) >= query->created_from_ms &&
           owner_filter_has(&query->owners, rows_integer(rows, 8));
}

static bool list_targets(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct target_query *query, const struct key_page *page, struct target_row **items, size_t *count,
    struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql = page->is_downward ? TARGET_SELECT "AND targets.id < $2 ORDER BY targets.id DESC"
                                        : TARGET_SELECT "AND targets.id > $2 ORDER BY targets.id";
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(organization), SQL_INTEGER(page->from)))
        return false;
    struct target_row *list = ARENA_ARRAY(arena, struct target_row, (size_t)page->limit);
    for (*count = 0; *count < (size_t)page->limit && rows_next(&rows);) {
        if (is_wanted(&rows, query))
            read_target(&rows, arena, &list[(*count)++]);
    }
    *items = list;
    return rows_finish(&rows, err);
}

static bool count_targets(struct transaction *transaction, int64_t organization, const struct target_query *query,
    size_t *total, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, TARGET_SELECT, SQL_INTEGER(organization)))
        return false;
    for (*total = 0; rows_next(&rows);)
        *total += is_wanted(&rows, query);
    return rows_finish(&rows, err);
}

bool store_list_targets(struct store *store, struct arena *arena, int64_t organization,
    const struct target_query *query, struct target_row **items, size_t *count, size_t *total, bool *has_more,
    struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(&query->page, false, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            list_targets(&transaction, arena, organization, query, &keys, items, count, err) &&
                count_targets(&transaction, organization, query, total, err),
            err))
        return false;
    page_finish(*items, sizeof(**items), count, query->page.limit, keys.is_reversed, has_more);
    return true;
}

static bool find_target(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct target_row *target, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, TARGET_SELECT "AND targets.uuid = $2", SQL_INTEGER(organization),
            SQL_WORD(uuid->text)))
        return false;
    bool found = rows_next(&rows);
    if (found)
        read_target(&rows, arena, target);
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "there is no target \"%s\"", uuid->text));
}

bool store_find_target(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct target_row *target, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_target(&transaction, arena, organization, uuid, target, err), err);
}
