/* SPDX-License-Identifier: Apache-2.0 */
/* The audit trail by time, actor, project and kinds of events. */
#include "store/audit.h"
#include "store/page.h"
#include "store/transaction.h"

#include <assert.h>

#define AUDIT_FILTER                                                                                                   \
    "SELECT id, uuid, at_ms, actor, action, subject_type, subject_id, subject_name, detail FROM audit_events "         \
    "WHERE organization_id = $1 AND at_ms >= $2 AND at_ms < $3 AND ($4 = '' OR actor = $4) "                           \
    "AND ($5 = '' OR subject_id = $5) AND ($6 = 0 OR ($6 = 1) = (action IN ($7, $8, $9, $10, $11, $12, $13, $14, "     \
    "$15, $16, $17, $18, $19, $20, $21, $22))) AND id "

enum { FIXED_VALUES = 6, VALUES = FIXED_VALUES + AUDIT_ACTIONS_MAX + 2 };
static_assert(AUDIT_ACTIONS_MAX == 16, "the statement has a place for each");

static bool search(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct audit_query *query, struct audit_event **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct sql_value values[VALUES] = {SQL_INTEGER(organization), SQL_INTEGER(query->from_ms),
        SQL_INTEGER(query->to_ms), SQL_TEXT(query->actor), SQL_TEXT(query->subject_id),
        SQL_INTEGER(query->action_count == 0 ? 0
                    : query->excludes        ? 2
                                             : 1)};
    for (size_t i = 0; i < AUDIT_ACTIONS_MAX; i++)
        values[FIXED_VALUES + i] = SQL_TEXT(i < query->action_count ? query->actions[i] : view_text(""));
    bool is_start = query->after == 0;
    values[VALUES - 2] = SQL_INTEGER(!is_start ? query->after : query->is_ascending ? 0 : INT64_MAX);
    values[VALUES - 1] = SQL_INTEGER((int64_t)query->limit + 1);
    if (!sql_query(transaction->connection, &rows, err,
            query->is_ascending ? AUDIT_FILTER "> $23 ORDER BY id LIMIT $24"
                                : AUDIT_FILTER "< $23 ORDER BY id DESC LIMIT $24",
            values, VALUES))
        return false;
    struct audit_event *list = ARENA_ARRAY(arena, struct audit_event, (size_t)query->limit + 1);
    for (*count = 0; rows_next(&rows); (*count)++)
        audit_read(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_search_audit_events(struct store *store, struct arena *arena, int64_t organization,
    const struct audit_query *query, struct audit_event **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    assert(query->action_count <= AUDIT_ACTIONS_MAX && query->limit >= 1 && query->limit <= PAGE_LIMIT_MAX);
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, search(&transaction, arena, organization, query, items, count, err), err))
        return false;
    *has_more = *count > (size_t)query->limit;
    if (*has_more)
        *count = (size_t)query->limit;
    return true;
}
