/* SPDX-License-Identifier: Apache-2.0 */
/* What the evaluation of an import policy reads: repositories with their tags, baselines, projects and tombstones. */
#include "base/map.h"
#include "store/import_policies.h"
#include "store/journal.h"
#include "store/project_rows.h"
#include "store/transaction.h"

static bool list_repositories(struct transaction *transaction, struct arena *arena, int64_t organization,
    int64_t integration, struct view after, struct repository_row **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT repositories.id, repositories.name, coalesce(listed_run_id, 0) FROM repositories "
            "JOIN integrations ON integrations.id = repositories.integration_id "
            "WHERE integration_id = $1 AND organization_id = $2 AND repositories.name > $3 "
            "ORDER BY repositories.name LIMIT $4",
            SQL_INTEGER(integration), SQL_INTEGER(organization), SQL_TEXT(after), SQL_INTEGER(REPOSITORY_PAGE_SIZE)))
        return false;
    struct repository_row *list = ARENA_ARRAY(arena, struct repository_row, REPOSITORY_PAGE_SIZE);
    for (*count = 0; rows_next(&rows); (*count)++)
        list[*count] =
            (struct repository_row){rows_integer(&rows, 0), rows_copy(&rows, arena, 1), rows_integer(&rows, 2)};
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_repositories(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    struct view after, struct repository_row **items, size_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               list_repositories(&transaction, arena, organization, integration, after, items, count, err), err);
}

bool store_find_repository(struct store *store, int64_t organization, int64_t integration, struct view name,
    int64_t *repository, struct error *err)
{
    struct transaction transaction;
    bool found = false;
    *repository = 0;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               LOOKUP(transaction.connection, repository, &found, err,
                   "SELECT repositories.id FROM repositories JOIN integrations ON integrations.id = integration_id "
                   "WHERE integration_id = $1 AND organization_id = $2 AND repositories.name = $3",
                   SQL_INTEGER(integration), SQL_INTEGER(organization), SQL_TEXT(name)),
               err);
}

struct tag_list {
    struct observed_tag *items;
    size_t count, capacity;
};

/* Both lists are in the order of tags; a tag may have been there at several digests. */
static bool mark_baseline(struct transaction *transaction, int64_t repository, struct tag_list *tags, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT tag, digest FROM baselines WHERE repository_id = $1 ORDER BY tag", SQL_INTEGER(repository)))
        return false;
    for (size_t i = 0; rows_next(&rows);) {
        struct view tag = rows_view(&rows, 0);
        while (i < tags->count && view_compare(tags->items[i].name, tag) < 0)
            i++;
        if (i < tags->count && view_equal(tags->items[i].name, tag) &&
            view_equal(tags->items[i].digest, rows_view(&rows, 1)))
            tags->items[i].is_baseline = true;
    }
    return rows_finish(&rows, err);
}

static bool read_tags(struct transaction *transaction, struct arena *arena, int64_t repository, int64_t first_run,
    const struct baseline_rule *rule, struct repository_state *state, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct tag_list tags = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT tag, digest, coalesce(pushed_ms, 0), first_observed_ms, from_run_id FROM observed_tags "
            "WHERE repository_id = $1 AND last_seen_run_id IS NULL ORDER BY tag",
            SQL_INTEGER(repository)))
        return false;
    while (rows_next(&rows)) {
        struct observed_tag *tag = ARENA_PUSH(arena, &tags);
        *tag = (struct observed_tag){
            .name = rows_copy(&rows, arena, 0),
            .digest = rows_copy(&rows, arena, 1),
            .pushed_ms = rows_integer(&rows, 2),
            .first_observed_ms = rows_integer(&rows, 3),
            .is_of_first_listing = first_run == 0 || rows_integer(&rows, 4) <= first_run,
        };
        tag->is_baseline = !rule->is_stored && tag->pushed_ms <= rule->posted_ms;
    }
    if (!rows_finish(&rows, err) || (rule->is_stored && !mark_baseline(transaction, repository, &tags, err)))
        return false;
    state->tags = tags.items;
    state->tag_count = tags.count;
    return true;
}

