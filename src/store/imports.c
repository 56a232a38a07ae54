/* SPDX-License-Identifier: Apache-2.0 */
/* Tags become projects; a project at a digest is a snapshot; what is not known yet is queued for a scan. */
#include "base/json.h"
#include "store/events_internal.h"
#include "store/integrations.h"
#include "store/jobs_internal.h"
#include "store/journal.h"
#include "store/project_rows.h"
#include "store/repositories.h"
#include "store/results.h"

#include <assert.h>

struct project {
    int64_t id;
    int64_t repository;
    int64_t snapshot; /* 0 = none yet */
    bool is_at_digest;
    bool is_deleted;
    struct view previous_digest; /* empty = it had no snapshot */
    struct view host;
    struct uuid integration_uuid;
};

static const char *kind_name(enum manifest_kind kind)
{
    switch (kind) {
    case MANIFEST_IMAGE:
        return "image";
    case MANIFEST_INDEX:
        return "index";
    case MANIFEST_ARTIFACT:
        return "artifact";
    }
    return NULL;
}

/* ASCII only, as names in registries are. */
static struct view lower_case(struct arena *arena, struct view text)
{
    struct view copy = arena_copy(arena, text);
    char *bytes = arena_text(arena, text);
    for (size_t i = 0; i < copy.size; i++) {
        if (bytes[i] >= 'A' && bytes[i] <= 'Z')
            bytes[i] = (char)(bytes[i] - 'A' + 'a');
    }
    return view_of(bytes, copy.size);
}

bool row_insert(struct transaction *transaction, const struct row_new *row, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct uuid uuid;
    uuid_new(&uuid);
    return RUN(transaction->connection, err,
        "INSERT INTO snapshot_images (uuid, organization_id, integration_id, snapshot_id, is_current, reference, "
        "search_text, manifest, platform, is_image, artifact_type, state, error, image_id, layers_fetched, "
        "layers_shared, created_ms, scanned_ms, repository_id) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', NULL, 0, 0, $13, 0, "
        "(SELECT repository_id FROM snapshots WHERE id = $4))",
        SQL_WORD(uuid.text), SQL_INTEGER(row->organization), SQL_INTEGER(row->integration), SQL_INTEGER(row->snapshot),
        SQL_INTEGER(row->is_current), SQL_TEXT(row->reference), SQL_TEXT(lower_case(arena, row->reference)),
        SQL_TEXT(row->manifest), SQL_TEXT(row->platform), SQL_INTEGER(row->is_image), SQL_TEXT(row->artifact_type),
        SQL_INTEGER(row->state), SQL_INTEGER(transaction->now_ms));
}

static bool ensure_project(
    struct transaction *transaction, const struct import *import, struct project *project, struct error *err)
{
    struct uuid target_uuid;
    struct uuid project_uuid;
    uuid_new(&target_uuid);
    uuid_new(&project_uuid);
    return repository_ensure(
               transaction, import->organization, import->integration, import->repository, &project->repository, err) &&
           RUN(transaction->connection, err,
               "INSERT INTO targets (uuid, organization_id, repository_id, created_ms) VALUES ($1, $2, $3, $4) "
               "ON CONFLICT (repository_id) DO UPDATE SET removed_ms = 0",
               SQL_WORD(target_uuid.text), SQL_INTEGER(import->organization), SQL_INTEGER(project->repository),
               SQL_INTEGER(transaction->now_ms)) &&
           RUN(transaction->connection, err,
               "INSERT INTO projects (uuid, organization_id, target_id, tag, snapshot_id, created_ms, origin, importer, "
               "registry_id) SELECT $1, $2, id, $3, NULL, $4, $6, $7, $8 FROM targets WHERE repository_id = $5 "
               "ON CONFLICT (target_id, tag) DO NOTHING",
               SQL_WORD(project_uuid.text), SQL_INTEGER(import->organization), SQL_TEXT(import->tag),
               SQL_INTEGER(transaction->now_ms), SQL_INTEGER(project->repository),
               SQL_WORD(import->is_manual ? "manual" : "sync"), SQL_TEXT(import->importer),
               SQL_INTEGER(import->integration));
}

