/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"
#include "store/integrations.h"
#include "store/jobs_internal.h"
#include "store/page.h"
#include "store/project_scans.h"

/* The run of a job that is tried again, else an end to the runs of its kind that dead jobs left open. */
static bool resume_sync(struct transaction *transaction, int64_t organization, int64_t integration,
    const struct uuid *job, bool is_of_projects, int64_t *run, bool *found, struct error *err)
{
    if (!LOOKUP(transaction->connection, run, found, err,
            "SELECT CASE WHEN state = 'running' THEN id ELSE 0 END FROM sync_runs "
            "WHERE uuid = $1 AND organization_id = $2 AND integration_id = $3",
            SQL_WORD(job->text), SQL_INTEGER(organization), SQL_INTEGER(integration)))
        return false;
    return *found ||
           RUN(transaction->connection, err,
               "UPDATE sync_runs SET state = 'failed', error = 'the program ended meanwhile', "
               "finished_ms = $2 WHERE integration_id = $1 AND state = 'running' AND (kind = 'projects') = $3 "
               "AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.uuid = sync_runs.uuid AND jobs.state < 2)",
               SQL_INTEGER(integration), SQL_INTEGER(transaction->now_ms), SQL_INTEGER(is_of_projects));
}

static bool begin_sync(struct transaction *transaction, int64_t organization, int64_t integration, struct view who,
    const struct uuid *job, bool is_of_projects, int64_t *run, struct error *err)
{
    struct uuid uuid;
    bool found = false;
    int64_t id = 0;
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "SELECT id FROM integrations WHERE id = $1 AND organization_id = $2", SQL_INTEGER(integration),
            SQL_INTEGER(organization)))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no such integration");
    if (job != NULL) {
        if (!resume_sync(transaction, organization, integration, job, is_of_projects, run, &found, err) || found)
            return found;
        uuid = *job;
    } else {
        if (!LOOKUP(transaction->connection, run, &found, err,
                "SELECT id FROM sync_runs WHERE integration_id = $1 AND state = 'running' AND kind <> 'projects'",
                SQL_INTEGER(integration)))
            return false;
        if (found)
            return error_set(err, ERROR_CONFLICT, "a sync of this integration is running: wait until it has finished");
        uuid_new(&uuid);
    }
    return LOOKUP(transaction->connection, run, &found, err,
        "INSERT INTO sync_runs (uuid, organization_id, integration_id, state, who, error, started_ms, finished_ms, "
        "repositories, repositories_done, tags, images_new, images_unchanged, artifacts, errors, kind) "
        "VALUES ($1, $2, $3, 'running', $4, '', $5, 0, 0, 0, 0, 0, 0, 0, 0, $6) RETURNING id",
        SQL_WORD(uuid.text), SQL_INTEGER(organization), SQL_INTEGER(integration), SQL_TEXT(who),
        SQL_INTEGER(transaction->now_ms), SQL_WORD(is_of_projects ? "projects" : "sync"));
}

static bool begin(struct store *store, int64_t organization, int64_t integration, struct view who,
    const struct uuid *job, bool is_of_projects, int64_t *run, struct error *err)
{
    struct transaction transaction;
    int64_t id = 0;
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(
            &transaction, begin_sync(&transaction, organization, integration, who, job, is_of_projects, &id, err), err))
        return false;
    *run = id;
    return true;
}

bool store_begin_sync(struct store *store, int64_t organization, int64_t integration, struct view who,
    const struct uuid *job, int64_t *run, struct error *err)
{
    return begin(store, organization, integration, who, job, false, run, err);
}

bool store_begin_project_scan(struct store *store, int64_t organization, int64_t integration, struct view who,
    const struct uuid *job, int64_t *run, struct error *err)
{
    return begin(store, organization, integration, who, job, true, run, err);
}