/* Those of tags: what stands for a digest is never gone, moved or chosen. */
static bool read_projects(struct transaction *transaction, struct arena *arena, int64_t repository,
    struct repository_state *state, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct {
        struct plan_project *items;
        size_t count, capacity;
    } projects = {0};
    struct {
        struct project_marks *items;
        size_t count, capacity;
    } marks = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT projects.tag, coalesce(snapshots.digest, ''), origin, gone_ms <> 0, out_of_policy_ms <> 0, "
            "is_active = 0 FROM projects JOIN targets ON targets.id = projects.target_id "
            "LEFT JOIN snapshots ON snapshots.id = projects.snapshot_id "
            "WHERE targets.repository_id = $1 AND deleted_ms = 0 AND projects.tag NOT LIKE '%:%'",
            SQL_INTEGER(repository)))
        return false;
    while (rows_next(&rows)) {
        *(struct plan_project *)ARENA_PUSH(arena, &projects) = (struct plan_project){rows_copy(&rows, arena, 0),
            rows_copy(&rows, arena, 1), view_is(rows_view(&rows, 2), "sync"), rows_boolean(&rows, 5)};
        *(struct project_marks *)ARENA_PUSH(arena, &marks) =
            (struct project_marks){rows_boolean(&rows, 3), rows_boolean(&rows, 4)};
    }
    state->projects = projects.items;
    state->project_count = projects.count;
    state->marks = marks.items;
    return rows_finish(&rows, err);
}

static bool read_tombstones(struct transaction *transaction, struct arena *arena, int64_t repository,
    struct repository_state *state, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct {
        struct view *items;
        size_t count, capacity;
    } tags = {0};
    if (!QUERY(transaction->connection, &rows, err, "SELECT tag FROM tombstones WHERE repository_id = $1",
            SQL_INTEGER(repository)))
        return false;
    while (rows_next(&rows))
        *(struct view *)ARENA_PUSH(arena, &tags) = rows_copy(&rows, arena, 0);
    state->tombstones = tags.items;
    state->tombstone_count = tags.count;
    return rows_finish(&rows, err);
}

struct running_list {
    struct running_image *items;
    size_t count, capacity;
};

/* A report by digest is of all tags at that digest, one by tag alone of that tag. */
struct running_index {
    struct map by_name; /* struct running_list */
    struct map by_digest;
};

static void index_tags(struct arena *arena, const struct repository_state *state, struct running_index *index)
{
    map_init(&index->by_name, arena);
    map_init(&index->by_digest, arena);
    for (size_t i = 0; i < state->tag_count; i++) {
        map_set(&index->by_name, state->tags[i].name, ARENA_NEW(arena, struct running_list));
        if (map_get(&index->by_digest, state->tags[i].digest) == NULL)
            map_set(&index->by_digest, state->tags[i].digest, ARENA_NEW(arena, struct running_list));
    }
}

static void attach_running(struct arena *arena, const struct running_index *index, struct observed_tag *tag)
{
    const struct running_list *lists[] = {map_get(&index->by_name, tag->name), map_get(&index->by_digest, tag->digest)};
    struct running_list all = {0};
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < lists[k]->count; i++)
            *(struct running_image *)ARENA_PUSH(arena, &all) = lists[k]->items[i];
    }
    tag->running = all.items;
    tag->running_count = all.count;
}

