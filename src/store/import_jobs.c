/* SPDX-License-Identifier: Apache-2.0 */
#include "store/import_jobs.h"

#include "store/audit.h"
#include "store/jobs_internal.h"
#include "store/page.h"
#include "store/team_rows.h"

bool import_name_split(struct view host, struct view name, struct view *repository, struct view *tag)
{
    if (host.size > 0 && name.size > host.size && view_equal(view_slice(name, 0, host.size), host) &&
        name.data[host.size] == '/')
        name = view_from(name, host.size + 1);
    size_t colon = name.size;
    bool has_digest = view_find(name, '@') < name.size;
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == ':')
            colon = i;
    }
    *repository = view_slice(name, 0, colon);
    *tag = colon < name.size ? view_from(name, colon + 1) : view_text("");
    return !has_digest && repository->size > 0 && (colon == name.size || tag->size > 0);
}

struct job_integration {
    int64_t id;
    struct view host;
};

static bool choose_teams(struct transaction *transaction, int64_t organization, struct view host,
    const struct import_job_new *given, int64_t *teams, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct view *repositories = ARENA_ARRAY(arena, struct view, given->count);
    for (size_t i = 0; i < given->count; i++) {
        struct view tag;
        (void)import_name_split(host, given->names[i], &repositories[i], &tag); /* the job complains */
    }
    return team_choose_owners(transaction, organization, repositories, given->count, teams, err);
}

static bool insert_items(struct transaction *transaction, int64_t id, const struct import_job_new *given,
    const int64_t *teams, struct error *err)
{
    for (size_t i = 0; i < given->count; i++) {
        if (!RUN(transaction->connection, err,
                "INSERT INTO import_job_items (import_job_id, position, name, status, message, imported, project_id, "
                "team_id) VALUES ($1, $2, $3, 'pending', '', 0, '', $4)",
                SQL_INTEGER(id), SQL_INTEGER((int64_t)i), SQL_TEXT(given->names[i]),
                teams[i] == 0 ? SQL_NULL : SQL_INTEGER(teams[i])))
            return false;
    }
    return true;
}

static bool find_job_integration(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct job_integration *integration, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT id, host FROM integrations WHERE uuid = $1 AND organization_id = $2 AND removed_ms = 0",
            SQL_WORD(uuid->text), SQL_INTEGER(organization)))
        return false;
    bool found = rows_next(&rows);
    if (found)
        *integration = (struct job_integration){rows_integer(&rows, 0), rows_copy(&rows, arena, 1)};
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "there is no integration \"%s\"", uuid->text));
}

static bool new_job(struct transaction *transaction, int64_t organization, const struct import_job_new *given,
    struct uuid *uuid, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct job_integration integration = {0};
    int64_t *teams = ARENA_ARRAY(arena, int64_t, given->count);
    int64_t id = 0;
    bool found = false;
    const struct audit_event event = {
        .actor = given->who,
        .action = view_text("project.add"),
        .subject_type = view_text("import_job"),
        .subject_id = view_text(uuid->text),
    };
    struct uuid job;
    const struct job_about about = {.organization = organization,
        .kind = "import",
        .member = "import_job",
        .uuid = uuid,
        .integration = view_text(given->integration->text),
        .lane = JOB_LANE_NOW};
    return find_job_integration(transaction, arena, organization, given->integration, &integration, err) &&
           choose_teams(transaction, organization, integration.host, given, teams, err) &&
           LOOKUP(transaction->connection, &id, &found, err,
               "INSERT INTO import_jobs (uuid, organization_id, integration_id, who, importer, state, error, created_ms, "
               "finished_ms) VALUES ($1, $2, $3, $4, $5, 'pending', '', $6, 0) RETURNING id",
               SQL_WORD(uuid->text), SQL_INTEGER(organization), SQL_INTEGER(integration.id), SQL_TEXT(given->who),
               SQL_TEXT(given->importer), SQL_INTEGER(transaction->now_ms)) &&
           insert_items(transaction, id, given, teams, err) && jobs_enqueue_about(transaction, &about, &job, err) &&
           audit_add(transaction, organization, &event, err);
}

bool store_new_import_job(
    struct store *store, int64_t organization, const struct import_job_new *given, struct uuid *uuid, struct error *err)
{
    struct transaction transaction;
    if (given->count > IMPORT_JOB_ITEMS_MAX)
        return error_set(err, ERROR_LIMIT, "one import job takes at most %d images", IMPORT_JOB_ITEMS_MAX);
    uuid_new(uuid);
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, new_job(&transaction, organization, given, uuid, err), err);
}

#define IMPORT_JOB_SELECT(owned)                                                                                        \
    "SELECT import_jobs.id, import_jobs.uuid, integrations.uuid, integrations.name, import_jobs.who, importer, state, " \
    "error, import_jobs.created_ms, finished_ms, (SELECT count(*) FROM import_job_items "                               \
    "WHERE import_job_id = import_jobs.id" owned "), (SELECT count(*) FROM import_job_items "                           \
    "WHERE import_job_id = import_jobs.id AND status = 'failed'" owned ") FROM import_jobs "                            \
    "JOIN integrations ON integrations.id = import_jobs.integration_id WHERE import_jobs.organization_id = $1 "