static bool write_run(struct transaction *transaction, int64_t organization, int64_t run,
    const struct sync_counts *counts, const char *state, struct view error, int64_t *integration, struct error *err)
{
    bool found = false;
    bool is_running = strcmp(state, "running") == 0;
    int64_t readable = counts->images_new + counts->images_unchanged + counts->artifacts;
    if (!LOOKUP(transaction->connection, integration, &found, err,
            "UPDATE sync_runs SET state = $3, error = $4, finished_ms = $5, repositories = $6, repositories_done = $7, "
            "tags = $8, errors = $9, images_unchanged = CASE WHEN $10 > images_new + artifacts "
            "THEN $10 - images_new - artifacts ELSE 0 END "
            "WHERE id = $1 AND organization_id = $2 AND state = 'running' RETURNING integration_id",
            SQL_INTEGER(run), SQL_INTEGER(organization), SQL_WORD(state), SQL_TEXT(error),
            SQL_INTEGER(is_running ? 0 : transaction->now_ms), SQL_INTEGER(counts->repositories),
            SQL_INTEGER(counts->repositories_done), SQL_INTEGER(counts->tags), SQL_INTEGER(counts->errors),
            SQL_INTEGER(readable)))
        return false;
    return found || error_set(err, ERROR_CONFLICT, "this sync run has ended");
}

bool store_note_sync(
    struct store *store, int64_t organization, int64_t run, const struct sync_counts *counts, struct error *err)
{
    struct transaction transaction;
    int64_t integration = 0;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               write_run(&transaction, organization, run, counts, "running", view_text(""), &integration, err), err);
}

static bool note_whole_listing(
    struct transaction *transaction, int64_t integration, int64_t run, int64_t tags, struct error *err)
{
    return RUN(transaction->connection, err,
        "INSERT INTO complete_listings (integration_id, first_run_id, last_run_id, tags) VALUES ($1, $2, $2, $3) "
        "ON CONFLICT (integration_id) DO UPDATE SET last_run_id = excluded.last_run_id, tags = excluded.tags",
        SQL_INTEGER(integration), SQL_INTEGER(run), SQL_INTEGER(tags));
}

static bool note_policy_outcome(struct transaction *transaction, int64_t integration, int64_t run,
    const struct policy_outcome *outcome, struct error *err)
{
    if (!RUN(transaction->connection, err, "UPDATE sync_runs SET backlog = $2 WHERE id = $1", SQL_INTEGER(run),
            SQL_INTEGER(outcome->backlog)))
        return false;
    return RUN(transaction->connection, err,
        "UPDATE import_policies SET is_first_run = 0, next_run_ms = CASE WHEN $5 > 0 THEN $4 ELSE next_run_ms END, "
        "held_ms = CASE WHEN $2 IS NULL THEN 0 WHEN held_listing = $3 AND held_run_id IS NOT NULL "
        "THEN held_ms ELSE $4 END, held_run_id = $2, held_listing = $3, approved_run_id = NULL "
        "WHERE integration_id = $1",
        SQL_INTEGER(integration), outcome->is_holding ? SQL_INTEGER(run) : SQL_NULL, SQL_TEXT(outcome->listing),
        SQL_INTEGER(transaction->now_ms), SQL_INTEGER(outcome->is_waiting ? 0 : outcome->backlog));
}

static bool finish_sync(struct transaction *transaction, int64_t organization, int64_t run,
    const struct sync_counts *counts, const struct sync_end *end, struct error *err)
{
    int64_t integration = 0;
    return write_run(transaction, organization, run, counts, end->is_complete ? "finished" : "failed", end->error,
               &integration, err) &&
           (!end->is_whole || note_whole_listing(transaction, integration, run, counts->tags, err)) &&
           (end->policy == NULL || note_policy_outcome(transaction, integration, run, end->policy, err));
}

bool store_finish_sync(struct store *store, int64_t organization, int64_t run, const struct sync_counts *counts,
    const struct sync_end *end, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, finish_sync(&transaction, organization, run, counts, end, err), err);
}

#define RUN_COLUMNS                                                                                                        \
    "sync_runs.id, sync_runs.uuid, integrations.uuid, integrations.name, state, who, error, started_ms, finished_ms, "     \
    "repositories, repositories_done, tags, images_new, images_unchanged, artifacts, errors, changes, journal_pruned_ms, " \
    "EXISTS (SELECT 1 FROM import_policies WHERE held_run_id = sync_runs.id AND approved_run_id IS NULL), backlog, kind"
