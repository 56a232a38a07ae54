/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include "store/page.h"
#include "store/transaction.h"

bool audit_add(
    struct transaction *transaction, int64_t organization, const struct audit_event *event, struct error *err)
{
    struct uuid uuid;
    uuid_new(&uuid);
    return RUN(transaction->connection, err,
        "INSERT INTO audit_events (uuid, organization_id, at_ms, actor, action, subject_type, subject_id, subject_name, "
        "detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        SQL_WORD(uuid.text), SQL_INTEGER(organization), SQL_INTEGER(transaction->now_ms), SQL_TEXT(event->actor),
        SQL_TEXT(event->action), SQL_TEXT(event->subject_type), SQL_TEXT(event->subject_id),
        SQL_TEXT(event->subject_name), SQL_TEXT(event->detail));
}

bool store_note_audit_event(
    struct store *store, int64_t organization, const struct audit_event *event, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, audit_add(&transaction, organization, event, err), err);
}

#define AUDIT_COLUMNS                                                                                                  \
    "id, uuid, at_ms, actor, action, subject_type, subject_id, subject_name, detail FROM audit_events "                \
    "WHERE organization_id = $1 AND id "

void audit_read(const struct rows *rows, struct arena *arena, struct audit_event *event)
{
    uuid_parse(rows_view(rows, 1), &event->uuid);
    event->at_ms = rows_integer(rows, 2);
    event->actor = rows_copy(rows, arena, 3);
    event->action = rows_copy(rows, arena, 4);
    event->subject_type = rows_copy(rows, arena, 5);
    event->subject_id = rows_copy(rows, arena, 6);
    event->subject_name = rows_copy(rows, arena, 7);
    event->detail = rows_copy(rows, arena, 8);
    event->cursor = page_cursor(arena, rows_integer(rows, 0));
}

static bool list_events(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct key_page *page, struct audit_event **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql = page->is_downward ? "SELECT " AUDIT_COLUMNS "< $2 ORDER BY id DESC LIMIT $3"
                                        : "SELECT " AUDIT_COLUMNS "> $2 ORDER BY id LIMIT $3";
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(organization), SQL_INTEGER(page->from),
            SQL_INTEGER(page->limit)))
        return false;
    struct audit_event *list = ARENA_ARRAY(arena, struct audit_event, (size_t)page->limit);
    for (*count = 0; rows_next(&rows); (*count)++)
        audit_read(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_audit_events(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, struct audit_event **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(page, true, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, list_events(&transaction, arena, organization, &keys, items, count, err), err))
        return false;
    page_finish(*items, sizeof(**items), count, page->limit, keys.is_reversed, has_more);
    return true;
}
