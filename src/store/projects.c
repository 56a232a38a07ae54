/* SPDX-License-Identifier: Apache-2.0 */
/* What people do with projects: settings, deleting, restoring; and what time does: purging. */
#include "store/projects.h"

#include "store/audit.h"
#include "store/evaluations_internal.h"
#include "store/import_policies.h"
#include "store/project_rows.h"

struct found_project {
    int64_t id;
    int64_t repository;
    struct view tag;
    struct view name; /* "repository:tag" */
};

static bool find_project(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, bool is_deleted, struct found_project *project, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT projects.id, repositories.id, projects.tag, repositories.name || ':' || projects.tag FROM projects "
            "JOIN targets ON targets.id = projects.target_id JOIN repositories ON repositories.id = targets.repository_id "
            "WHERE projects.uuid = $1 AND projects.organization_id = $2 AND (projects.deleted_ms <> 0) = $3 "
            "AND ($3 = 0 OR projects.deleted_ms > $4)",
            SQL_WORD(uuid->text), SQL_INTEGER(organization), SQL_INTEGER(is_deleted),
            SQL_INTEGER(transaction->now_ms - PROJECT_RESTORE_MS)))
        return false;
    bool found = rows_next(&rows);
    if (found)
        *project = (struct found_project){
            rows_integer(&rows, 0), rows_integer(&rows, 1), rows_copy(&rows, arena, 2), rows_copy(&rows, arena, 3)};
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND,
                         is_deleted ? "there is no deleted project \"%s\"; what was deleted can be restored for 7 days"
                                    : "there is no project \"%s\"",
                         uuid->text));
}

static bool note(struct transaction *transaction, int64_t organization, const char *action, const struct uuid *uuid,
    const struct found_project *project, struct view who, struct error *err)
{
    const struct audit_event event = {
        .actor = who,
        .action = view_text(action),
        .subject_type = view_text("project"),
        .subject_id = view_text(uuid->text),
        .subject_name = project->name,
    };
    return audit_add(transaction, organization, &event, err);
}

bool project_settle_rows(struct transaction *transaction, int64_t project, struct error *err)
{
    return RUN(transaction->connection, err,
               "UPDATE snapshot_images SET is_current = shown.value, verdict = CASE WHEN shown.value = 1 THEN 0 ELSE verdict END "
               "FROM (SELECT snapshot_id, deleted_ms = 0 AND is_active = 1 "
               "AND gone_ms = 0 AND out_of_policy_ms = 0 AS value FROM projects WHERE id = $1) AS shown "
               "WHERE snapshot_images.snapshot_id = shown.snapshot_id AND is_current <> shown.value",
               SQL_INTEGER(project)) &&
           due_settle_project(transaction, project, err);
}

bool project_delete(struct transaction *transaction, int64_t project, struct view who, struct error *err)
{
    return RUN(transaction->connection, err, "UPDATE projects SET deleted_ms = $2, deleted_by = $3 WHERE id = $1",
               SQL_INTEGER(project), SQL_INTEGER(transaction->now_ms), SQL_TEXT(who)) &&
           project_settle_rows(transaction, project, err);
}

static bool bury(
    struct transaction *transaction, const struct found_project *project, struct view who, struct error *err)
{
    return project_delete(transaction, project->id, who, err) &&
           RUN(transaction->connection, err,
               "INSERT INTO tombstones (repository_id, tag, created_ms, who) VALUES ($1, $2, $3, $4) "
               "ON CONFLICT (repository_id, tag) DO NOTHING",
               SQL_INTEGER(project->repository), SQL_TEXT(project->tag), SQL_INTEGER(transaction->now_ms),
               SQL_TEXT(who));
}

static bool delete_one(
    struct transaction *transaction, int64_t organization, const struct uuid *uuid, struct view who, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct found_project project = {0};
    return find_project(transaction, arena, organization, uuid, false, &project, err) &&
           bury(transaction, &project, who, err) &&
           note(transaction, organization, "project.delete", uuid, &project, who, err);
}

bool store_delete_project(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, delete_one(&transaction, organization, uuid, who, err), err);
}

static bool restore(
    struct transaction *transaction, int64_t organization, const struct uuid *uuid, struct view who, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct found_project project = {0};
    return find_project(transaction, arena, organization, uuid, true, &project, err) &&
           RUN(transaction->connection, err,
               "UPDATE projects SET deleted_ms = 0, deleted_by = '', origin = 'manual' WHERE id = $1",
               SQL_INTEGER(project.id)) &&
           RUN(transaction->connection, err,
               "UPDATE targets SET removed_ms = 0 WHERE id = (SELECT target_id FROM projects WHERE id = $1)",
               SQL_INTEGER(project.id)) &&
           RUN(transaction->connection, err, "DELETE FROM tombstones WHERE repository_id = $1 AND tag = $2",
               SQL_INTEGER(project.repository), SQL_TEXT(project.tag)) &&
           project_settle_rows(transaction, project.id, err) &&
           note(transaction, organization, "project.restore", uuid, &project, who, err);
}

bool store_restore_project(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, restore(&transaction, organization, uuid, who, err), err);
}

static bool check_owner(
    struct transaction *transaction, int64_t organization, const struct uuid *owner, struct error *err)
{
    int64_t id = 0;
    bool found = owner->text[0] == '\0';
    if (!found && !LOOKUP(transaction->connection, &id, &found, err,
                      "SELECT id FROM users WHERE uuid = $1 AND organization_id = $2", SQL_WORD(owner->text),
                      SQL_INTEGER(organization)))
        return false;
    return found || error_set(err, ERROR_INVALID, "the owner \"%s\" is no user of this organization", owner->text);
}

