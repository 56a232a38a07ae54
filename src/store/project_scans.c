/* SPDX-License-Identifier: Apache-2.0 */
#include "store/project_scans.h"

#include "base/json.h"
#include "store/audit.h"
#include "store/jobs_internal.h"
#include "store/project_rows.h"

#include <assert.h>

static const char *const look_names[] = {
    [LOOK_SYNC] = "sync",
    [LOOK_REGISTRY_SCAN] = "registry-scan",
    [LOOK_WEBHOOK] = "webhook",
    [LOOK_IMPORT] = "import",
    [LOOK_SCAN_REQUEST] = "scan-request",
    [LOOK_SCHEDULE] = "schedule",
    [LOOK_PERSON] = "person",
};
static_assert(sizeof(look_names) / sizeof(look_names[0]) == LOOK_COUNT, "a name for each look");

const char *look_name(enum look look)
{
    return look_names[look];
}

bool project_note_look(struct transaction *transaction, int64_t project, enum look look, struct error *err)
{
    return RUN(transaction->connection, err,
        "UPDATE projects SET looked_ms = $2, looked_by = $3, due_ms = " DUE_AFTER(
            "$2", "test_frequency") " WHERE id = $1",
        SQL_INTEGER(project), SQL_INTEGER(transaction->now_ms), SQL_WORD(look_name(look)));
}

static bool check_organization(
    struct transaction *transaction, int64_t organization, int64_t project, bool *is_ours, struct error *err)
{
    int64_t id = 0;
    return LOOKUP(transaction->connection, &id, is_ours, err,
        "SELECT id FROM projects WHERE id = $1 AND organization_id = $2", SQL_INTEGER(project),
        SQL_INTEGER(organization));
}

static bool note_looks(struct transaction *transaction, int64_t organization, const int64_t *projects, size_t count,
    enum look look, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        bool is_ours = false;
        if (!check_organization(transaction, organization, projects[i], &is_ours, err) ||
            (is_ours && !project_note_look(transaction, projects[i], look, err)))
            return false;
    }
    return true;
}

bool store_note_looks(
    struct store *store, int64_t organization, const int64_t *projects, size_t count, enum look look, struct error *err)
{
    struct transaction transaction;
    return count == 0 ||
           (transaction_write(store, &transaction, err) &&
               transaction_end(&transaction, note_looks(&transaction, organization, projects, count, look, err), err));
}

static bool note_look_at(struct transaction *transaction, int64_t organization, int64_t integration,
    struct view repository, struct view tag, const struct digest *digest, enum look look, struct error *err)
{
    int64_t project = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &project, &found, err,
            "SELECT projects.id FROM repositories JOIN targets ON targets.repository_id = repositories.id "
            "JOIN projects ON projects.target_id = targets.id JOIN snapshots ON snapshots.id = projects.snapshot_id "
            "WHERE repositories.integration_id = $1 AND repositories.name = $2 AND projects.tag = $3 "
            "AND snapshots.digest = $4 AND deleted_ms = 0 AND projects.organization_id = $5",
            SQL_INTEGER(integration), SQL_TEXT(repository), SQL_TEXT(tag), SQL_TEXT(digest_view(digest)),
            SQL_INTEGER(organization)))
        return false;
    return !found || project_note_look(transaction, project, look, err);
}

bool store_note_look_at(struct store *store, int64_t organization, int64_t integration, struct view repository,
    struct view tag, const struct digest *digest, enum look look, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               note_look_at(&transaction, organization, integration, repository, tag, digest, look, err), err);
}

static bool postpone(
    struct transaction *transaction, int64_t organization, const int64_t *projects, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!RUN(transaction->connection, err, "UPDATE projects SET due_ms = $3 WHERE id = $1 AND organization_id = $2",
                SQL_INTEGER(projects[i]), SQL_INTEGER(organization),
                SQL_INTEGER(transaction->now_ms + PROJECT_POSTPONED_MS)))
            return false;
    }
    return true;
}

bool store_postpone_projects(
    struct store *store, int64_t organization, const int64_t *projects, size_t count, struct error *err)
{
    struct transaction transaction;
    return count == 0 ||
           (transaction_write(store, &transaction, err) &&
               transaction_end(&transaction, postpone(&transaction, organization, projects, count, err), err));
}