static bool read_project(struct transaction *transaction, struct arena *arena, const struct import *import,
    struct project *project, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT projects.id, coalesce(projects.snapshot_id, 0), coalesce(snapshots.digest, ''), integrations.host, "
            "integrations.uuid, deleted_ms <> 0 FROM projects JOIN targets ON targets.id = projects.target_id "
            "JOIN integrations ON integrations.id = $3 LEFT JOIN snapshots ON snapshots.id = projects.snapshot_id "
            "WHERE targets.repository_id = $1 AND projects.tag = $2",
            SQL_INTEGER(project->repository), SQL_TEXT(import->tag), SQL_INTEGER(import->integration)))
        return false;
    bool found = rows_next(&rows);
    assert(found); /* it was made in this transaction if it was absent */
    (void)found;
    project->id = rows_integer(&rows, 0);
    project->snapshot = rows_integer(&rows, 1);
    project->is_at_digest = view_equal(rows_view(&rows, 2), digest_view(&import->digest));
    project->host = rows_copy(&rows, arena, 3);
    uuid_parse(rows_view(&rows, 4), &project->integration_uuid);
    project->is_deleted = rows_boolean(&rows, 5);
    project->previous_digest = rows_copy(&rows, arena, 2);
    return rows_finish(&rows, err);
}

/* One scan for each repository and digest, however many tags name it. */
static bool enqueue_scan(
    struct transaction *transaction, const struct import *import, const struct project *project, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER payload;
    struct json_writer writer;
    struct uuid uuid;
    bool is_new = false;
    buffer_init(&payload, JOB_PAYLOAD_BYTES_MAX);
    if (import->is_being_scanned)
        return true;
    json_writer_init(&writer, &payload);
    json_begin_object(&writer);
    json_pair_text(&writer, "integration", project->integration_uuid.text);
    json_pair(&writer, "repository", import->repository);
    json_pair(&writer, "digest", digest_view(&import->digest));
    json_end_object(&writer);
    if (!buffer_check(&payload, "payload of a scan", err))
        return false;
    struct job_new job = {.organization = import->organization,
        .kind = view_text("scan"),
        .key = arena_format(arena, "%lld@%s", (long long)project->repository, import->digest.text),
        .payload = buffer_view(&payload),
        .lane = import->lane};
    return jobs_enqueue(transaction, &job, &uuid, &is_new, err);
}

/* What is shown of a snapshot was stored to another extent (scan/extent.h) than the registry's images shall be now. */
#define HAS_OTHER_EXTENT(snapshot)                                                                                     \
    "EXISTS (SELECT 1 FROM snapshot_images AS shown JOIN images ON images.id = shown.image_id JOIN integrations AS "   \
    "registry ON registry.id = shown.integration_id WHERE shown.snapshot_id = " snapshot                               \
    " AND (images.without_applications <> registry.without_applications OR images.with_lock_files <> "                 \
    "registry.with_lock_files))"

/* Whether the snapshot still lacks a result, or has a failed one that may go better now. */
static bool needs_scan(struct transaction *transaction, int64_t snapshot, bool *needs, struct error *err)
{
    int64_t id = 0;
    return LOOKUP(transaction->connection, &id, needs, err,
        "SELECT id FROM snapshots WHERE id = $1 AND kind <> 'artifact' AND (is_finished = 0 OR EXISTS "
        "(SELECT 1 FROM snapshot_images WHERE snapshot_id = $1 AND state = 2) OR " HAS_OTHER_EXTENT("$1") ")",
        SQL_INTEGER(snapshot));
}

/* The project moves to a new snapshot; the rows of the old one stay, but leave the list. */
static bool move_project(
    struct transaction *transaction, const struct import *import, struct project *project, struct error *err)
{
    struct uuid uuid;
    bool found = false;
    int64_t previous = project->snapshot;
    uuid_new(&uuid);
    return LOOKUP(transaction->connection, &project->snapshot, &found, err,
               "INSERT INTO snapshots (uuid, project_id, repository_id, digest, kind, artifact_type, "
               "missing_platforms, is_finished, created_ms, run_id) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9) "
               "RETURNING id",
               SQL_WORD(uuid.text), SQL_INTEGER(project->id), SQL_INTEGER(project->repository),
               SQL_TEXT(digest_view(&import->digest)), SQL_WORD(kind_name(import->kind)),
               SQL_TEXT(import->artifact_type), SQL_INTEGER(import->kind == MANIFEST_ARTIFACT),
               SQL_INTEGER(transaction->now_ms), SQL_INTEGER(import->run)) &&
           RUN(transaction->connection, err, "UPDATE snapshot_images SET is_current = 0 WHERE snapshot_id = $1",
               SQL_INTEGER(previous)) &&
           RUN(transaction->connection, err, "UPDATE projects SET snapshot_id = $2 WHERE id = $1",
               SQL_INTEGER(project->id), SQL_INTEGER(project->snapshot));
}

