/* SPDX-License-Identifier: Apache-2.0 */
#include "store/layer_records.h"

#include "base/spool.h"
#include "scan/record.h"
#include "store/transaction.h"

enum { PART_BYTES = 1 << 20 };

/* The rows of a query with one column, behind each other. */
static bool append_parts(
    struct connection *connection, const char *sql, const struct digest *blob, struct spool *record, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(connection, &rows, err, sql, SQL_TEXT(digest_view(blob))))
        return false;
    while (rows_next(&rows)) {
        for (struct view rest = rows_view(&rows, 0); rest.size > 0; rest = view_from(rest, PART_BYTES)) {
            buffer_append(&record->bytes, view_slice(rest, 0, PART_BYTES));
            if (!spool_settle(record, "layer record", err))
                return false;
        }
    }
    return rows_finish(&rows, err);
}

bool layer_records_get(
    struct layer_cache *cache, struct arena *arena, const struct digest *blob, struct view *found, struct error *err)
{
    struct transaction transaction;
    AUTO_SPOOL record;
    spool_init(&record, store_folder((struct store *)cache), RECORD_BYTES_MAX);
    if (!transaction_read((struct store *)cache, &transaction, err))
        return false;
    struct connection *connection = transaction.connection;
    bool is_done = append_parts(connection, "SELECT record FROM layer_records WHERE blob = $1", blob, &record, err) &&
                   append_parts(connection, "SELECT bytes FROM layer_record_parts WHERE blob = $1 ORDER BY part", blob,
                       &record, err);
    return transaction_end(&transaction, is_done, err) && spool_take(&record, arena, found, err);
}

static bool put_parts(struct transaction *transaction, const struct digest *blob, struct view rest, struct error *err)
{
    struct connection *connection = transaction->connection;
    if (!RUN(connection, err, "DELETE FROM layer_record_parts WHERE blob = $1", SQL_TEXT(digest_view(blob))))
        return false;
    for (int64_t part = 1; rest.size > 0; part++, rest = view_from(rest, PART_BYTES)) {
        if (!RUN(connection, err, "INSERT INTO layer_record_parts (blob, part, bytes) VALUES ($1, $2, $3)",
                SQL_TEXT(digest_view(blob)), SQL_INTEGER(part), SQL_BYTES(view_slice(rest, 0, PART_BYTES))))
            return false;
    }
    return true;
}

bool layer_records_put(struct layer_cache *cache, const struct digest *blob, struct view stored, struct error *err)
{
    struct view made_by;
    struct transaction transaction;
    if (stored.size > RECORD_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "layer record of \"%s\" has more than %llu bytes", blob->text,
            (unsigned long long)RECORD_BYTES_MAX);
    if (!record_made_by(stored, &made_by, err) || !transaction_write((struct store *)cache, &transaction, err))
        return false;
    bool is_done = RUN(transaction.connection, err,
                       "INSERT INTO layer_records (blob, analyzers, record, created_ms) VALUES ($1, $2, $3, $4) "
                       "ON CONFLICT (blob) DO UPDATE SET analyzers = excluded.analyzers, record = excluded.record, "
                       "created_ms = excluded.created_ms WHERE layer_records.record <> excluded.record",
                       SQL_TEXT(digest_view(blob)), SQL_TEXT(made_by), SQL_BYTES(view_slice(stored, 0, PART_BYTES)),
                       SQL_INTEGER(transaction.now_ms)) &&
                   put_parts(&transaction, blob, view_from(stored, PART_BYTES), err);
    return transaction_end(&transaction, is_done, err);
}
