/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "store/audit.h"
#include "store/import_policies.h"
#include "store/jobs_internal.h"
#include "sync/plan_chunk.h"

#define DRY_RUN_COLUMNS                                                                                                  \
    "dry_runs.id, dry_runs.uuid, integrations.uuid, document, status, error, summary, dry_runs.created_ms, started_ms, " \
    "completed_ms, total"
#define DRY_RUN_TABLES " FROM dry_runs JOIN integrations ON integrations.id = dry_runs.integration_id "

static void read_dry_run(const struct rows *rows, struct arena *arena, struct dry_run *run)
{
    *run = (struct dry_run){
        .id = rows_integer(rows, 0),
        .document = rows_copy(rows, arena, 3),
        .status = rows_copy(rows, arena, 4),
        .error = rows_copy(rows, arena, 5),
        .summary = rows_copy(rows, arena, 6),
        .created_ms = rows_integer(rows, 7),
        .started_ms = rows_integer(rows, 8),
        .completed_ms = rows_integer(rows, 9),
        .total = rows_integer(rows, 10),
    };
    uuid_parse(rows_view(rows, 1), &run->uuid);
    uuid_parse(rows_view(rows, 2), &run->integration_uuid);
}

static bool find_dry_run(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *integration, const struct uuid *uuid, struct dry_run *run, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT " DRY_RUN_COLUMNS DRY_RUN_TABLES
            "WHERE dry_runs.uuid = $1 AND integrations.uuid = $2 AND dry_runs.organization_id = $3 "
            "AND dry_runs.created_ms > $4",
            SQL_WORD(uuid->text), SQL_WORD(integration->text), SQL_INTEGER(organization),
            SQL_INTEGER(transaction->now_ms - DRY_RUN_KEEP_MS)))
        return false;
    bool found = rows_next(&rows);
    if (found)
        read_dry_run(&rows, arena, run);
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "this integration has no dry run \"%s\"", uuid->text));
}

bool store_find_dry_run(struct store *store, struct arena *arena, int64_t organization, const struct uuid *integration,
    const struct uuid *uuid, struct dry_run *run, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(
               &transaction, find_dry_run(&transaction, arena, organization, integration, uuid, run, err), err);
}

static bool note(struct transaction *transaction, int64_t organization, const struct uuid *integration, struct view who,
    const struct uuid *uuid, struct error *err)
{
    const struct audit_event event = {
        .actor = who,
        .action = view_text("container_import_policy.dry_run"),
        .subject_type = view_text("integration"),
        .subject_id = view_text(integration->text),
        .subject_name = view_text(""),
        .detail = view_text(uuid->text),
    };
    return audit_add(transaction, organization, &event, err);
}

static bool new_dry_run(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *integration, const struct dry_run_new *given, struct dry_run *made, struct error *err)
{
    int64_t id = 0, other = 0;
    bool found = false;
    struct uuid uuid, job;
    const struct job_about about = {.organization = organization,
        .kind = "dry_run",
        .member = "dry_run",
        .uuid = &uuid,
        .integration = view_text(integration->text),
        .lane = JOB_LANE_NOW};
    uuid_new(&uuid);
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "SELECT id FROM integrations WHERE uuid = $1 AND organization_id = $2", SQL_WORD(integration->text),
            SQL_INTEGER(organization)))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no integration \"%s\"", integration->text);
    if (!LOOKUP(transaction->connection, &other, &found, err,
            "SELECT id FROM dry_runs WHERE integration_id = $1 AND status IN ('pending', 'running')", SQL_INTEGER(id)))
        return false;
    if (found)
        return error_set(err, ERROR_CONFLICT, "a dry run of this integration has not ended yet: wait for its result");
    return RUN(transaction->connection, err,
               "INSERT INTO dry_runs (uuid, organization_id, integration_id, document, status, error, summary, "
               "created_ms, started_ms, completed_ms, total) VALUES ($1, $2, $3, $4, 'pending', '', '', $5, 0, 0, 0)",
               SQL_WORD(uuid.text), SQL_INTEGER(organization), SQL_INTEGER(id), SQL_TEXT(given->document),
               SQL_INTEGER(transaction->now_ms)) &&
           jobs_enqueue_about(transaction, &about, &job, err) &&
           note(transaction, organization, integration, given->who, &uuid, err) &&
           find_dry_run(transaction, arena, organization, integration, &uuid, made, err);
}

bool store_new_dry_run(struct store *store, struct arena *arena, int64_t organization, const struct uuid *integration,
    const struct dry_run_new *given, struct dry_run *made, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(
               &transaction, new_dry_run(&transaction, arena, organization, integration, given, made, err), err);
}

bool store_begin_dry_run(struct store *store, int64_t id, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err, "DELETE FROM dry_run_chunks WHERE dry_run_id = $1", SQL_INTEGER(id)) &&
                   RUN(transaction.connection, err,
                       "UPDATE dry_runs SET status = 'running', "
                       "started_ms = CASE WHEN started_ms = 0 THEN $2 ELSE started_ms END WHERE id = $1",
                       SQL_INTEGER(id), SQL_INTEGER(transaction.now_ms)),
               err);
}

bool store_add_dry_run_chunk(
    struct store *store, int64_t id, enum dry_run_part part, int64_t position, struct view content, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err,
                   "INSERT INTO dry_run_chunks (dry_run_id, part, position, content) VALUES ($1, $2, $3, $4)",
                   SQL_INTEGER(id), SQL_INTEGER(part), SQL_INTEGER(position), SQL_BYTES(content)),
               err);
}

bool store_finish_dry_run(struct store *store, int64_t id, const struct dry_run_end *end, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               (end->keeps_deletions ||
                   RUN(transaction.connection, err, "DELETE FROM dry_run_chunks WHERE dry_run_id = $1 AND part = $2",
                       SQL_INTEGER(id), SQL_INTEGER(DRY_RUN_DELETE))) &&
                   RUN(transaction.connection, err,
                       "UPDATE dry_runs SET status = $2, error = $3, total = $4, completed_ms = $5, summary = $6, "
                       "started_ms = CASE WHEN started_ms = 0 THEN $5 ELSE started_ms END WHERE id = $1",
                       SQL_INTEGER(id), SQL_WORD(end->error.size == 0 ? "completed" : "failed"), SQL_TEXT(end->error),
                       SQL_INTEGER(end->total), SQL_INTEGER(transaction.now_ms), SQL_TEXT(end->summary)),
               err);
}

static bool write_part(
    struct transaction *transaction, int64_t id, enum dry_run_part part, struct json_writer *writer, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT content FROM dry_run_chunks WHERE dry_run_id = $1 AND part = $2 ORDER BY position", SQL_INTEGER(id),
            SQL_INTEGER(part)))
        return false;
    while (rows_next(&rows)) {
        if (!plan_chunk_write(rows_view(&rows, 0), writer, err) ||
            !buffer_check(writer->out, "result of a dry run", err))
            return false;
    }
    return rows_finish(&rows, err);
}

bool store_write_dry_run_part(
    struct store *store, int64_t id, enum dry_run_part part, struct json_writer *writer, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, write_part(&transaction, id, part, writer, err), err);
}
