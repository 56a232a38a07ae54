/* SPDX-License-Identifier: Apache-2.0 */
#include "store/integrations.h"
#include "store/journal.h"
#include "store/page.h"

bool journal_add(struct transaction *transaction, const struct journal_entry *entry, struct error *err)
{
    int64_t changes = 0;
    bool found = false;
    if (entry->run == 0)
        return true;
    if (!LOOKUP(transaction->connection, &changes, &found, err,
            "UPDATE sync_runs SET changes = changes + 1 WHERE id = $1 RETURNING changes", SQL_INTEGER(entry->run)))
        return false;
    return changes > SYNC_CHANGES_MAX ||
           RUN(transaction->connection, err,
               "INSERT INTO sync_changes (run_id, repository_id, change, tag, digest, previous_digest, at_ms, reason, "
               "clock) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
               SQL_INTEGER(entry->run), SQL_INTEGER(entry->repository), SQL_WORD(entry->change), SQL_TEXT(entry->tag),
               SQL_TEXT(entry->digest), SQL_TEXT(entry->previous_digest), SQL_INTEGER(transaction->now_ms),
               SQL_WORD(entry->reason == NULL ? "" : entry->reason),
               SQL_WORD(entry->clock == NULL ? "" : entry->clock));
}

#define CHANGE_SELECT                                                                                                  \
    "SELECT sync_changes.id, change, repositories.name, tag, digest, previous_digest, at_ms, reason, clock "           \
    "FROM sync_changes JOIN repositories ON repositories.id = sync_changes.repository_id WHERE run_id = $1 "           \
    "AND ($4 = '' OR change = $4) AND sync_changes.id "

static void read_change(const struct rows *rows, struct arena *arena, struct sync_change *change)
{
    *change = (struct sync_change){
        .id = rows_integer(rows, 0),
        .change = rows_copy(rows, arena, 1),
        .repository = rows_copy(rows, arena, 2),
        .tag = rows_copy(rows, arena, 3),
        .digest = rows_copy(rows, arena, 4),
        .previous_digest = rows_copy(rows, arena, 5),
        .at_ms = rows_integer(rows, 6),
        .reason = rows_copy(rows, arena, 7),
        .clock = rows_copy(rows, arena, 8),
        .cursor = page_cursor(arena, rows_integer(rows, 0)),
    };
}

static bool list_changes(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct sync_change_query *query, const struct key_page *page, struct sync_change **items, size_t *count,
    struct error *err)
{
    AUTO_ROWS rows = {0};
    int64_t id = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "SELECT id FROM sync_runs WHERE uuid = $1 AND organization_id = $2", SQL_WORD(query->run->text),
            SQL_INTEGER(organization)))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no sync run \"%s\"", query->run->text);
    const char *sql = page->is_downward ? CHANGE_SELECT "< $2 ORDER BY sync_changes.id DESC LIMIT $3"
                                        : CHANGE_SELECT "> $2 ORDER BY sync_changes.id LIMIT $3";
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(id), SQL_INTEGER(page->from),
            SQL_INTEGER(page->limit), SQL_TEXT(query->change)))
        return false;
    struct sync_change *list = ARENA_ARRAY(arena, struct sync_change, (size_t)page->limit);
    for (*count = 0; rows_next(&rows); (*count)++)
        read_change(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_sync_changes(struct store *store, struct arena *arena, int64_t organization,
    const struct sync_change_query *query, struct sync_change **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(&query->page, false, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(
            &transaction, list_changes(&transaction, arena, organization, query, &keys, items, count, err), err))
        return false;
    page_finish(*items, sizeof(**items), count, query->page.limit, keys.is_reversed, has_more);
    return true;
}

/* One run a transaction, so that nobody waits long. */
static bool prune_journal(struct transaction *transaction, int64_t before_ms, bool *is_any, struct error *err)
{
    int64_t run = 0;
    return LOOKUP(transaction->connection, &run, is_any, err,
               "UPDATE sync_runs SET journal_pruned_ms = $2 WHERE id = (SELECT id FROM sync_runs "
               "WHERE journal_pruned_ms = 0 AND finished_ms > 0 AND finished_ms < $1 ORDER BY finished_ms LIMIT 1) "
               "RETURNING id",
               SQL_INTEGER(before_ms), SQL_INTEGER(transaction->now_ms)) &&
           RUN(transaction->connection, err, "DELETE FROM sync_changes WHERE run_id = $1", SQL_INTEGER(run)) &&
           RUN(transaction->connection, err, "DELETE FROM sync_notes WHERE run_id = $1", SQL_INTEGER(run)) &&
           RUN(transaction->connection, err, "DELETE FROM sync_runs WHERE id = $1 AND kind = 'projects'",
               SQL_INTEGER(run));
}

bool store_prune_sync_journals(struct store *store, struct error *err)
{
    for (bool is_any = true; is_any;) {
        struct transaction transaction;
        if (!transaction_write(store, &transaction, err) ||
            !transaction_end(
                &transaction, prune_journal(&transaction, transaction.now_ms - SYNC_JOURNAL_MS, &is_any, err), err))
            return false;
    }
    return true;
}

static bool note_text(
    struct transaction *transaction, int64_t organization, int64_t run, struct view text, struct error *err)
{
    return RUN(transaction->connection, err,
        "INSERT INTO sync_notes (run_id, text, at_ms) SELECT id, $3, $4 FROM sync_runs "
        "WHERE id = $1 AND organization_id = $2 AND (SELECT count(*) FROM sync_notes WHERE run_id = $1) < $5 "
        "AND NOT EXISTS (SELECT 1 FROM sync_notes WHERE run_id = $1 AND text = $3)",
        SQL_INTEGER(run), SQL_INTEGER(organization), SQL_TEXT(text), SQL_INTEGER(transaction->now_ms),
        SQL_INTEGER(SYNC_NOTES_MAX));
}

bool store_note_sync_text(struct store *store, int64_t organization, int64_t run, struct view text, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, note_text(&transaction, organization, run, text, err), err);
}

static bool list_notes(struct transaction *transaction, struct arena *arena, int64_t organization, int64_t run,
    struct view **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct view *list = ARENA_ARRAY(arena, struct view, SYNC_NOTES_MAX);
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT text FROM sync_notes JOIN sync_runs ON sync_runs.id = run_id "
            "WHERE run_id = $1 AND organization_id = $2 ORDER BY sync_notes.id LIMIT $3",
            SQL_INTEGER(run), SQL_INTEGER(organization), SQL_INTEGER(SYNC_NOTES_MAX)))
        return false;
    for (*count = 0; rows_next(&rows); (*count)++)
        list[*count] = rows_copy(&rows, arena, 0);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_sync_notes(struct store *store, struct arena *arena, int64_t organization, int64_t run,
    struct view **items, size_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, list_notes(&transaction, arena, organization, run, items, count, err), err);
}
