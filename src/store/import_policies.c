/* SPDX-License-Identifier: Apache-2.0 */
#include "store/import_policies.h"

#include "store/audit.h"
#include "store/jobs_internal.h"

static bool find_integration(struct transaction *transaction, int64_t organization, const struct uuid *integration,
    int64_t *id, struct error *err)
{
    bool found = false;
    if (!LOOKUP(transaction->connection, id, &found, err,
            "SELECT id FROM integrations WHERE uuid = $1 AND organization_id = $2", SQL_WORD(integration->text),
            SQL_INTEGER(organization)))
        return false;
    return found || error_set(err, ERROR_NOT_FOUND, "there is no integration \"%s\"", integration->text);
}

static bool note(struct transaction *transaction, int64_t organization, const struct uuid *integration, struct view who,
    const char *action, struct view detail, struct error *err)
{
    struct audit_event event = {
        .actor = who,
        .action = view_text(action),
        .subject_type = view_text("integration"),
        .subject_id = view_text(integration->text),
        .detail = detail,
    };
    return audit_add(transaction, organization, &event, err);
}

static bool replace_policy(struct transaction *transaction, int64_t organization, int64_t integration,
    const struct import_policy_save *save, struct error *err)
{
    return RUN(transaction->connection, err, "DELETE FROM import_policies WHERE integration_id = $1",
               SQL_INTEGER(integration)) &&
           RUN(transaction->connection, err,
               "INSERT INTO import_policies (integration_id, organization_id, document, who, posted_ms, changed_ms, "
               "next_run_ms, schedule_ms, baseline_run_id, is_first_run, held_run_id, held_listing, held_ms, "
               "approved_run_id) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, NULL, 1, NULL, '', 0, NULL)",
               SQL_INTEGER(integration), SQL_INTEGER(organization), SQL_TEXT(save->document), SQL_TEXT(save->who),
               SQL_INTEGER(transaction->now_ms), SQL_INTEGER(transaction->now_ms + save->schedule_ms),
               SQL_INTEGER(save->schedule_ms));
}

static bool change_policy(
    struct transaction *transaction, int64_t integration, const struct import_policy_save *save, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "UPDATE import_policies SET document = $2, who = $3, changed_ms = $4, next_run_ms = $5, schedule_ms = $6, "
            "is_first_run = 1, held_run_id = NULL, approved_run_id = NULL WHERE integration_id = $1 "
            "RETURNING integration_id",
            SQL_INTEGER(integration), SQL_TEXT(save->document), SQL_TEXT(save->who), SQL_INTEGER(transaction->now_ms),
            SQL_INTEGER(transaction->now_ms + save->schedule_ms), SQL_INTEGER(save->schedule_ms)))
        return false;
    return found || error_set(err, ERROR_NOT_FOUND, "this integration has no import policy");
}

static bool save_policy(struct transaction *transaction, int64_t organization, const struct uuid *integration,
    const struct import_policy_save *save, struct error *err)
{
    int64_t id = 0;
    return find_integration(transaction, organization, integration, &id, err) &&
           (save->is_replacement ? replace_policy(transaction, organization, id, save, err)
                                 : change_policy(transaction, id, save, err)) &&
           note(transaction, organization, integration, save->who,
               save->is_replacement ? "container_import_policy.create" : "container_import_policy.edit", save->document,
               err) &&
           jobs_enqueue_sync(transaction,
               &(struct sync_order){.organization = organization, .integration = integration, .who = save->who},
               &(struct uuid){""}, err);
}

bool store_save_import_policy(struct store *store, int64_t organization, const struct uuid *integration,
    const struct import_policy_save *save, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, save_policy(&transaction, organization, integration, save, err), err);
}

static bool find_policy(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *integration, struct import_policy_row *row, struct error *err)
{
    AUTO_ROWS rows = {0};
    bool found;
    *row = (struct import_policy_row){.integration_uuid = *integration};
    if (!find_integration(transaction, organization, integration, &row->integration, err) ||
        !QUERY(transaction->connection, &rows, err,
            "SELECT document, who, posted_ms, changed_ms, next_run_ms, coalesce(baseline_run_id, 0), is_first_run, "
            "coalesce(held_run_id, 0), held_listing, held_ms, coalesce(approved_run_id, 0) FROM import_policies "
            "WHERE integration_id = $1",
            SQL_INTEGER(row->integration)))
        return false;
    found = rows_next(&rows);
    if (found) {
        row->document = rows_copy(&rows, arena, 0);
        row->who = rows_copy(&rows, arena, 1);
        row->posted_ms = rows_integer(&rows, 2);
        row->changed_ms = rows_integer(&rows, 3);
        row->next_run_ms = rows_integer(&rows, 4);
        row->baseline_run = rows_integer(&rows, 5);
        row->is_first_run = rows_boolean(&rows, 6);
        row->held_run = rows_integer(&rows, 7);
        row->held_listing = rows_copy(&rows, arena, 8);
        row->held_ms = rows_integer(&rows, 9);
        row->approved_run = rows_integer(&rows, 10);
    }
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "this integration has no import policy"));
}