static void read_job(const struct rows *rows, struct arena *arena, struct import_job *job)
{
    *job = (struct import_job){
        .id = rows_integer(rows, 0),
        .integration_name = rows_copy(rows, arena, 3),
        .who = rows_copy(rows, arena, 4),
        .importer = rows_copy(rows, arena, 5),
        .state = rows_copy(rows, arena, 6),
        .error = rows_copy(rows, arena, 7),
        .created_ms = rows_integer(rows, 8),
        .finished_ms = rows_integer(rows, 9),
        .total = rows_integer(rows, 10),
        .failed = rows_integer(rows, 11),
        .cursor = page_cursor(arena, rows_integer(rows, 0)),
    };
    uuid_parse(rows_view(rows, 1), &job->uuid);
    uuid_parse(rows_view(rows, 2), &job->integration_uuid);
}

static bool find_job(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct import_job *job, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, IMPORT_JOB_SELECT("") "AND import_jobs.uuid = $2",
            SQL_INTEGER(organization), SQL_WORD(uuid->text)))
        return false;
    bool found = rows_next(&rows);
    if (found)
        read_job(&rows, arena, job);
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "there is no import job \"%s\"", uuid->text));
}

bool store_find_import_job(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct import_job *job, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_job(&transaction, arena, organization, uuid, job, err), err);
}

static const char *list_sql(struct arena *arena, const struct import_job_query *query, bool is_downward)
{
    struct view owned = owner_filter_team_sql(arena, &query->owners, "team_id");
    return arena_format(arena,
        IMPORT_JOB_SELECT(
            "%.*s") "AND EXISTS (SELECT 1 FROM import_job_items WHERE import_job_id = import_jobs.id%.*s) "
                    "AND import_jobs.id %c $2 ORDER BY import_jobs.id %s LIMIT $3",
        VIEW_PRINT(owned), VIEW_PRINT(owned), VIEW_PRINT(owned), is_downward ? '<' : '>', is_downward ? "DESC" : "ASC")
        .data;
}

static bool list_jobs(struct transaction *transaction, struct arena *arena, int64_t organization, const char *sql,
    const struct key_page *page, struct import_job **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(organization), SQL_INTEGER(page->from),
            SQL_INTEGER(page->limit)))
        return false;
    struct import_job *list = ARENA_ARRAY(arena, struct import_job, (size_t)page->limit);
    for (*count = 0; rows_next(&rows); (*count)++)
        read_job(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_import_jobs(struct store *store, struct arena *arena, int64_t organization,
    const struct import_job_query *query, struct import_job **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(&query->page, true, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            list_jobs(
                &transaction, arena, organization, list_sql(arena, query, keys.is_downward), &keys, items, count, err),
            err))
        return false;
    page_finish(*items, sizeof(**items), count, query->page.limit, keys.is_reversed, has_more);
    return true;
}

static bool list_items(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct import_item **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct import_item *list = ARENA_ARRAY(arena, struct import_item, IMPORT_JOB_ITEMS_MAX);
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT position, name, status, message, imported, project_id, coalesce(team_id, 0) FROM import_job_items "
            "JOIN import_jobs ON import_jobs.id = import_job_id WHERE uuid = $1 AND organization_id = $2 "
            "ORDER BY position LIMIT $3",
            SQL_WORD(uuid->text), SQL_INTEGER(organization), SQL_INTEGER(IMPORT_JOB_ITEMS_MAX)))
        return false;
    for (*count = 0; rows_next(&rows); (*count)++) {
        struct import_item *item = &list[*count];
        *item = (struct import_item){
            .position = rows_integer(&rows, 0),
            .name = rows_copy(&rows, arena, 1),
            .status = rows_copy(&rows, arena, 2),
            .message = rows_copy(&rows, arena, 3),
            .imported = rows_integer(&rows, 4),
            .team = rows_integer(&rows, 6),
        };
        if (!uuid_parse(rows_view(&rows, 5), &item->project))
            item->project.text[0] = '\0';
    }
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_import_items(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct import_item **items, size_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, list_items(&transaction, arena, organization, uuid, items, count, err), err);
}

bool store_end_import_item(struct store *store, int64_t import_job, const struct import_item *item, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err,
                   "UPDATE import_job_items SET status = $3, message = $4, imported = $5, project_id = $6 "
                   "WHERE import_job_id = $1 AND position = $2",
                   SQL_INTEGER(import_job), SQL_INTEGER(item->position), SQL_TEXT(item->status),
                   SQL_TEXT(item->message), SQL_INTEGER(item->imported), SQL_WORD(item->project.text)),
               err);
}

static bool end_job(struct transaction *transaction, int64_t import_job, struct view error, struct error *err)
{
    return RUN(transaction->connection, err,
               "UPDATE import_job_items SET status = 'failed', message = $2 WHERE import_job_id = $1 "
               "AND status = 'pending'",
               SQL_INTEGER(import_job), SQL_TEXT(error)) &&
           RUN(transaction->connection, err,
               "UPDATE import_jobs SET state = $2, error = $3, finished_ms = $4 WHERE id = $1 AND state = 'pending'",
               SQL_INTEGER(import_job), SQL_WORD(error.size == 0 ? "complete" : "failed"), SQL_TEXT(error),
               SQL_INTEGER(transaction->now_ms));
}

bool store_end_import_job(struct store *store, int64_t import_job, struct view error, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, end_job(&transaction, import_job, error, err), err);
}

bool store_note_import_job(struct store *store, int64_t import_job, struct view error, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err, "UPDATE import_jobs SET error = $2 WHERE id = $1 AND state = 'pending'",
                   SQL_INTEGER(import_job), SQL_TEXT(error)),
               err);
}

bool store_prune_import_jobs(struct store *store, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err, "DELETE FROM import_jobs WHERE created_ms < $1 AND state <> 'pending'",
                   SQL_INTEGER(transaction.now_ms - IMPORT_JOB_KEPT_MS)),
               err);
}
