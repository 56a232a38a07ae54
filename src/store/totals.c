/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image_rows.h"
#include "store/tally.h"

static bool count(
    struct transaction *transaction, const char *sql, int64_t organization, int64_t *total, struct error *err)
{
    bool found = false;
    return LOOKUP(transaction->connection, total, &found, err, sql, SQL_INTEGER(organization));
}

/* How many rows have a rank of at least `least`; the index by rank answers alone. */
static bool count_from_rank(
    struct transaction *transaction, int64_t organization, int64_t least, int64_t *total, struct error *err)
{
    bool found = false;
    return LOOKUP(transaction->connection, total, &found, err,
        "SELECT count(*) FROM snapshot_images WHERE organization_id = $1 AND is_current = 1 AND rank >= $2",
        SQL_INTEGER(organization), SQL_INTEGER(least));
}

/* Rows by state, artifacts apart, and by the most severe vulnerability, which the rank tells. */
static bool count_rows(
    struct transaction *transaction, int64_t organization, struct store_totals *totals, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT count(*) FILTER (WHERE is_image = 1 AND state = 0), "
            "count(*) FILTER (WHERE is_image = 1 AND state = 1), count(*) FILTER (WHERE is_image = 1 AND state = 2), "
            "count(*) FROM snapshot_images WHERE organization_id = $1 AND is_current = 1",
            SQL_INTEGER(organization)))
        return false;
    if (rows_next(&rows)) {
        for (int i = 0; i < IMAGE_STATE_COUNT; i++)
            totals->rows_by_state[i] = rows_integer(&rows, i);
        totals->rows = rows_integer(&rows, IMAGE_STATE_COUNT);
    }
    if (!rows_finish(&rows, err))
        return false;
    totals->artifacts = totals->rows - totals->rows_by_state[IMAGE_PENDING] - totals->rows_by_state[IMAGE_SCANNED] -
                        totals->rows_by_state[IMAGE_FAILED];
    int64_t above = 0;
    for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--) {
        int64_t from = 0;
        if (!count_from_rank(transaction, organization, INT64_C(1) << (RANK_BITS * severity), &from, err))
            return false;
        totals->rows_by_worst[severity] = from - above;
        above = from;
    }
    totals->rows_without_findings = totals->rows_by_state[IMAGE_SCANNED] - above;
    return true;
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
           count(transaction, "SELECT count(*) FROM projects WHERE organization_id = $1 AND deleted_ms = 0",
               organization, &totals->projects, err) &&
           count(transaction, "SELECT count(*) FROM image_access WHERE organization_id = $1", organization,
               &totals->images, err) &&
           count_rows(transaction, organization, totals, err);
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

/* The index of the counts answers alone. */
static bool read_inventory_totals(struct transaction *transaction, struct inventory_totals *totals, struct error *err)
{
    bool found = false;
    return LOOKUP(transaction->connection, &totals->images, &found, err,
               "SELECT count(unattributed_count) FROM inventory_details", SQL_NONE) &&
           LOOKUP(transaction->connection, &totals->unattributed, &found, err,
               "SELECT CAST(coalesce(sum(unattributed_count), 0) AS {integer}) FROM inventory_details "
               "WHERE unattributed_count > 0",
               SQL_NONE);
}

bool store_read_inventory_totals(struct store *store, struct inventory_totals *totals, struct error *err)
{
    struct transaction transaction;
    struct inventory_totals read = {0};
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, read_inventory_totals(&transaction, &read, err), err))
        return false;
    *totals = read;
    return true;
}