bool store_find_import_policy(struct store *store, struct arena *arena, int64_t organization,
    const struct uuid *integration, struct import_policy_row *row, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_policy(&transaction, arena, organization, integration, row, err), err);
}

static bool delete_policy(struct transaction *transaction, int64_t organization, const struct uuid *integration,
    struct view who, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    if (!find_integration(transaction, organization, integration, &id, err) ||
        !LOOKUP(transaction->connection, &id, &found, err,
            "DELETE FROM import_policies WHERE integration_id = $1 RETURNING integration_id", SQL_INTEGER(id)))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "this integration has no import policy");
    return note(transaction, organization, integration, who, "container_import_policy.delete", view_text(""), err);
}

bool store_delete_import_policy(
    struct store *store, int64_t organization, const struct uuid *integration, struct view who, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, delete_policy(&transaction, organization, integration, who, err), err);
}

struct due_sync {
    int64_t integration;
    int64_t organization;
    struct uuid uuid;
};

static bool queue_due(struct transaction *transaction, size_t *count, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ROWS rows = {0};
    struct {
        struct due_sync *items;
        size_t count, capacity;
    } due = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT integrations.id, integrations.organization_id, integrations.uuid FROM import_policies "
            "JOIN integrations ON integrations.id = import_policies.integration_id WHERE next_run_ms <= $1 "
            "AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.kind = 'sync' AND jobs.key = integrations.uuid AND state < 2 "
            "AND coalesce(jobs.organization_id, 0) = integrations.organization_id)",
            SQL_INTEGER(transaction->now_ms)))
        return false;
    while (rows_next(&rows)) {
        struct due_sync *one = ARENA_PUSH(arena, &due);
        one->integration = rows_integer(&rows, 0);
        one->organization = rows_integer(&rows, 1);
        uuid_parse(rows_view(&rows, 2), &one->uuid);
    }
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < due.count; i++) {
        const struct due_sync *one = &due.items[i];
        if (!jobs_enqueue_sync(transaction,
                &(struct sync_order){
                    .organization = one->organization, .integration = &one->uuid, .who = view_text("schedule")},
                &(struct uuid){""}, err) ||
            !RUN(transaction->connection, err,
                "UPDATE import_policies SET next_run_ms = $2 + schedule_ms WHERE integration_id = $1",
                SQL_INTEGER(one->integration), SQL_INTEGER(transaction->now_ms)))
            return false;
    }
    *count = due.count;
    return true;
}

bool store_queue_due_syncs(struct store *store, size_t *count, struct error *err)
{
    static const char any[] = "SELECT integration_id FROM import_policies WHERE next_run_ms <= $1 LIMIT 1";
    return transaction_write_if_any(store, any, queue_due, count, err);
}

static bool approve(
    struct transaction *transaction, int64_t organization, const struct uuid *run, struct view who, struct error *err)
{
    AUTO_ROWS rows = {0};
    int64_t id = 0;
    bool found = false;
    struct uuid integration = {0};
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "UPDATE import_policies SET approved_run_id = held_run_id WHERE organization_id = $2 AND held_run_id = "
            "(SELECT id FROM sync_runs WHERE uuid = $1 AND organization_id = $2) RETURNING integration_id",
            SQL_WORD(run->text), SQL_INTEGER(organization)))
        return false;
    if (!found)
        return error_set(err, ERROR_CONFLICT, "run %s holds no deletions", run->text);
    if (!QUERY(transaction->connection, &rows, err, "SELECT uuid FROM integrations WHERE id = $1", SQL_INTEGER(id)))
        return false;
    if (rows_next(&rows))
        uuid_parse(rows_view(&rows, 0), &integration);
    return rows_finish(&rows, err) &&
           note(transaction, organization, &integration, who, "sync.approve", view_text(run->text), err) &&
           jobs_enqueue_sync(transaction,
               &(struct sync_order){.organization = organization, .integration = &integration, .who = who},
               &(struct uuid){""}, err);
}

bool store_approve_deletions(
    struct store *store, int64_t organization, const struct uuid *run, struct view who, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, approve(&transaction, organization, run, who, err), err);
}
