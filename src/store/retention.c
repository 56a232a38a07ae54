/* SPDX-License-Identifier: Apache-2.0 */
#include "store/retention.h"

#include "store/import_policies.h"
#include "store/transaction.h"

enum { BATCH = 100 };

/* $1 is the snapshot. What its images left behind is gone unless another row of the organization shows them; rows before
   those that they refer to. */
static const char *const forget_snapshot[] = {
    "DELETE FROM image_access WHERE EXISTS (SELECT 1 FROM snapshot_images AS old WHERE old.snapshot_id = $1 "
    "AND old.image_id = image_access.image_id AND old.organization_id = image_access.organization_id) "
    "AND NOT EXISTS (SELECT 1 FROM snapshot_images AS other WHERE other.image_id = image_access.image_id "
    "AND other.organization_id = image_access.organization_id AND other.snapshot_id <> $1)",
    "DELETE FROM snapshot_images WHERE snapshot_id = $1",
    "DELETE FROM events WHERE snapshot_id > 0 AND snapshot_id = $1",
    "DELETE FROM snapshots WHERE id = $1",
};

/* The next ones behind `*last`; no more than BATCH. */
static bool find_old(
    struct transaction *transaction, int64_t *last, int64_t ids[BATCH], size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    *count = 0;
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT snapshots.id FROM snapshots JOIN projects ON projects.id = snapshots.project_id "
            "WHERE snapshots.id > $1 AND snapshots.created_ms <= $2 AND projects.snapshot_id <> snapshots.id "
            "AND (SELECT count(*) FROM snapshots AS newer WHERE newer.project_id = snapshots.project_id "
            "AND newer.id > snapshots.id) >= 2 ORDER BY snapshots.id LIMIT $3",
            SQL_INTEGER(*last), SQL_INTEGER(transaction->now_ms - RESULT_KEEP_MS), SQL_INTEGER(BATCH)))
        return false;
    while (rows_next(&rows) && *count < BATCH)
        ids[(*count)++] = *last = rows_integer(&rows, 0);
    return rows_finish(&rows, err);
}

static bool forget_batch(struct transaction *transaction, int64_t *last, size_t *count, struct error *err)
{
    int64_t ids[BATCH];
    if (!find_old(transaction, last, ids, count, err))
        return false;
    for (size_t i = 0; i < *count; i++) {
        for (size_t k = 0; k < sizeof(forget_snapshot) / sizeof(forget_snapshot[0]); k++) {
            if (!RUN(transaction->connection, err, forget_snapshot[k], SQL_INTEGER(ids[i])))
                return false;
        }
    }
    return true;
}

bool store_prune_snapshots(struct store *store, struct error *err)
{
    int64_t last = 0;
    for (size_t count = BATCH; count == BATCH;) {
        struct transaction transaction;
        if (!transaction_write(store, &transaction, err) ||
            !transaction_end(&transaction, forget_batch(&transaction, &last, &count, err), err))
            return false;
    }
    return true;
}

bool store_prune_events(struct store *store, struct error *err)
{
    for (bool is_any = true; is_any;) {
        struct transaction transaction;
        int64_t id = 0;
        if (!transaction_write(store, &transaction, err) ||
            !transaction_end(&transaction,
                LOOKUP(transaction.connection, &id, &is_any, err,
                    "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at_ms <= $1 ORDER BY id LIMIT 1000) "
                    "RETURNING id",
                    SQL_INTEGER(transaction.now_ms - RESULT_KEEP_MS)),
                err))
            return false;
    }
    return true;
}

bool store_prune_dry_runs(struct store *store, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err, "DELETE FROM dry_runs WHERE created_ms <= $1",
                   SQL_INTEGER(transaction.now_ms - DRY_RUN_KEEP_MS)),
               err);
}
