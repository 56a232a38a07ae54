/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image_rows.h"

static bool count(
    struct transaction *transaction, const char *sql, int64_t organization, int64_t *total, struct error *err)
{
    bool found = false;
    return LOOKUP(transaction->connection, total, &found, err, sql, SQL_INTEGER(organization));
}

/* Rows by state; artifacts apart. */
static bool count_rows(
    struct transaction *transaction, int64_t organization, struct store_totals *totals, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT state, is_image, count(*) FROM snapshot_images WHERE organization_id = $1 AND is_current = 1 "
            "GROUP BY state, is_image",
            SQL_INTEGER(organization)))
        return false;
    while (rows_next(&rows)) {
        int64_t number = rows_integer(&rows, 2);
        totals->rows += number;
        if (rows_boolean(&rows, 1))
            totals->rows_by_state[rows_integer(&rows, 0)] += number;
        else
            totals->artifacts += number;
    }
    return rows_finish(&rows, err);
}

static bool count_worst(
    struct transaction *transaction, int64_t organization, struct store_totals *totals, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT CASE WHEN c.critical > 0 THEN 5 WHEN c.high > 0 THEN 4 WHEN c.medium > 0 THEN 3 "
            "WHEN c.low > 0 THEN 2 WHEN c.negligible > 0 THEN 1 WHEN c.unknown > 0 THEN 0 ELSE -1 END AS worst, "
            "count(*) FROM snapshot_images AS s JOIN image_counters AS c ON c.organization_id = s.organization_id "
            "AND c.image_id = s.image_id WHERE s.organization_id = $1 AND s.is_current = 1 AND s.state = 1 "
            "GROUP BY worst",
            SQL_INTEGER(organization)))
        return false;
    while (rows_next(&rows)) {
        int64_t worst = rows_integer(&rows, 0);
        if (worst < 0)
            totals->rows_without_findings = rows_integer(&rows, 1);
        else
            totals->rows_by_worst[worst] = rows_integer(&rows, 1);
    }
    return rows_finish(&rows, err);
}

static bool read_totals(struct row_reader *reader, struct store_totals *totals, struct error *err)
{
    struct transaction *transaction = reader->transaction;
    int64_t organization = reader->organization;
    totals->generation = reader->generation;
    for (size_t i = 0; i < reader->feed_count; i++)
        totals->is_demo |= reader->feeds[i].is_demo;
    return count(transaction, "SELECT count(*) FROM integrations WHERE organization_id = $1", organization,
               &totals->integrations, err) &&
           count(transaction,
               "SELECT count(*) FROM repositories JOIN integrations ON integrations.id = integration_id "
               "WHERE organization_id = $1",
               organization, &totals->repositories, err) &&
           count(transaction, "SELECT count(*) FROM projects WHERE organization_id = $1", organization,
               &totals->projects, err) &&
           count(transaction, "SELECT count(*) FROM image_access WHERE organization_id = $1", organization,
               &totals->images, err) &&
           count_rows(transaction, organization, totals, err) && count_worst(transaction, organization, totals, err);
}

bool store_read_totals(
    struct store *store, struct arena *arena, int64_t organization, struct store_totals *totals, struct error *err)
{
    struct transaction transaction;
    struct row_reader reader;
    struct store_totals read = {0};
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            row_reader_begin(&reader, &transaction, arena, organization, NULL, err) && read_totals(&reader, &read, err),
            err))
        return false;
    *totals = read;
    return true;
}