/* Takes the rows over from a finished snapshot of the same repository and digest; its layers are all shared. */
static bool copy_rows(struct transaction *transaction, const struct row_new *row, int64_t from, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct {
        int64_t *items;
        size_t count, capacity;
    } sources = {0};
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT id, manifest, platform, is_image, artifact_type, state FROM snapshot_images "
            "WHERE snapshot_id = $1 ORDER BY id",
            SQL_INTEGER(from)))
        return false;
    struct {
        struct row_new *items;
        size_t count, capacity;
    } copies = {0};
    while (rows_next(&rows)) {
        struct row_new *copy = ARENA_PUSH(arena, &copies);
        *copy = *row;
        copy->manifest = rows_copy(&rows, arena, 1);
        copy->platform = rows_copy(&rows, arena, 2);
        copy->is_image = rows_boolean(&rows, 3);
        copy->artifact_type = rows_copy(&rows, arena, 4);
        copy->state = (enum image_state)rows_integer(&rows, 5);
        *(int64_t *)ARENA_PUSH(arena, &sources) = rows_integer(&rows, 0);
    }
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < copies.count; i++) {
        if (!row_insert(transaction, &copies.items[i], err) ||
            !RUN(transaction->connection, err,
                "UPDATE snapshot_images SET image_id = source.image_id, built_ms = source.built_ms, "
                "layers_shared = source.layers_fetched + source.layers_shared, layer_bytes = source.layer_bytes, "
                "scanned_ms = source.scanned_ms FROM (SELECT image_id, built_ms, layers_fetched, layers_shared, "
                "layer_bytes, scanned_ms FROM snapshot_images WHERE id = $1) AS source "
                "WHERE snapshot_id = $2 AND manifest = $3",
                SQL_INTEGER(sources.items[i]), SQL_INTEGER(row->snapshot), SQL_TEXT(copies.items[i].manifest)))
            return false;
    }
    return RUN(transaction->connection, err,
        "UPDATE snapshots SET is_finished = 1, kind = source.kind, artifact_type = source.artifact_type, "
        "missing_platforms = source.missing_platforms FROM (SELECT kind, artifact_type, missing_platforms "
        "FROM snapshots WHERE id = $1) AS source WHERE id = $2",
        SQL_INTEGER(from), SQL_INTEGER(row->snapshot));
}

static bool fill_snapshot(struct transaction *transaction, struct arena *arena, const struct import *import,
    const struct project *project, enum import_result *result, struct error *err)
{
    bool is_artifact = import->kind == MANIFEST_ARTIFACT;
    bool found = false;
    int64_t known = 0;
    struct row_new row = {.organization = import->organization,
        .integration = import->integration,
        .snapshot = project->snapshot,
        .is_current = true,
        .reference = arena_format(arena, "%.*s/%.*s%s%.*s", VIEW_PRINT(project->host), VIEW_PRINT(import->repository),
            view_find(import->tag, ':') < import->tag.size ? "@" : ":", VIEW_PRINT(import->tag)),
        .manifest = digest_view(&import->digest),
        .platform = view_text(""),
        .is_image = !is_artifact,
        .artifact_type = import->artifact_type,
        .state = is_artifact ? IMAGE_SCANNED : IMAGE_PENDING};
    *result = is_artifact ? IMPORT_ARTIFACT : IMPORT_QUEUED;
    if (is_artifact)
        return row_insert(transaction, &row, err);
    if (!LOOKUP(transaction->connection, &known, &found, err,
            "SELECT id FROM snapshots WHERE repository_id = $1 AND digest = $2 AND is_finished = 1 AND NOT EXISTS "
            "(SELECT 1 FROM snapshot_images WHERE snapshot_id = snapshots.id AND state <> 1) "
            "AND NOT " HAS_OTHER_EXTENT("snapshots.id") " ORDER BY id LIMIT 1",
            SQL_INTEGER(project->repository), SQL_TEXT(digest_view(&import->digest))))
        return false;
    if (found) {
        *result = IMPORT_KNOWN;
        return copy_rows(transaction, &row, known, err) &&
               events_of_digest(transaction, arena, project->repository, &import->digest, err);
    }
    return row_insert(transaction, &row, err) && enqueue_scan(transaction, import, project, err);
}

/* In the transaction of the import, so that a run that is interrupted counts it once. */
static bool count_import(
    struct transaction *transaction, const struct import *import, enum import_result result, struct error *err)
{
    return RUN(transaction->connection, err,
        "UPDATE sync_runs SET images_new = images_new + $3, artifacts = artifacts + $4 "
        "WHERE id = $1 AND organization_id = $2 AND state = 'running'",
        SQL_INTEGER(import->run), SQL_INTEGER(import->organization), SQL_INTEGER(result != IMPORT_ARTIFACT),
        SQL_INTEGER(result == IMPORT_ARTIFACT));
}