/* What the index of due projects has. */
#define BY_ITS_FREQUENCY "is_active = 1 AND deleted_ms = 0 AND test_frequency <> 'never'"

#define TAGS_OF_PROJECTS                                                                                               \
    "SELECT projects.id, repositories.name, projects.tag, coalesce(snapshots.digest, '') FROM projects "               \
    "JOIN targets ON targets.id = projects.target_id JOIN repositories ON repositories.id = targets.repository_id "    \
    "LEFT JOIN snapshots ON snapshots.id = projects.snapshot_id "                                                      \
    "WHERE projects.organization_id = $1 AND projects.registry_id = $2 "

static bool due_projects(struct transaction *transaction, struct arena *arena, int64_t organization,
    int64_t integration, const struct uuid *only, struct project_tag **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct error ignored; /* an empty text: there is none */
    const char *sql = only == NULL ? TAGS_OF_PROJECTS "AND projects.due_ms <= $3 AND " BY_ITS_FREQUENCY
                                                      " ORDER BY projects.due_ms LIMIT $4"
                                   : TAGS_OF_PROJECTS
                          "AND projects.uuid = $3 AND is_active = 1 AND deleted_ms = 0 LIMIT $4";
    const struct sql_value values[] = {SQL_INTEGER(organization), SQL_INTEGER(integration),
        only == NULL ? SQL_INTEGER(transaction->now_ms) : SQL_WORD(only->text), SQL_INTEGER(PROJECT_TAGS_PAGE)};
    *items = ARENA_ARRAY(arena, struct project_tag, PROJECT_TAGS_PAGE);
    if (!sql_query(transaction->connection, &rows, err, sql, values, sizeof(values) / sizeof(values[0])))
        return false;
    for (*count = 0; rows_next(&rows); (*count)++) {
        struct project_tag *item = &(*items)[*count];
        *item = (struct project_tag){
            .id = rows_integer(&rows, 0), .repository = rows_copy(&rows, arena, 1), .tag = rows_copy(&rows, arena, 2)};
        if (!digest_parse(rows_view(&rows, 3), &item->digest, &ignored))
            item->digest = (struct digest){0};
    }
    return rows_finish(&rows, err);
}

bool store_due_projects(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    const struct uuid *only, struct project_tag **items, size_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               due_projects(&transaction, arena, organization, integration, only, items, count, err), err);
}

struct scan_order {
    int64_t organization;
    struct uuid integration;
    const struct uuid *project; /* NULL = those that are due */
    struct view who;
};

static bool enqueue(
    struct transaction *transaction, const struct scan_order *order, struct uuid *run, bool *is_new, struct error *err)
{
    AUTO_BUFFER payload;
    struct json_writer writer;
    buffer_init(&payload, JOB_PAYLOAD_BYTES_MAX);
    json_writer_init(&writer, &payload);
    json_begin_object(&writer);
    json_pair_text(&writer, "integration", order->integration.text);
    json_pair(&writer, "who", order->who);
    if (order->project != NULL)
        json_pair_text(&writer, "project", order->project->text);
    json_end_object(&writer);
    const struct job_new job = {
        .organization = order->organization,
        .kind = view_text(PROJECT_SCAN),
        .key = view_text(order->project == NULL ? order->integration.text : order->project->text),
        .payload = buffer_view(&payload),
        .lane = order->project == NULL ? JOB_LANE_NORMAL : JOB_LANE_NOW,
    };
    return jobs_enqueue(transaction, &job, run, is_new, err);
}

struct chosen_project {
    struct view name;
    struct uuid integration;
    bool is_active;
    bool is_digest;
    bool is_connected;
};

