/* SPDX-License-Identifier: Apache-2.0 */
#include "store/running_images.h"

#include "store/audit.h"
#include "store/transaction.h"

/* By the digest if it is known, else by the tag: a tag that moved runs another image than the one that was imported. */
static bool find_imported(
    struct transaction *transaction, int64_t organization, struct running_report_item *item, struct error *err)
{
    int64_t id = 0;
    return LOOKUP(transaction->connection, &id, &item->is_imported, err,
        "SELECT projects.id FROM projects JOIN targets ON targets.id = projects.target_id "
        "JOIN repositories ON repositories.id = targets.repository_id "
        "JOIN integrations ON integrations.id = repositories.integration_id "
        "LEFT JOIN snapshots ON snapshots.id = projects.snapshot_id "
        "WHERE projects.organization_id = $1 AND projects.deleted_ms = 0 AND integrations.host = $2 "
        "AND repositories.name = $3 AND ($4 = '' OR projects.tag = $4 OR $5 <> '') "
        "AND ($5 = '' OR snapshots.digest = $5 OR EXISTS (SELECT 1 FROM snapshot_images "
        "WHERE snapshot_id = snapshots.id AND manifest = $5)) LIMIT 1",
        SQL_INTEGER(organization), SQL_TEXT(item->host), SQL_TEXT(item->repository), SQL_TEXT(item->tag),
        SQL_TEXT(item->digest));
}

static bool report(struct transaction *transaction, int64_t organization, struct view provider,
    struct running_report_item *items, size_t count, struct view who, struct error *err)
{
    const struct audit_event event = {
        .actor = who,
        .action = view_text("running_images.report"),
        .subject_type = view_text("running_images"),
        .subject_name = provider,
    };
    for (size_t i = 0; i < count; i++) {
        if (!RUN(transaction->connection, err,
                "INSERT INTO running_images (organization_id, host, repository, tag, digest, provider, seen_ms) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7) "
                "ON CONFLICT (organization_id, host, repository, tag, digest, provider) DO UPDATE SET seen_ms = $7",
                SQL_INTEGER(organization), SQL_TEXT(items[i].host), SQL_TEXT(items[i].repository),
                SQL_TEXT(items[i].tag), SQL_TEXT(items[i].digest), SQL_TEXT(provider),
                SQL_INTEGER(transaction->now_ms)) ||
            !find_imported(transaction, organization, &items[i], err))
            return false;
    }
    return audit_add(transaction, organization, &event, err);
}

bool store_report_running(struct store *store, int64_t organization, struct view provider,
    struct running_report_item *items, size_t count, struct view who, struct error *err)
{
    struct transaction transaction;
    if (count > RUNNING_IMAGES_MAX)
        return error_set(err, ERROR_LIMIT, "one report takes at most %d images", RUNNING_IMAGES_MAX);
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, report(&transaction, organization, provider, items, count, who, err), err);
}

bool store_prune_running_images(struct store *store, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err, "DELETE FROM running_images WHERE seen_ms < $1",
                   SQL_INTEGER(transaction.now_ms - RUNNING_IMAGE_KEPT_MS)),
               err);
}