static bool edit(struct transaction *transaction, int64_t organization, const struct uuid *uuid,
    const struct project_settings *settings, struct view who, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct found_project project = {0};
    return find_project(transaction, arena, organization, uuid, false, &project, err) &&
           check_owner(transaction, organization, &settings->owner, err) &&
           RUN(transaction->connection, err,
               "UPDATE projects SET is_active = $2, due_ms = CASE WHEN test_frequency = $3 THEN due_ms ELSE " DUE_AFTER(
                   "looked_ms", "$3") " END, test_frequency = $3, tags = $4, criticality = $5, environment = $6, "
                                      "lifecycle = $7, owner = $8 WHERE id = $1",
               SQL_INTEGER(project.id), SQL_INTEGER(settings->is_active), SQL_TEXT(settings->frequency),
               SQL_TEXT(settings->tags), SQL_TEXT(settings->criticality), SQL_TEXT(settings->environment),
               SQL_TEXT(settings->lifecycle), SQL_WORD(settings->owner.text)) &&
           project_settle_rows(transaction, project.id, err) &&
           note(transaction, organization, "project.edit", uuid, &project, who, err);
}

bool store_edit_project(struct store *store, int64_t organization, const struct uuid *uuid,
    const struct project_settings *settings, struct view who, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, edit(&transaction, organization, uuid, settings, who, err), err);
}

static bool list_of_target(struct transaction *transaction, struct arena *arena, int64_t target,
    struct found_project **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct {
        struct found_project *items;
        size_t count, capacity;
    } list = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT projects.id, targets.repository_id, projects.tag FROM projects "
            "JOIN targets ON targets.id = projects.target_id WHERE targets.id = $1 AND projects.deleted_ms = 0",
            SQL_INTEGER(target)))
        return false;
    while (rows_next(&rows))
        *(struct found_project *)ARENA_PUSH(arena, &list) = (struct found_project){
            rows_integer(&rows, 0), rows_integer(&rows, 1), rows_copy(&rows, arena, 2), view_text("")};
    *items = list.items;
    *count = list.count;
    return rows_finish(&rows, err);
}

static bool delete_target(
    struct transaction *transaction, int64_t organization, const struct uuid *uuid, struct view who, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct found_project *projects = NULL;
    size_t count = 0;
    int64_t target = 0;
    bool found = false;
    const struct audit_event event = {
        .actor = who,
        .action = view_text("target.delete"),
        .subject_type = view_text("target"),
        .subject_id = view_text(uuid->text),
    };
    if (!LOOKUP(transaction->connection, &target, &found, err,
            "UPDATE targets SET removed_ms = $3 WHERE uuid = $1 AND organization_id = $2 AND removed_ms = 0 RETURNING id",
            SQL_WORD(uuid->text), SQL_INTEGER(organization), SQL_INTEGER(transaction->now_ms)))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no target \"%s\"", uuid->text);
    if (!list_of_target(transaction, arena, target, &projects, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!bury(transaction, &projects[i], who, err))
            return false;
    }
    return audit_add(transaction, organization, &event, err);
}

bool store_delete_target(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, delete_target(&transaction, organization, uuid, who, err), err);
}

/* Rows before those that they refer to. $1 is the project. What its images left behind is gone unless another row of the
   organization shows them. */
static const char *const purges[] = {
    "DELETE FROM image_access WHERE organization_id = (SELECT organization_id FROM projects WHERE id = $1) "
    "AND image_id IN (SELECT image_id FROM snapshot_images JOIN snapshots ON snapshots.id = snapshot_id "
    "WHERE project_id = $1) AND NOT EXISTS (SELECT 1 FROM snapshot_images JOIN snapshots ON snapshots.id = snapshot_id "
    "WHERE snapshot_images.image_id = image_access.image_id "
    "AND snapshot_images.organization_id = image_access.organization_id AND project_id <> $1)",
    "DELETE FROM snapshot_images WHERE snapshot_id IN (SELECT id FROM snapshots WHERE project_id = $1)",
    "DELETE FROM events WHERE snapshot_id > 0 AND snapshot_id IN (SELECT id FROM snapshots WHERE project_id = $1)",
    "DELETE FROM snapshots WHERE project_id = $1",
    "DELETE FROM projects WHERE id = $1",
};

static bool purge_one(struct transaction *transaction, bool *is_any, struct error *err)
{
    int64_t project = 0;
    if (!LOOKUP(transaction->connection, &project, is_any, err,
            "SELECT id FROM projects WHERE deleted_ms > 0 AND deleted_ms <= $1 ORDER BY deleted_ms LIMIT 1",
            SQL_INTEGER(transaction->now_ms - PROJECT_RESTORE_MS)))
        return false;
    for (size_t i = 0; *is_any && i < sizeof(purges) / sizeof(purges[0]); i++) {
        if (!RUN(transaction->connection, err, purges[i], SQL_INTEGER(project)))
            return false;
    }
    return true;
}

/* One project a transaction, so that nobody waits long. */
bool store_purge_projects(struct store *store, struct error *err)
{
    for (bool is_any = true; is_any;) {
        struct transaction transaction;
        if (!transaction_write(store, &transaction, err) ||
            !transaction_end(&transaction, purge_one(&transaction, &is_any, err), err))
            return false;
    }
    return true;
}
