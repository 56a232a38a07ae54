/* SPDX-License-Identifier: Apache-2.0 */
#include "store/registry_scans.h"

#include "store/integrations_internal.h"
#include "store/jobs_internal.h"
#include "sync/schedule.h"

/* Projects of tags: those that stand for a digest never change. */
#define LOOKED_AT "deleted_ms = 0 AND projects.is_active = 1 AND projects.tag NOT LIKE '%:%'"

static bool start_scan(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct view who, struct uuid *run, struct error *err)
{
    struct integration integration;
    bool found = false;
    const struct sync_order order = {.organization = organization, .integration = uuid, .who = who, .is_scan = true};
    if (!integration_find(transaction, arena, organization, view_text(uuid->text), &integration, &found, err))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no such integration");
    return jobs_enqueue_sync(transaction, &order, run, err) &&
           integration_audit(
               transaction, organization, &integration, who, "integration.scan", view_text(run->text), err);
}

bool store_start_registry_scan(struct store *store, int64_t organization, const struct uuid *integration,
    struct view who, struct uuid *run, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(
               &transaction, start_scan(&transaction, arena, organization, integration, who, run, err), err);
}

struct due_scan {
    int64_t id;
    int64_t organization;
    struct uuid uuid;
    struct view schedule;
    int64_t next_ms;
};

/* One that was never reckoned gets its first time; one whose time has come is queued, unless a run is under way. */
static bool queue_one(struct transaction *transaction, const struct due_scan *due, size_t *count, struct error *err)
{
    int64_t job = 0;
    bool is_busy = false;
    struct uuid run;
    const struct sync_order order = {
        .organization = due->organization, .integration = &due->uuid, .who = view_text("schedule"), .is_scan = true};
    if (!LOOKUP(transaction->connection, &job, &is_busy, err,
            "SELECT id FROM jobs WHERE kind = 'sync' AND key = $1 AND state < 2 AND coalesce(organization_id, 0) = $2",
            SQL_WORD(due->uuid.text), SQL_INTEGER(due->organization)))
        return false;
    if (due->next_ms != 0 && is_busy)
        return true;
    if (due->next_ms != 0 && !jobs_enqueue_sync(transaction, &order, &run, err))
        return false;
    *count += due->next_ms != 0;
    return RUN(transaction->connection, err, "UPDATE integrations SET next_scan_ms = $2 WHERE id = $1",
        SQL_INTEGER(due->id), SQL_INTEGER(schedule_next_ms(due->schedule, transaction->now_ms)));
}

#define DUE                                                                                                            \
    "FROM integrations WHERE removed_ms = 0 AND scan_schedule <> 'off' AND (next_scan_ms = 0 OR next_scan_ms <= $1) "

static bool queue_due(struct transaction *transaction, size_t *count, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ROWS rows = {0};
    struct {
        struct due_scan *items;
        size_t count, capacity;
    } due = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT id, organization_id, uuid, scan_schedule, next_scan_ms " DUE "ORDER BY id",
            SQL_INTEGER(transaction->now_ms)))
        return false;
    while (rows_next(&rows)) {
        struct due_scan *one = ARENA_PUSH(arena, &due);
        *one = (struct due_scan){.id = rows_integer(&rows, 0),
            .organization = rows_integer(&rows, 1),
            .schedule = rows_copy(&rows, arena, 3),
            .next_ms = rows_integer(&rows, 4)};
        uuid_parse(rows_view(&rows, 2), &one->uuid);
        if (one->schedule.size == 0)
            one->schedule = view_text(SCAN_SCHEDULE_DEFAULT);
    }
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < due.count; i++) {
        if (!queue_one(transaction, &due.items[i], count, err))
            return false;
    }
    return true;
}

bool store_queue_due_scans(struct store *store, size_t *count, struct error *err)
{
    static const char any[] = "SELECT id " DUE "AND (next_scan_ms = 0 OR NOT EXISTS (SELECT 1 FROM jobs "
                              "WHERE kind = 'sync' AND key = integrations.uuid AND state < 2)) LIMIT 1";
    return transaction_write_if_any(store, any, queue_due, count, err);
}