#define RUN_TABLES                                                                                                     \
    " FROM sync_runs JOIN integrations ON integrations.id = sync_runs.integration_id WHERE "                           \
    "sync_runs.organization_id = $1 "

static void read_run(const struct rows *rows, struct arena *arena, struct sync_run *run)
{
    run->id = rows_integer(rows, 0);
    uuid_parse(rows_view(rows, 1), &run->uuid);
    uuid_parse(rows_view(rows, 2), &run->integration_uuid);
    run->integration_name = rows_copy(rows, arena, 3);
    run->state = rows_copy(rows, arena, 4);
    run->who = rows_copy(rows, arena, 5);
    run->error = rows_copy(rows, arena, 6);
    run->started_ms = rows_integer(rows, 7);
    run->finished_ms = rows_integer(rows, 8);
    run->counts.repositories = rows_integer(rows, 9);
    run->counts.repositories_done = rows_integer(rows, 10);
    run->counts.tags = rows_integer(rows, 11);
    run->counts.images_new = rows_integer(rows, 12);
    run->counts.images_unchanged = rows_integer(rows, 13);
    run->counts.artifacts = rows_integer(rows, 14);
    run->counts.errors = rows_integer(rows, 15);
    run->changes = rows_integer(rows, 16);
    run->journal_pruned_ms = rows_integer(rows, 17);
    run->is_holding = rows_boolean(rows, 18);
    run->backlog = rows_integer(rows, 19);
    run->kind = rows_copy(rows, arena, 20);
    run->cursor = page_cursor(arena, run->id);
}

/* SQL for a page of runs; with an integration, its index gives them in order. */
#define RUNS_OF_STATE RUN_TABLES "AND ($5 = '' OR state = $5) AND ($6 = 0 OR kind <> 'projects') "
static const char *runs_sql(bool is_downward, bool has_integration)
{
    if (has_integration)
        return is_downward
                   ? "SELECT " RUN_COLUMNS RUNS_OF_STATE
                     "AND sync_runs.integration_id = $4 AND sync_runs.id < $2 ORDER BY sync_runs.id DESC LIMIT $3"
                   : "SELECT " RUN_COLUMNS RUNS_OF_STATE
                     "AND sync_runs.integration_id = $4 AND sync_runs.id > $2 ORDER BY sync_runs.id LIMIT $3";
    return is_downward ? "SELECT " RUN_COLUMNS RUNS_OF_STATE "AND sync_runs.id < $2 ORDER BY sync_runs.id DESC LIMIT $3"
                       : "SELECT " RUN_COLUMNS RUNS_OF_STATE "AND sync_runs.id > $2 ORDER BY sync_runs.id LIMIT $3";
}

static bool list_runs(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct sync_run_query *query, const struct key_page *page, struct sync_run **items, size_t *count,
    struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, runs_sql(page->is_downward, query->integration != 0),
            SQL_INTEGER(organization), SQL_INTEGER(page->from), SQL_INTEGER(page->limit),
            SQL_INTEGER(query->integration), SQL_TEXT(query->state), SQL_INTEGER(query->lists_registry)))
        return false;
    struct sync_run *list = ARENA_ARRAY(arena, struct sync_run, (size_t)page->limit);
    for (*count = 0; rows_next(&rows); (*count)++)
        read_run(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_sync_runs(struct store *store, struct arena *arena, int64_t organization,
    const struct sync_run_query *query, struct sync_run **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(&query->page, true, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(
            &transaction, list_runs(&transaction, arena, organization, query, &keys, items, count, err), err))
        return false;
    page_finish(*items, sizeof(**items), count, query->page.limit, keys.is_reversed, has_more);
    return true;
}

static bool find_run(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct sync_run *run, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, "SELECT " RUN_COLUMNS RUN_TABLES "AND sync_runs.uuid = $2",
            SQL_INTEGER(organization), SQL_WORD(uuid->text)))
        return false;
    bool is_found = rows_next(&rows);
    if (is_found)
        read_run(&rows, arena, run);
    if (!rows_finish(&rows, err))
        return false;
    return is_found || error_set(err, ERROR_NOT_FOUND, "there is no sync run \"%s\"", uuid->text);
}

