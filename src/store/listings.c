/* SPDX-License-Identifier: Apache-2.0 */
/* What sync runs see: tags of a repository, written down only where they differ from what is known. */
#include "store/integrations.h"

#include "base/map.h"
#include "store/journal.h"
#include "store/project_rows.h"
#include "store/repositories.h"
#include "store/team_rows.h"

struct known_tag {
    int64_t id;
    struct view digest;
    int64_t pushed_ms;
    int64_t from_run;
    bool is_listed;
};

struct recording {
    struct transaction *transaction;
    const struct listing *listing;
    int64_t repository;
    int64_t previous_run; /* that listed the repository last; 0 = none */
    struct map known; /* struct known_tag by tag */
    size_t changed;
};

bool repository_ensure(struct transaction *transaction, int64_t organization, int64_t integration, struct view name,
    int64_t *repository, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "SELECT id FROM integrations WHERE id = $1 AND organization_id = $2", SQL_INTEGER(integration),
            SQL_INTEGER(organization)))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no such integration");
    if (!LOOKUP(transaction->connection, repository, &found, err,
            "SELECT id FROM repositories WHERE integration_id = $1 AND name = $2", SQL_INTEGER(integration),
            SQL_TEXT(name)))
        return false;
    return found || (LOOKUP(transaction->connection, repository, &found, err,
                         "INSERT INTO repositories (integration_id, name, first_observed_ms, listed_run_id) "
                         "VALUES ($1, $2, $3, NULL) RETURNING id",
                         SQL_INTEGER(integration), SQL_TEXT(name), SQL_INTEGER(transaction->now_ms)) &&
                        team_own_repository(transaction, organization, *repository, name, err));
}

static bool read_known(struct recording *recording, struct arena *arena, struct error *err)
{
    AUTO_ROWS rows = {0};
    bool found = false;
    struct connection *connection = recording->transaction->connection;
    if (!LOOKUP(connection, &recording->previous_run, &found, err,
            "SELECT coalesce(listed_run_id, 0) FROM repositories WHERE id = $1", SQL_INTEGER(recording->repository)) ||
        !QUERY(connection, &rows, err,
            "SELECT id, tag, digest, coalesce(pushed_ms, 0), from_run_id FROM observed_tags "
            "WHERE repository_id = $1 AND last_seen_run_id IS NULL ORDER BY id",
            SQL_INTEGER(recording->repository)))
        return false;
    map_init(&recording->known, arena);
    while (rows_next(&rows)) {
        struct known_tag *tag = ARENA_NEW(arena, struct known_tag);
        *tag = (struct known_tag){.id = rows_integer(&rows, 0),
            .digest = rows_copy(&rows, arena, 2),
            .pushed_ms = rows_integer(&rows, 3),
            .from_run = rows_integer(&rows, 4)};
        map_set(&recording->known, rows_copy(&rows, arena, 1), tag);
    }
    return rows_finish(&rows, err);
}

static bool note_change(struct recording *recording, const char *change, struct view tag, struct view digest,
    struct view previous, struct error *err)
{
    const struct journal_entry entry = {
        .run = recording->listing->run,
        .repository = recording->repository,
        .change = change,
        .tag = tag,
        .digest = digest,
        .previous_digest = previous,
    };
    recording->changed++;
    return journal_add(recording->transaction, &entry, err);
}

/* The tag was there up to the repository's last listing. */
static bool close_tag(struct recording *recording, const struct known_tag *known, struct error *err)
{
    int64_t seen = recording->previous_run > known->from_run ? recording->previous_run : known->from_run;
    return RUN(recording->transaction->connection, err, "UPDATE observed_tags SET last_seen_run_id = $2 WHERE id = $1",
        SQL_INTEGER(known->id), SQL_INTEGER(seen));
}

static bool record_tag(struct recording *recording, const struct listed_tag *tag, struct error *err)
{
    struct known_tag *known = map_get(&recording->known, tag->tag);
    struct view digest = digest_view(&tag->digest);
    struct sql_value pushed = tag->pushed_ms == 0 ? SQL_NULL : SQL_INTEGER(tag->pushed_ms);
    if (known != NULL && known->is_listed)
        return error_set(err, ERROR_INVALID, "the listing names tag \"%.*s\" twice", VIEW_PRINT(tag->tag));
    if (known != NULL)
        known->is_listed = true;
    if (!digest_is_set(&tag->digest))
        return true;
    if (known != NULL && view_equal(known->digest, digest)) {
        return tag->pushed_ms == 0 || tag->pushed_ms == known->pushed_ms ||
               RUN(recording->transaction->connection, err,
                   "UPDATE observed_tags SET pushed_ms = $2, push_source = $3 WHERE id = $1", SQL_INTEGER(known->id),
                   pushed, SQL_TEXT(tag->push_source));
    }
    return (known == NULL || close_tag(recording, known, err)) &&
           RUN(recording->transaction->connection, err,
               "INSERT INTO observed_tags (repository_id, tag, digest, from_run_id, last_seen_run_id, pushed_ms, "
               "push_source, first_observed_ms) VALUES ($1, $2, $3, $4, NULL, $5, $6, $7)",
               SQL_INTEGER(recording->repository), SQL_TEXT(tag->tag), SQL_TEXT(digest),
               SQL_INTEGER(recording->listing->run), pushed, SQL_TEXT(tag->push_source),
               SQL_INTEGER(recording->transaction->now_ms)) &&
           note_change(recording, known == NULL ? "new" : "moved", tag->tag, digest,
               known == NULL ? view_text("") : known->digest, err);
}