static bool choose_project(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct chosen_project *project, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT repositories.name || ':' || projects.tag, integrations.uuid, is_active, projects.tag LIKE '%:%', "
            "integrations.removed_ms = 0 FROM projects JOIN targets ON targets.id = projects.target_id "
            "JOIN repositories ON repositories.id = targets.repository_id "
            "JOIN integrations ON integrations.id = repositories.integration_id "
            "WHERE projects.uuid = $1 AND projects.organization_id = $2 AND deleted_ms = 0",
            SQL_WORD(uuid->text), SQL_INTEGER(organization)))
        return false;
    bool found = rows_next(&rows);
    if (found) {
        *project = (struct chosen_project){.name = rows_copy(&rows, arena, 0),
            .is_active = rows_boolean(&rows, 2),
            .is_digest = rows_boolean(&rows, 3),
            .is_connected = rows_boolean(&rows, 4)};
        uuid_parse(rows_view(&rows, 1), &project->integration);
    }
    if (!rows_finish(&rows, err))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no project \"%s\"", uuid->text);
    if (!project->is_connected)
        return error_set(err, ERROR_CONFLICT, "the registry of project \"%.*s\" is not connected any more",
            VIEW_PRINT(project->name));
    if (!project->is_active)
        return error_set(
            err, ERROR_CONFLICT, "project \"%.*s\" is inactive: activate it first", VIEW_PRINT(project->name));
    return !project->is_digest ||
           error_set(err, ERROR_CONFLICT, "project \"%.*s\" stands for a digest, which never moves",
               VIEW_PRINT(project->name));
}

static bool start_scan(struct transaction *transaction, int64_t organization, const struct uuid *uuid, struct view who,
    struct uuid *run, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct chosen_project project = {.is_active = false};
    bool is_new = false;
    if (!choose_project(transaction, arena, organization, uuid, &project, err))
        return false;
    const struct scan_order order = {organization, project.integration, uuid, who};
    if (!enqueue(transaction, &order, run, &is_new, err))
        return false;
    const struct audit_event event = {
        .actor = who,
        .action = view_text("project.scan"),
        .subject_type = view_text("project"),
        .subject_id = view_text(uuid->text),
        .subject_name = project.name,
        .detail = view_text(run->text),
    };
    return audit_add(transaction, organization, &event, err);
}

bool store_start_project_scan(struct store *store, int64_t organization, const struct uuid *project, struct view who,
    struct uuid *run, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, start_scan(&transaction, organization, project, who, run, err), err);
}

/* A sync or scan of the registry that waits or runs looks most of them up itself. */
#define DUE_INTEGRATIONS                                                                                               \
    "FROM integrations WHERE removed_ms = 0 AND next_look_ms <= $1 AND EXISTS (SELECT 1 FROM projects "                \
    "WHERE projects.registry_id = integrations.id AND projects.due_ms <= $1 AND " BY_ITS_FREQUENCY                     \
    ") AND NOT EXISTS (SELECT 1 FROM jobs WHERE kind IN ('sync', '" PROJECT_SCAN                                       \
    "') AND key = integrations.uuid AND key <> '' AND state < 2) "

struct due_integration {
    int64_t id;
    int64_t organization;
    struct uuid uuid;
};

static bool queue_one(struct transaction *transaction, const struct due_integration *due, struct error *err)
{
    struct uuid run;
    bool is_new = false;
    const struct scan_order order = {due->organization, due->uuid, NULL, view_text("schedule")};
    return enqueue(transaction, &order, &run, &is_new, err) &&
           RUN(transaction->connection, err, "UPDATE integrations SET next_look_ms = $2 WHERE id = $1",
               SQL_INTEGER(due->id), SQL_INTEGER(transaction->now_ms + PROJECT_SCANS_APART_MS));
}

static bool queue_due(struct transaction *transaction, size_t *count, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ROWS rows = {0};
    struct {
        struct due_integration *items;
        size_t count, capacity;
    } due = {0};
    if (!QUERY(transaction->connection, &rows, err, "SELECT id, organization_id, uuid " DUE_INTEGRATIONS "ORDER BY id",
            SQL_INTEGER(transaction->now_ms)))
        return false;
    while (rows_next(&rows)) {
        struct due_integration *one = ARENA_PUSH(arena, &due);
        *one = (struct due_integration){.id = rows_integer(&rows, 0), .organization = rows_integer(&rows, 1)};
        uuid_parse(rows_view(&rows, 2), &one->uuid);
    }
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < due.count; i++) {
        if (!queue_one(transaction, &due.items[i], err))
            return false;
    }
    *count = due.count;
    return true;
}

bool store_queue_due_project_scans(struct store *store, size_t *count, struct error *err)
{
    return transaction_write_if_any(store, "SELECT id " DUE_INTEGRATIONS "LIMIT 1", queue_due, count, err);
}