/* A project that was deleted comes back with its history. */
static bool revive_project(
    struct transaction *transaction, const struct import *import, const struct project *project, struct error *err)
{
    return RUN(transaction->connection, err,
        "UPDATE projects SET deleted_ms = 0, deleted_by = '', gone_ms = 0, out_of_policy_ms = 0, "
        "origin = CASE WHEN $2 = 1 THEN 'manual' ELSE origin END, importer = CASE WHEN $2 = 1 THEN $3 ELSE importer END "
        "WHERE id = $1",
        SQL_INTEGER(project->id), SQL_INTEGER(import->is_manual), SQL_TEXT(import->importer));
}

static bool note_import(
    struct transaction *transaction, const struct import *import, const struct project *project, struct error *err)
{
    const struct journal_entry entry = {
        .run = import->run,
        .repository = project->repository,
        .change = project->previous_digest.size == 0 || project->is_deleted ? "imported" : "refreshed",
        .tag = import->tag,
        .digest = digest_view(&import->digest),
        .previous_digest = project->previous_digest,
        .reason = import->reason,
        .clock = import->clock,
    };
    return journal_add(transaction, &entry, err);
}

/* The project is at the digest already: what failed or was lost is scanned again. */
static bool keep_project(struct transaction *transaction, const struct import *import, const struct project *project,
    enum import_result *result, struct error *err)
{
    bool needs = false;
    *result = project->is_deleted ? IMPORT_KNOWN : IMPORT_UNCHANGED;
    if (!needs_scan(transaction, project->snapshot, &needs, err) ||
        (needs && !enqueue_scan(transaction, import, project, err)))
        return false;
    return !project->is_deleted ||
           (note_import(transaction, import, project, err) && count_import(transaction, import, *result, err));
}

static bool import_project(struct transaction *transaction, struct arena *arena, const struct import *import,
    enum import_result *result, struct error *err)
{
    struct project project = {0};
    if (!ensure_project(transaction, import, &project, err) ||
        !read_project(transaction, arena, import, &project, err) ||
        (project.is_deleted && !revive_project(transaction, import, &project, err)))
        return false;
    bool is_done = project.is_at_digest ? keep_project(transaction, import, &project, result, err)
                                        : move_project(transaction, import, &project, err) &&
                                              fill_snapshot(transaction, arena, import, &project, result, err) &&
                                              note_import(transaction, import, &project, err) &&
                                              count_import(transaction, import, *result, err);
    return is_done && project_note_look(transaction, project.id, import->look, err) &&
           project_settle_rows(transaction, project.id, err);
}

/* A user deleted the tag's project: only a person brings it back. */
static bool settle_tombstone(
    struct transaction *transaction, const struct import *import, bool *is_refused, struct error *err)
{
    int64_t repository = 0;
    if (!LOOKUP(transaction->connection, &repository, is_refused, err,
            "SELECT repository_id FROM tombstones JOIN repositories ON repositories.id = repository_id "
            "WHERE integration_id = $1 AND repositories.name = $2 AND tag = $3",
            SQL_INTEGER(import->integration), SQL_TEXT(import->repository), SQL_TEXT(import->tag)))
        return false;
    if (!*is_refused || !import->is_manual)
        return true;
    *is_refused = false;
    return RUN(transaction->connection, err, "DELETE FROM tombstones WHERE repository_id = $1 AND tag = $2",
        SQL_INTEGER(repository), SQL_TEXT(import->tag));
}

static bool import_tag(struct transaction *transaction, struct arena *arena, const struct import *import,
    enum import_result *result, struct error *err)
{
    bool is_refused = false;
    *result = IMPORT_UNCHANGED;
    return settle_tombstone(transaction, import, &is_refused, err) &&
           (is_refused || import_project(transaction, arena, import, result, err));
}