static bool read_running(struct transaction *transaction, struct arena *arena, int64_t organization, int64_t repository,
    struct repository_state *state, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct running_index index;
    bool is_any = false;
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT running_images.tag, running_images.digest, provider, seen_ms FROM repositories "
            "JOIN integrations ON integrations.id = repositories.integration_id JOIN running_images "
            "ON running_images.organization_id = $2 AND running_images.host = integrations.host "
            "AND running_images.repository = repositories.name WHERE repositories.id = $1",
            SQL_INTEGER(repository), SQL_INTEGER(organization)))
        return false;
    for (; rows_next(&rows); is_any = true) {
        struct view digest = rows_view(&rows, 1);
        if (!is_any)
            index_tags(arena, state, &index);
        struct running_list *list =
            digest.size > 0 ? map_get(&index.by_digest, digest) : map_get(&index.by_name, rows_view(&rows, 0));
        if (list != NULL)
            *(struct running_image *)ARENA_PUSH(arena, list) =
                (struct running_image){rows_copy(&rows, arena, 2), rows_integer(&rows, 3)};
    }
    for (size_t i = 0; is_any && i < state->tag_count; i++)
        attach_running(arena, &index, &state->tags[i]);
    return rows_finish(&rows, err);
}

static bool read_repository(struct transaction *transaction, struct arena *arena, int64_t organization,
    int64_t integration, int64_t repository, const struct baseline_rule *rule, struct repository_state *state,
    struct error *err)
{
    int64_t first_run = 0, id = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "SELECT repositories.id FROM repositories JOIN integrations ON integrations.id = integration_id "
            "WHERE repositories.id = $1 AND integration_id = $2 AND organization_id = $3",
            SQL_INTEGER(repository), SQL_INTEGER(integration), SQL_INTEGER(organization)))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no such repository");
    return LOOKUP(transaction->connection, &first_run, &found, err,
               "SELECT first_run_id FROM complete_listings WHERE integration_id = $1", SQL_INTEGER(integration)) &&
           read_tags(transaction, arena, repository, first_run, rule, state, err) &&
           read_projects(transaction, arena, repository, state, err) &&
           read_tombstones(transaction, arena, repository, state, err) &&
           read_running(transaction, arena, organization, repository, state, err);
}

bool store_read_repository(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    int64_t repository, const struct baseline_rule *rule, struct repository_state *state, struct error *err)
{
    struct transaction transaction;
    *state = (struct repository_state){.tags = NULL};
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               read_repository(&transaction, arena, organization, integration, repository, rule, state, err), err);
}

bool store_count_projects(
    struct store *store, int64_t organization, int64_t integration, int64_t *count, struct error *err)
{
    struct transaction transaction;
    bool found = false;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               LOOKUP(transaction.connection, count, &found, err,
                   "SELECT count(*) FROM projects JOIN targets ON targets.id = projects.target_id "
                   "JOIN repositories ON repositories.id = targets.repository_id "
                   "WHERE integration_id = $1 AND projects.organization_id = $2 AND deleted_ms = 0",
                   SQL_INTEGER(integration), SQL_INTEGER(organization)),
               err);
}

static bool find_listing(struct transaction *transaction, int64_t organization, int64_t integration,
    struct complete_listing *listing, struct error *err)
{
    AUTO_ROWS rows = {0};
    *listing = (struct complete_listing){0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT first_run_id, last_run_id, tags FROM complete_listings JOIN integrations "
            "ON integrations.id = integration_id WHERE integration_id = $1 AND organization_id = $2",
            SQL_INTEGER(integration), SQL_INTEGER(organization)))
        return false;
    if (rows_next(&rows))
        *listing = (struct complete_listing){rows_integer(&rows, 0), rows_integer(&rows, 1), rows_integer(&rows, 2)};
    return rows_finish(&rows, err);
}

bool store_find_complete_listing(
    struct store *store, int64_t organization, int64_t integration, struct complete_listing *listing, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_listing(&transaction, organization, integration, listing, err), err);
}

