/* SPDX-License-Identifier: Apache-2.0 */
#include "store/running_images.h"

#include "store/audit.h"
#include "store/evaluations_internal.h"
#include "store/transaction.h"
#include "store/vulnerability_policies_internal.h"

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

/* Reported within the time that makes an image one in use. */
static bool is_in_use_already(struct transaction *transaction, int64_t organization,
    const struct running_report_item *item, bool *is_so, struct error *err)
{
    int64_t seen = 0;
    return LOOKUP(transaction->connection, &seen, is_so, err,
        "SELECT seen_ms FROM running_images WHERE organization_id = $1 AND host = $2 AND repository = $3 AND tag = $4 "
        "AND digest = $5 AND seen_ms >= $6 LIMIT 1",
        SQL_INTEGER(organization), SQL_TEXT(item->host), SQL_TEXT(item->repository), SQL_TEXT(item->tag),
        SQL_TEXT(item->digest), SQL_INTEGER(transaction->now_ms - RUNNING_IMAGE_IN_USE_MS));
}

/* Verdicts depend on it where a policy asks. What is not reported any more follows on the next day, as all that time brings. */
static bool settle_verdicts(struct transaction *transaction, int64_t organization, struct error *err)
{
    int64_t one = 0;
    bool is_asked = false;
    return LOOKUP(transaction->connection, &one, &is_asked, err,
               "SELECT 1 FROM vulnerability_policies WHERE organization_id = $1 AND " POLICY_IS_STANDING
               " AND (document LIKE '%vulnIsInUse%' OR EXISTS (SELECT 1 FROM rule_bundles WHERE organization_id = $1 "
               "AND document LIKE '%vulnIsInUse%')) LIMIT 1",
               SQL_INTEGER(organization)) &&
           (!is_asked || (due_mark_organization(transaction, organization, DUE_PERSON, err) &&
                             due_settle(transaction, organization, err)));
}

bool running_image_find(struct transaction *transaction, int64_t organization, int64_t row, bool *knows_use,
    bool *is_in_use, struct error *err)
{
    int64_t one = 0;
    int64_t since_ms = transaction->now_ms - RUNNING_IMAGE_IN_USE_MS;
    return LOOKUP(transaction->connection, &one, knows_use, err,
               "SELECT 1 FROM running_images WHERE organization_id = $1 AND seen_ms >= $2 LIMIT 1",
               SQL_INTEGER(organization), SQL_INTEGER(since_ms)) &&
           LOOKUP(transaction->connection, &one, is_in_use, err,
               "SELECT 1 FROM snapshot_images AS s JOIN snapshots ON snapshots.id = s.snapshot_id "
               "JOIN projects ON projects.id = snapshots.project_id "
               "JOIN repositories ON repositories.id = snapshots.repository_id "
               "JOIN integrations ON integrations.id = s.integration_id "
               "JOIN running_images AS run ON run.organization_id = s.organization_id "
               "AND run.host = integrations.host AND run.repository = repositories.name AND run.seen_ms >= $2 "
               "AND (run.digest = snapshots.digest OR run.digest = s.manifest "
               "OR (run.digest = '' AND run.tag = projects.tag)) WHERE s.id = $1 LIMIT 1",
               SQL_INTEGER(row), SQL_INTEGER(since_ms));
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
    bool is_news = false;
    for (size_t i = 0; i < count; i++) {
        bool is_known = false;
        if (!is_in_use_already(transaction, organization, &items[i], &is_known, err))
            return false;
        is_news = is_news || !is_known;
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
    return audit_add(transaction, organization, &event, err) &&
           (!is_news || settle_verdicts(transaction, organization, err));
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