bool store_note_registry_scan(struct store *store, int64_t organization, int64_t run, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err,
                   "UPDATE sync_runs SET kind = 'scan' WHERE id = $1 AND organization_id = $2", SQL_INTEGER(run),
                   SQL_INTEGER(organization)),
               err);
}

static bool project_tags(struct transaction *transaction, struct arena *arena, int64_t organization,
    int64_t integration, struct view repository, struct view **tags, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct {
        struct view *items;
        size_t count, capacity;
    } list = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT projects.tag FROM projects JOIN targets ON targets.id = projects.target_id "
            "JOIN repositories ON repositories.id = targets.repository_id WHERE projects.organization_id = $1 "
            "AND repositories.integration_id = $2 AND repositories.name = $3 AND " LOOKED_AT,
            SQL_INTEGER(organization), SQL_INTEGER(integration), SQL_TEXT(repository)))
        return false;
    while (rows_next(&rows))
        *(struct view *)ARENA_PUSH(arena, &list) = rows_copy(&rows, arena, 0);
    *tags = list.items;
    *count = list.count;
    return rows_finish(&rows, err);
}

bool store_project_tags(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    struct view repository, struct view **tags, size_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               project_tags(&transaction, arena, organization, integration, repository, tags, count, err), err);
}

struct unlisted_query {
    int64_t organization;
    int64_t integration;
    int64_t run;
    int64_t after;
};

static bool unlisted(struct transaction *transaction, struct arena *arena, const struct unlisted_query *query,
    struct project_tag **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct error ignored; /* an empty text: there is none */
    *items = ARENA_ARRAY(arena, struct project_tag, PROJECT_TAGS_PAGE);
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT projects.id, repositories.name, projects.tag, coalesce(snapshots.digest, ''), "
            "CASE WHEN coalesce(listed_run_id, 0) = $3 THEN coalesce(observed_tags.digest, '') ELSE '' END "
            "FROM projects JOIN targets ON targets.id = projects.target_id "
            "JOIN repositories ON repositories.id = targets.repository_id "
            "LEFT JOIN snapshots ON snapshots.id = projects.snapshot_id "
            "LEFT JOIN observed_tags ON observed_tags.repository_id = repositories.id "
            "AND observed_tags.tag = projects.tag AND last_seen_run_id IS NULL "
            "WHERE projects.organization_id = $1 AND repositories.integration_id = $2 AND projects.id > $4 "
            "AND " LOOKED_AT " AND (coalesce(listed_run_id, 0) <> $3 OR (observed_tags.digest IS NOT NULL "
            "AND observed_tags.digest <> coalesce(snapshots.digest, ''))) ORDER BY projects.id LIMIT $5",
            SQL_INTEGER(query->organization), SQL_INTEGER(query->integration), SQL_INTEGER(query->run),
            SQL_INTEGER(query->after), SQL_INTEGER(PROJECT_TAGS_PAGE)))
        return false;
    for (*count = 0; rows_next(&rows); (*count)++) {
        struct project_tag *item = &(*items)[*count];
        *item = (struct project_tag){
            .id = rows_integer(&rows, 0), .repository = rows_copy(&rows, arena, 1), .tag = rows_copy(&rows, arena, 2)};
        if (!digest_parse(rows_view(&rows, 3), &item->digest, &ignored))
            item->digest = (struct digest){0};
        if (!digest_parse(rows_view(&rows, 4), &item->observed, &ignored))
            item->observed = (struct digest){0};
    }
    return rows_finish(&rows, err);
}

bool store_unlisted_projects(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    int64_t run, int64_t after, struct project_tag **items, size_t *count, struct error *err)
{
    struct transaction transaction;
    const struct unlisted_query query = {organization, integration, run, after};
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, unlisted(&transaction, arena, &query, items, count, err), err);
}