static bool take_baseline(
    struct transaction *transaction, int64_t organization, int64_t integration, int64_t run, struct error *err)
{
    int64_t posted_ms = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &posted_ms, &found, err,
            "UPDATE import_policies SET baseline_run_id = $3 WHERE integration_id = $1 AND organization_id = $2 "
            "AND baseline_run_id IS NULL RETURNING posted_ms",
            SQL_INTEGER(integration), SQL_INTEGER(organization), SQL_INTEGER(run)))
        return false;
    return !found ||
           (RUN(transaction->connection, err,
                "DELETE FROM baselines WHERE repository_id IN (SELECT id FROM repositories WHERE integration_id = $1)",
                SQL_INTEGER(integration)) &&
               RUN(transaction->connection, err,
                   "INSERT INTO baselines (repository_id, tag, digest) SELECT repository_id, tag, digest "
                   "FROM observed_tags JOIN repositories ON repositories.id = repository_id "
                   "WHERE integration_id = $1 AND last_seen_run_id IS NULL AND coalesce(pushed_ms, 0) <= $2",
                   SQL_INTEGER(integration), SQL_INTEGER(posted_ms)));
}

bool store_take_baseline(struct store *store, int64_t organization, int64_t integration, int64_t run, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, take_baseline(&transaction, organization, integration, run, err), err);
}

static bool find_project(struct transaction *transaction, int64_t organization, int64_t repository, struct view tag,
    int64_t *project, bool *found, struct error *err)
{
    return LOOKUP(transaction->connection, project, found, err,
        "SELECT projects.id FROM projects JOIN targets ON targets.id = projects.target_id "
        "WHERE targets.repository_id = $1 AND projects.tag = $2 AND projects.organization_id = $3 AND deleted_ms = 0",
        SQL_INTEGER(repository), SQL_TEXT(tag), SQL_INTEGER(organization));
}

static bool mark_project(
    struct transaction *transaction, int64_t project, const struct project_marks *marks, struct error *err)
{
    return RUN(transaction->connection, err,
               "UPDATE projects SET gone_ms = CASE WHEN $2 = 0 THEN 0 WHEN gone_ms = 0 THEN $4 ELSE gone_ms END, "
               "out_of_policy_ms = CASE WHEN $3 = 0 THEN 0 WHEN out_of_policy_ms = 0 THEN $4 ELSE out_of_policy_ms END "
               "WHERE id = $1",
               SQL_INTEGER(project), SQL_INTEGER(marks->is_gone), SQL_INTEGER(marks->is_out_of_policy),
               SQL_INTEGER(transaction->now_ms)) &&
           project_settle_rows(transaction, project, err);
}

static bool change_project(struct transaction *transaction, int64_t organization, int64_t run, int64_t repository,
    const struct project_change *change, struct error *err)
{
    int64_t project = 0;
    bool found = false;
    if (!find_project(transaction, organization, repository, change->tag, &project, &found, err))
        return false;
    if (!found)
        return true; /* an earlier pass of this run did it */
    if (change->kind == PROJECT_DELETE ? !project_delete(transaction, project, view_text("sync"), err)
                                       : !mark_project(transaction, project, &change->marks, err))
        return false;
    const struct journal_entry entry = {
        .run = run, .repository = repository, .change = change->reason, .tag = change->tag, .reason = change->why};
    return journal_add(transaction, &entry, err);
}

static bool change_projects(struct transaction *transaction, int64_t organization, int64_t run, int64_t repository,
    const struct project_change *changes, size_t count, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "SELECT id FROM sync_runs WHERE id = $1 AND organization_id = $2 AND state = 'running'", SQL_INTEGER(run),
            SQL_INTEGER(organization)))
        return false;
    if (!found)
        return error_set(err, ERROR_CONFLICT, "this sync run has ended");
    for (size_t i = 0; i < count; i++) {
        if (!change_project(transaction, organization, run, repository, &changes[i], err))
            return false;
    }
    return true;
}

bool store_change_projects(struct store *store, int64_t organization, int64_t run, int64_t repository,
    const struct project_change *changes, size_t count, struct error *err)
{
    struct transaction transaction;
    return count == 0 ||
           (transaction_write(store, &transaction, err) &&
               transaction_end(&transaction,
                   change_projects(&transaction, organization, run, repository, changes, count, err), err));
}