static bool find_kind(struct transaction *transaction, struct arena *arena, struct import *import, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT kind, artifact_type FROM snapshots JOIN repositories ON repositories.id = repository_id "
            "JOIN integrations ON integrations.id = integration_id WHERE integration_id = $1 AND organization_id = $2 "
            "AND repositories.name = $3 AND digest = $4 LIMIT 1",
            SQL_INTEGER(import->integration), SQL_INTEGER(import->organization), SQL_TEXT(import->repository),
            SQL_TEXT(digest_view(&import->digest))))
        return false;
    if (rows_next(&rows)) {
        struct view kind = rows_view(&rows, 0);
        import->kind = view_is(kind, "index")      ? MANIFEST_INDEX
                       : view_is(kind, "artifact") ? MANIFEST_ARTIFACT
                                                   : MANIFEST_IMAGE;
        import->artifact_type = rows_copy(&rows, arena, 1);
    }
    return rows_finish(&rows, err);
}

bool store_find_kind(struct store *store, struct arena *arena, struct import *import, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_kind(&transaction, arena, import, err), err);
}

bool store_import(struct store *store, const struct import *import, enum import_result *result, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    enum import_result done = IMPORT_UNCHANGED;
    if (!digest_is_set(&import->digest) || import->tag.size == 0)
        return error_set(err, ERROR_INVALID, "an import needs a tag and the digest that it names");
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction, import_tag(&transaction, arena, import, &done, err), err))
        return false;
    *result = done;
    return true;
}

bool store_is_scanned(struct store *store, int64_t organization, int64_t integration, struct view repository,
    const struct digest *digest, bool *is_scanned, struct error *err)
{
    struct transaction transaction;
    int64_t id = 0;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               LOOKUP(transaction.connection, &id, is_scanned, err,
                   "SELECT snapshots.id FROM snapshots JOIN repositories ON repositories.id = snapshots.repository_id "
                   "JOIN integrations ON integrations.id = integration_id WHERE integrations.organization_id = $1 "
                   "AND integration_id = $2 AND repositories.name = $3 AND digest = $4 AND is_finished = 1 AND NOT EXISTS "
                   "(SELECT 1 FROM snapshot_images WHERE snapshot_id = snapshots.id AND state <> 1) "
                   "AND NOT " HAS_OTHER_EXTENT("snapshots.id") " LIMIT 1",
                   SQL_INTEGER(organization), SQL_INTEGER(integration), SQL_TEXT(repository),
                   SQL_TEXT(digest_view(digest))),
               err);
}

static bool pending_imports(struct transaction *transaction, struct arena *arena, int64_t organization,
    int64_t integration, struct view repository, struct pending_import **items, size_t *count, struct error *err)
{
    struct {
        struct pending_import *items;
        size_t count, capacity;
    } list = {0};
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT observed_tags.tag, observed_tags.digest FROM observed_tags "
            "JOIN repositories ON repositories.id = observed_tags.repository_id "
            "JOIN integrations ON integrations.id = repositories.integration_id "
            "LEFT JOIN targets ON targets.repository_id = repositories.id "
            "LEFT JOIN projects ON projects.target_id = targets.id AND projects.tag = observed_tags.tag "
            "LEFT JOIN snapshots ON snapshots.id = projects.snapshot_id "
            "WHERE integrations.organization_id = $1 AND integrations.id = $2 AND repositories.name = $3 "
            "AND observed_tags.last_seen_run_id IS NULL AND NOT EXISTS (SELECT 1 FROM tombstones "
            "WHERE tombstones.repository_id = repositories.id AND tombstones.tag = observed_tags.tag) "
            "AND coalesce(projects.is_active, 1) = 1 "
            "AND (snapshots.digest IS NULL OR projects.deleted_ms <> 0 OR snapshots.digest <> observed_tags.digest OR EXISTS (SELECT 1 FROM "
            "snapshot_images WHERE snapshot_id = snapshots.id AND state = 2) OR " HAS_OTHER_EXTENT(
                "snapshots.id") " OR (snapshots.is_finished = 0 AND NOT EXISTS "
                                "(SELECT 1 FROM jobs WHERE kind = 'scan' AND key = repositories.id || '@' || snapshots.digest AND key <> '' "
                                "AND coalesce(jobs.organization_id, 0) = $1 AND state < 2))) ORDER BY observed_tags.tag",
            SQL_INTEGER(organization), SQL_INTEGER(integration), SQL_TEXT(repository)))
        return false;
    while (rows_next(&rows)) {
        struct pending_import *item = ARENA_PUSH(arena, &list);
        item->tag = rows_copy(&rows, arena, 0);
        if (!digest_parse(rows_view(&rows, 1), &item->digest, err))
            return error_wrap(err, "stored tag");
    }
    *items = list.items;
    *count = list.count;
    return rows_finish(&rows, err);
}

bool store_pending_imports(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    struct view repository, struct pending_import **items, size_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               pending_imports(&transaction, arena, organization, integration, repository, items, count, err), err);
}
