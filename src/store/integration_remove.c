/* SPDX-License-Identifier: Apache-2.0 */
/* Removing an integration, with its projects or without them. */
#include "store/integrations_internal.h"

/* Deleted in this order: each row before those that it refers to. $1 is the integration, $2 the organization. */
static const char *const deletions[] = {
    "DELETE FROM snapshot_images WHERE integration_id = $1 AND organization_id = $2",
    "DELETE FROM image_access WHERE organization_id = $2 AND image_id NOT IN "
    "(SELECT image_id FROM snapshot_images WHERE organization_id = $2 AND image_id IS NOT NULL) AND $1 > 0",
    "DELETE FROM snapshots WHERE $2 > 0 AND repository_id IN (SELECT id FROM repositories WHERE integration_id = $1)",
    "DELETE FROM projects WHERE $2 > 0 AND target_id IN (SELECT targets.id FROM targets JOIN repositories "
    "ON repositories.id = targets.repository_id WHERE integration_id = $1)",
    "DELETE FROM targets WHERE $2 > 0 AND repository_id IN (SELECT id FROM repositories WHERE integration_id = $1)",
    "DELETE FROM sync_changes WHERE $2 > 0 AND repository_id IN (SELECT id FROM repositories WHERE integration_id = $1)",
    "DELETE FROM observed_tags WHERE $2 > 0 AND repository_id IN (SELECT id FROM repositories WHERE integration_id = $1)",
    "DELETE FROM counters_daily WHERE organization_id = $2 AND (scope = 1 AND scope_id = $1 OR scope = 2 AND scope_id IN "
    "(SELECT id FROM repositories WHERE integration_id = $1))",
    "DELETE FROM repositories WHERE integration_id = $1 AND $2 > 0",
    "DELETE FROM sync_notes WHERE $2 > 0 AND run_id IN (SELECT id FROM sync_runs WHERE integration_id = $1)",
    "DELETE FROM sync_runs WHERE integration_id = $1 AND organization_id = $2",
    "DELETE FROM integrations WHERE id = $1 AND organization_id = $2",
};

static bool delete_all(struct transaction *transaction, int64_t organization, int64_t integration, struct error *err)
{
    for (size_t i = 0; i < sizeof(deletions) / sizeof(deletions[0]); i++) {
        if (!RUN(transaction->connection, err, deletions[i], SQL_INTEGER(integration), SQL_INTEGER(organization)))
            return false;
    }
    return true;
}

/* Its name is free again; what it imported stays and says where it came from. */
static bool retire(struct transaction *transaction, int64_t id, struct error *err)
{
    return RUN(transaction->connection, err,
        "UPDATE integrations SET name = name || ' (removed ' || uuid || ')', removed_ms = $1, hook_hash = '', "
        "certificate = '' WHERE id = $2",
        SQL_INTEGER(transaction->now_ms), SQL_INTEGER(id));
}

/* A run whose job ended without closing it does not count: its process died. */
static bool check_idle(
    struct transaction *transaction, int64_t organization, const struct integration *integration, struct error *err)
{
    int64_t id;
    bool runs = false;
    if (!LOOKUP(transaction->connection, &id, &runs, err,
            "SELECT 1 FROM jobs WHERE organization_id = $1 AND state = 1 AND payload LIKE '%' || $2 || '%' "
            "UNION ALL SELECT 1 FROM sync_runs WHERE integration_id = $3 AND state = 'running' "
            "AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.uuid = sync_runs.uuid AND jobs.state <> 1) LIMIT 1",
            SQL_INTEGER(organization), SQL_WORD(integration->uuid.text), SQL_INTEGER(integration->id)))
        return false;
    return !runs || error_set(err, ERROR_CONFLICT,
                        "integration \"%.*s\" is at work: wait for its sync run and scans to end, or cancel them",
                        VIEW_PRINT(integration->name));
}

static bool remove_integration(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, const struct integration_removal *removal, struct integration *removed, struct error *err)
{
    bool found = false;
    if (!integration_find(transaction, arena, organization, view_text(uuid->text), removed, &found, err))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no such integration");
    struct view detail =
        arena_format(arena, "%s %lld projects in %lld repositories", removal->keeps_projects ? "kept" : "deleted",
            (long long)removed->project_count, (long long)removed->repository_count);
    return check_idle(transaction, organization, removed, err) &&
           RUN(transaction->connection, err,
               "DELETE FROM jobs WHERE organization_id = $1 AND state = 0 AND payload LIKE '%' || $2 || '%'",
               SQL_INTEGER(organization), SQL_WORD(uuid->text)) &&
           RUN(transaction->connection, err, "DELETE FROM integration_fields WHERE integration_id = $1",
               SQL_INTEGER(removed->id)) &&
           integration_audit(transaction, organization, removed, removal->who, "integration.delete", detail, err) &&
           (removal->keeps_projects ? retire(transaction, removed->id, err)
                                    : delete_all(transaction, organization, removed->id, err));
}

bool store_remove_integration(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    const struct integration_removal *removal, struct integration *removed, struct error *err)
{
    struct transaction transaction;
    struct integration gone;
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(
            &transaction, remove_integration(&transaction, arena, organization, uuid, removal, &gone, err), err))
        return false;
    *removed = gone;
    return true;
}
