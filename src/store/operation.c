/* SPDX-License-Identifier: Apache-2.0 */
#include "store/operation.h"

#include "store/transaction.h"

static bool read_totals(struct transaction *transaction, struct sync_totals *totals, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT (SELECT count(*) FROM integrations), (SELECT count(DISTINCT integration_id) FROM sync_runs "
            "WHERE state = 'failed' AND id IN (SELECT max(id) FROM sync_runs GROUP BY integration_id, kind = 'projects')), "
            "(SELECT count(*) FROM sync_runs WHERE state = 'running'), "
            "(SELECT count(*) FROM import_policies WHERE held_run_id IS NOT NULL AND approved_run_id IS NULL), "
            "(SELECT count(*) FROM snapshot_images WHERE is_current = 1 AND is_image = 1 AND state <> 1 AND state = 0), "
            "(SELECT count(*) FROM snapshot_images WHERE is_current = 1 AND is_image = 1 AND state <> 1 AND state = 2)",
            SQL_NONE))
        return false;
    if (rows_next(&rows))
        *totals = (struct sync_totals){rows_integer(&rows, 0), rows_integer(&rows, 1), rows_integer(&rows, 2),
            rows_integer(&rows, 3), rows_integer(&rows, 4), rows_integer(&rows, 5)};
    return rows_finish(&rows, err);
}

bool store_read_sync_totals(struct store *store, struct sync_totals *totals, struct error *err)
{
    struct transaction transaction;
    *totals = (struct sync_totals){0};
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, read_totals(&transaction, totals, err), err);
}