static bool record_gone(struct recording *recording, struct error *err)
{
    for (size_t i = 0; i < recording->known.count; i++) {
        const struct map_entry *entry = &recording->known.entries[i];
        const struct known_tag *known = entry->value;
        if (!known->is_listed && (!close_tag(recording, known, err) ||
                                     !note_change(recording, "gone", entry->key, view_text(""), known->digest, err)))
            return false;
    }
    return RUN(recording->transaction->connection, err, "UPDATE repositories SET listed_run_id = $2 WHERE id = $1",
        SQL_INTEGER(recording->repository), SQL_INTEGER(recording->listing->run));
}

struct listed_project {
    int64_t id;
    struct view digest;
};

static bool read_projects(struct recording *recording, struct arena *arena, struct map *projects, struct error *err)
{
    AUTO_ROWS rows = {0};
    map_init(projects, arena);
    if (!QUERY(recording->transaction->connection, &rows, err,
            "SELECT projects.id, projects.tag, snapshots.digest FROM targets JOIN projects ON projects.target_id = targets.id "
            "JOIN snapshots ON snapshots.id = projects.snapshot_id WHERE targets.repository_id = $1 AND deleted_ms = 0",
            SQL_INTEGER(recording->repository)))
        return false;
    while (rows_next(&rows)) {
        struct listed_project *project = ARENA_NEW(arena, struct listed_project);
        *project = (struct listed_project){rows_integer(&rows, 0), rows_copy(&rows, arena, 2)};
        map_set(projects, rows_copy(&rows, arena, 1), project);
    }
    return rows_finish(&rows, err);
}

/* Projects at the digest that their tag was listed at are up to date. Those at another one are so when they are refreshed, which not
   every listing does. */
static bool note_looks(struct recording *recording, struct arena *arena, enum look look, struct error *err)
{
    struct map projects;
    const struct listing *listing = recording->listing;
    if (!read_projects(recording, arena, &projects, err))
        return false;
    for (size_t i = 0; projects.count > 0 && i < listing->tag_count; i++) {
        const struct listed_project *project = map_get(&projects, listing->tags[i].tag);
        if (project != NULL && view_equal(digest_view(&listing->tags[i].digest), project->digest) &&
            !project_note_look(recording->transaction, project->id, look, err))
            return false;
    }
    return true;
}

static bool record_listing(struct recording *recording, struct arena *arena, struct error *err)
{
    const struct listing *listing = recording->listing;
    int64_t is_scan = 0;
    bool found = false;
    if (!repository_ensure(recording->transaction, listing->organization, listing->integration, listing->repository,
            &recording->repository, err) ||
        !LOOKUP(recording->transaction->connection, &is_scan, &found, err,
            "SELECT CASE WHEN kind = 'scan' THEN 1 ELSE 0 END FROM sync_runs WHERE id = $1 AND integration_id = $2 "
            "AND state = 'running'",
            SQL_INTEGER(listing->run), SQL_INTEGER(listing->integration)))
        return false;
    if (!found)
        return error_set(err, ERROR_CONFLICT, "this sync run has ended");
    if (!read_known(recording, arena, err))
        return false;
    for (size_t i = 0; i < listing->tag_count; i++) {
        if (!record_tag(recording, &listing->tags[i], err))
            return false;
    }
    return note_looks(recording, arena, is_scan ? LOOK_REGISTRY_SCAN : LOOK_SYNC, err) &&
           (!listing->is_complete || record_gone(recording, err));
}

bool store_record_listing(struct store *store, const struct listing *listing, size_t *changed, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    struct recording recording = {.transaction = &transaction, .listing = listing};
    if (listing->tag_count > LISTED_TAGS_MAX)
        return error_set(err, ERROR_LIMIT, "repository \"%.*s\" has more than %d tags", VIEW_PRINT(listing->repository),
            LISTED_TAGS_MAX);
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction, record_listing(&recording, arena, err), err))
        return false;
    *changed = recording.changed;
    return true;
}

static bool find_listing(struct transaction *transaction, int64_t organization, int64_t integration, int64_t run,
    struct view repository, bool *is_listed, size_t *tag_count, struct error *err)
{
    int64_t id = 0;
    int64_t count = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &id, is_listed, err,
            "SELECT repositories.id FROM repositories JOIN integrations ON integrations.id = integration_id "
            "WHERE integration_id = $1 AND organization_id = $2 AND repositories.name = $3 AND listed_run_id = $4",
            SQL_INTEGER(integration), SQL_INTEGER(organization), SQL_TEXT(repository), SQL_INTEGER(run)))
        return false;
    if (!*is_listed)
        return true;
    if (!LOOKUP(transaction->connection, &count, &found, err,
            "SELECT count(*) FROM observed_tags WHERE repository_id = $1 AND last_seen_run_id IS NULL",
            SQL_INTEGER(id)))
        return false;
    *tag_count = (size_t)count;
    return true;
}

bool store_find_listing(struct store *store, int64_t organization, int64_t integration, int64_t run,
    struct view repository, bool *is_listed, size_t *tag_count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               find_listing(&transaction, organization, integration, run, repository, is_listed, tag_count, err), err);
}
