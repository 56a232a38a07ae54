/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image_rows.h"
#include "store/list_scan.h"

static bool count(
    struct transaction *transaction, const char *sql, int64_t organization, int64_t *total, struct error *err)
{
    bool found = false;
    return LOOKUP(transaction->connection, total, &found, err, sql, SQL_INTEGER(organization));
}

static void count_row(const struct list_entry *entry, struct store_totals *totals)
{
    totals->rows++;
    if (!entry->is_image) {
        totals->artifacts++;
        return;
    }
    totals->rows_by_state[entry->state]++;
    if (entry->state != IMAGE_SCANNED)
        return;
    int worst = kinds_worst(entry->key.kinds);
    if (worst < 0)
        totals->rows_without_findings++;
    else
        totals->rows_by_worst[worst]++;
}

/* Rows by state, artifacts apart, and by the most severe vulnerability. */
static bool count_rows(
    struct transaction *transaction, int64_t organization, struct store_totals *totals, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    AUTO_LIST_SCAN scan = {0};
    struct list_entry entry = {0};
    if (!list_scan_begin(&scan, transaction, scratch, organization, &(struct list_wish){0}, err))
        return false;
    while (list_scan_next(&scan, &entry))
        count_row(&entry, totals);
    return list_scan_finish(&scan, err);
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