bool store_find_sync_run(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct sync_run *run, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_run(&transaction, arena, organization, uuid, run, err), err);
}

static bool start_sync(struct transaction *transaction, int64_t organization, const struct uuid *integration,
    struct view who, struct uuid *job, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    const struct audit_event event = {
        .actor = who,
        .action = view_text("sync.run"),
        .subject_type = view_text("integration"),
        .subject_id = view_text(integration->text),
    };
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "SELECT id FROM integrations WHERE uuid = $1 AND organization_id = $2 AND removed_ms = 0",
            SQL_WORD(integration->text), SQL_INTEGER(organization)))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no integration \"%s\"", integration->text);
    return jobs_enqueue_sync(transaction,
               &(struct sync_order){.organization = organization, .integration = integration, .who = who}, job, err) &&
           audit_add(transaction, organization, &event, err);
}

bool store_start_sync(struct store *store, int64_t organization, const struct uuid *integration, struct view who,
    struct uuid *job, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, start_sync(&transaction, organization, integration, who, job, err), err);
}

/* The run ends here and now: what its job still tries to write is refused, and the job stops by that. */
static bool cancel_sync(
    struct transaction *transaction, int64_t organization, const struct uuid *run, struct view who, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct sync_run found = {.id = 0};
    if (!find_run(transaction, arena, organization, run, &found, err))
        return false;
    if (!view_is(found.state, "running"))
        return error_set(err, ERROR_CONFLICT, "this sync run has ended already");
    const struct audit_event event = {
        .actor = who,
        .action = view_text("sync.cancel"),
        .subject_type = view_text("sync_run"),
        .subject_id = view_text(run->text),
        .subject_name = found.integration_name,
    };
    /* A run without a job of its own, or whose job has just ended, is only closed. */
    if (!jobs_cancel(transaction, organization, run, err) && err->code != ERROR_NOT_FOUND &&
        err->code != ERROR_CONFLICT)
        return false;
    return RUN(transaction->connection, err,
               "UPDATE sync_runs SET state = 'cancelled', error = 'cancelled by ' || $2, finished_ms = $3 WHERE id = $1",
               SQL_INTEGER(found.id), SQL_TEXT(who), SQL_INTEGER(transaction->now_ms)) &&
           audit_add(transaction, organization, &event, err);
}

bool store_cancel_sync(
    struct store *store, int64_t organization, const struct uuid *run, struct view who, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, cancel_sync(&transaction, organization, run, who, err), err);
}

static bool count_images(struct transaction *transaction, int64_t organization, const struct uuid *run,
    struct sync_images *images, struct error *err)
{
    AUTO_ROWS rows = {0};
    *images = (struct sync_images){0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT count(*), coalesce(sum(snapshot_images.state = 1), 0), coalesce(sum(snapshot_images.state = 2), 0), "
            "coalesce(sum(layer_bytes), 0) FROM sync_runs JOIN snapshots ON snapshots.run_id = sync_runs.id "
            "AND snapshots.run_id > 0 JOIN snapshot_images ON snapshot_images.snapshot_id = snapshots.id "
            "WHERE sync_runs.uuid = $1 AND sync_runs.organization_id = $2 AND is_image = 1",
            SQL_WORD(run->text), SQL_INTEGER(organization)))
        return false;
    if (rows_next(&rows))
        *images = (struct sync_images){
            rows_integer(&rows, 0), rows_integer(&rows, 1), rows_integer(&rows, 2), rows_integer(&rows, 3)};
    return rows_finish(&rows, err);
}

bool store_count_sync_images(
    struct store *store, int64_t organization, const struct uuid *run, struct sync_images *images, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, count_images(&transaction, organization, run, images, err), err);
}
