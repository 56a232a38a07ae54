/* SPDX-License-Identifier: Apache-2.0 */
#include "store/scan_requests.h"

#include "store/audit.h"
#include "store/integrations_internal.h"
#include "store/jobs_internal.h"
#include "store/page.h"
#include "store/team_rows.h"

#include <assert.h>

/* States are stored by their names. A job that ended without a word (its process died too often) has failed its request. */
#define LOST                                                                                                           \
    "(finished_ms = 0 AND leader_id IS NULL AND EXISTS (SELECT 1 FROM jobs WHERE uuid = job_uuid AND state = 3))"
#define UNFINISHED "finished_ms = 0 AND NOT " LOST

static const char *const state_names[] = {
    [SCAN_REQUEST_QUEUED] = "queued",
    [SCAN_REQUEST_PULLING] = "pulling",
    [SCAN_REQUEST_ANALYZING] = "analyzing",
    [SCAN_REQUEST_MATCHING] = "matching",
    [SCAN_REQUEST_DONE] = "done",
    [SCAN_REQUEST_FAILED] = "failed",
    [SCAN_REQUEST_CANCELLED] = "cancelled",
};
static_assert(sizeof(state_names) / sizeof(state_names[0]) == SCAN_REQUEST_STATE_COUNT, "a name for each state");

const char *scan_request_state_name(enum scan_request_state state)
{
    return state_names[state];
}

bool scan_request_state_is_final(enum scan_request_state state)
{
    return state >= SCAN_REQUEST_DONE;
}

static enum scan_request_state read_state(struct view name)
{
    for (int i = 0; i < SCAN_REQUEST_STATE_COUNT; i++) {
        if (view_is(name, state_names[i]))
            return (enum scan_request_state)i;
    }
    return SCAN_REQUEST_FAILED;
}

struct view scan_request_project_tag(const struct scan_request *request)
{
    return request->tag.size > 0 ? request->tag : digest_view(&request->digest);
}

static bool covers(const struct integration_address *address, struct view host, struct view repository)
{
    bool is_host = view_equal(address->host, host) || (host_is_docker_hub(address->host) && host_is_docker_hub(host));
    struct view path = address->path;
    bool is_below = path.size == 0 || view_equal(path, repository) ||
                    (repository.size > path.size && view_equal(view_slice(repository, 0, path.size), path) &&
                        repository.data[path.size] == '/');
    return is_host && is_below;
}

static bool find_covering(struct transaction *transaction, struct arena *arena, int64_t organization, struct view host,
    struct view repository, struct view *uuid, struct error *err)
{
    AUTO_ROWS rows = {0};
    size_t longest = 0;
    *uuid = view_text("");
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT uuid, host, path FROM integrations WHERE organization_id = $1 AND removed_ms = 0 ORDER BY id",
            SQL_INTEGER(organization)))
        return false;
    while (rows_next(&rows)) {
        const struct integration_address address = {.host = rows_view(&rows, 1), .path = rows_view(&rows, 2)};
        if (!covers(&address, host, repository) || (uuid->size > 0 && address.path.size <= longest))
            continue;
        longest = address.path.size;
        *uuid = rows_copy(&rows, arena, 0);
    }
    return rows_finish(&rows, err);
}

bool store_find_covering_integration(struct store *store, struct arena *arena, int64_t organization, struct view host,
    struct view repository, struct integration *integration, bool *found, struct error *err)
{
    struct transaction transaction;
    struct view uuid;
    if (!transaction_read(store, &transaction, err))
        return false;
    bool is_done = find_covering(&transaction, arena, organization, host, repository, &uuid, err);
    *found = is_done && uuid.size > 0;
    if (*found)
        is_done = integration_find_uncounted(&transaction, arena, organization, uuid, integration, found, err);
    return transaction_end(&transaction, is_done, err);
}

static bool enqueue(struct transaction *transaction, int64_t organization, int64_t id, const struct uuid *uuid,
    struct view integration, struct error *err)
{
    struct uuid job;
    const struct job_about about = {.organization = organization,
        .kind = "scan_request",
        .member = "scan_request",
        .uuid = uuid,
        .integration = integration,
        .lane = JOB_LANE_NOW,
        .is_repeatable = true};
    return jobs_enqueue_about(transaction, &about, &job, err) &&
           RUN(transaction->connection, err,
               "UPDATE scan_requests SET job_uuid = $2, leader_id = NULL, state = 'queued', error = '', pulling_ms = 0, "
               "analyzing_ms = 0, matching_ms = 0, finished_ms = 0, digest = CASE WHEN tag = '' THEN digest ELSE '' END "
               "WHERE id = $1",
               SQL_INTEGER(id), SQL_WORD(job.text));
}

/* Requests that waited for this one. */
static bool release(struct transaction *transaction, int64_t leader, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ROWS rows = {0};
    struct follower {
        int64_t id;
        int64_t organization;
        struct uuid uuid;
        struct view integration;
    };
    struct {
        struct follower *items;
        size_t count, capacity;
    } list = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT scan_requests.id, scan_requests.organization_id, scan_requests.uuid, integrations.uuid "
            "FROM scan_requests JOIN integrations ON integrations.id = integration_id "
            "WHERE leader_id = $1 AND finished_ms = 0 ORDER BY scan_requests.id",
            SQL_INTEGER(leader)))
        return false;
    while (rows_next(&rows)) {
        struct follower *follower = ARENA_PUSH(arena, &list);
        *follower = (struct follower){.id = rows_integer(&rows, 0),
            .organization = rows_integer(&rows, 1),
            .integration = rows_copy(&rows, arena, 3)};
        uuid_parse(rows_view(&rows, 2), &follower->uuid);
    }
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        struct follower *follower = &list.items[i];
        if (!enqueue(transaction, follower->organization, follower->id, &follower->uuid, follower->integration, err))
            return false;
    }
    return true;
}

static bool audit(struct transaction *transaction, int64_t organization, const struct uuid *uuid, const char *action,
    struct view who, struct view name, struct error *err)
{
    const struct audit_event event = {
        .actor = who,
        .action = view_text(action),
        .subject_type = view_text("scan_request"),
        .subject_id = view_text(uuid->text),
        .subject_name = name,
    };
    return audit_add(transaction, organization, &event, err);
}

static bool find_same(struct transaction *transaction, const struct scan_request_new *given, struct uuid *uuid,
    bool *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    const struct reference *reference = given->reference;
    bool has_digest = digest_is_set(&reference->digest);
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT uuid FROM scan_requests WHERE integration_id = $1 AND repository = $2 AND tag = $3 "
            "AND ($3 <> '' OR digest = $4) AND " UNFINISHED " ORDER BY id LIMIT 1",
            SQL_INTEGER(given->integration->id), SQL_TEXT(reference->repository),
            SQL_TEXT(has_digest ? view_text("") : reference->tag), SQL_WORD(reference->digest.text)))
        return false;
    *found = rows_next(&rows);
    if (*found)
        uuid_parse(rows_view(&rows, 0), uuid);
    return rows_finish(&rows, err);
}

static bool insert(struct transaction *transaction, int64_t organization, const struct scan_request_new *given,
    struct uuid *uuid, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    const struct reference *reference = given->reference;
    bool has_digest = digest_is_set(&reference->digest);
    bool found = false;
    int64_t id = 0, waiting = 0, team = 0;
    if (!LOOKUP(transaction->connection, &waiting, &found, err,
            "SELECT count(*) FROM scan_requests WHERE organization_id = $1 AND " UNFINISHED, SQL_INTEGER(organization)))
        return false;
    if (waiting >= SCAN_REQUESTS_WAITING_MAX)
        return error_set(err, ERROR_LIMIT, "%d scan requests wait already: try again when some have ended",
            SCAN_REQUESTS_WAITING_MAX);
    uuid_new(uuid);
    return team_choose_owners(transaction, organization, &reference->repository, 1, &team, err) &&
           LOOKUP(transaction->connection, &id, &found, err,
               "INSERT INTO scan_requests (uuid, organization_id, integration_id, repository, tag, digest, who, requester, "
               "state, error, retries, job_uuid, leader_id, project_uuid, created_ms, pulling_ms, analyzing_ms, "
               "matching_ms, finished_ms, team_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', '', 0, '', NULL, '', $9, "
               "0, 0, 0, 0, $10) RETURNING id",
               SQL_WORD(uuid->text), SQL_INTEGER(organization), SQL_INTEGER(given->integration->id),
               SQL_TEXT(reference->repository), SQL_TEXT(has_digest ? view_text("") : reference->tag),
               SQL_WORD(reference->digest.text), SQL_TEXT(given->who), SQL_TEXT(given->requester),
               SQL_INTEGER(transaction->now_ms), team == 0 ? SQL_NULL : SQL_INTEGER(team)) &&
           enqueue(transaction, organization, id, uuid, view_text(given->integration->uuid.text), err) &&
           audit(transaction, organization, uuid, "scan_request.add", given->who, reference_format(arena, reference),
               err);
}

static bool new_request(struct transaction *transaction, int64_t organization, const struct scan_request_new *given,
    struct uuid *uuid, bool *is_new, struct error *err)
{
    bool found = false;
    if (!find_same(transaction, given, uuid, &found, err))
        return false;
    *is_new = !found;
    return found || insert(transaction, organization, given, uuid, err);
}

bool store_new_scan_request(struct store *store, int64_t organization, const struct scan_request_new *given,
    struct uuid *uuid, bool *is_new, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, new_request(&transaction, organization, given, uuid, is_new, err), err);
}

/* One that waits for another shows how far that is. */
#define REQUEST_SELECT                                                                                                  \
    "SELECT scan_requests.id, scan_requests.uuid, integration_id, integrations.uuid, integrations.name, "               \
    "integrations.host, repository, tag, digest, who, requester, CASE WHEN " LOST " THEN 'failed' ELSE coalesce("       \
    "(SELECT leader.state FROM scan_requests AS leader WHERE leader.id = scan_requests.leader_id "                      \
    "AND scan_requests.finished_ms = 0), scan_requests.state) END, CASE WHEN " LOST                                     \
    " THEN (SELECT error FROM jobs WHERE uuid = job_uuid) ELSE error END, retries, project_uuid, "                      \
    "scan_requests.created_ms, pulling_ms, analyzing_ms, matching_ms, finished_ms, CASE WHEN state = 'queued' AND "     \
    "leader_id IS NULL THEN (SELECT count(*) FROM jobs AS ahead WHERE ahead.state = 0 AND ahead.kind = 'scan_request' " \
    "AND ahead.id <= (SELECT id FROM jobs WHERE uuid = job_uuid AND jobs.state = 0)) ELSE 0 END FROM scan_requests "    \
    "JOIN integrations ON integrations.id = integration_id WHERE scan_requests.organization_id = $1 "

static void read_request(const struct rows *rows, struct arena *arena, struct scan_request *request)
{
    struct error ignored; /* empty: not known yet */
    *request = (struct scan_request){
        .id = rows_integer(rows, 0),
        .integration = rows_integer(rows, 2),
        .integration_name = rows_copy(rows, arena, 4),
        .host = rows_copy(rows, arena, 5),
        .repository = rows_copy(rows, arena, 6),
        .tag = rows_copy(rows, arena, 7),
        .who = rows_copy(rows, arena, 9),
        .requester = rows_copy(rows, arena, 10),
        .state = read_state(rows_view(rows, 11)),
        .error = rows_copy(rows, arena, 12),
        .retries = rows_integer(rows, 13),
        .created_ms = rows_integer(rows, 15),
        .pulling_ms = rows_integer(rows, 16),
        .analyzing_ms = rows_integer(rows, 17),
        .matching_ms = rows_integer(rows, 18),
        .finished_ms = rows_integer(rows, 19),
        .position = rows_integer(rows, 20),
        .cursor = page_cursor(arena, rows_integer(rows, 0)),
    };
    uuid_parse(rows_view(rows, 1), &request->uuid);
    uuid_parse(rows_view(rows, 3), &request->integration_uuid);
    if (!digest_parse(rows_view(rows, 8), &request->digest, &ignored))
        request->digest = (struct digest){0};
    if (!uuid_parse(rows_view(rows, 14), &request->project))
        request->project.text[0] = '\0';
}

static bool find_request(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct scan_request *request, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, REQUEST_SELECT "AND scan_requests.uuid = $2",
            SQL_INTEGER(organization), SQL_WORD(uuid->text)))
        return false;
    bool found = rows_next(&rows);
    if (found)
        read_request(&rows, arena, request);
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "there is no scan request \"%s\"", uuid->text));
}

bool store_find_scan_request(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct scan_request *request, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_request(&transaction, arena, organization, uuid, request, err), err);
}

static const char *list_sql(struct arena *arena, const struct scan_request_query *query, bool is_downward)
{
    return arena_format(arena,
        REQUEST_SELECT "AND scan_requests.id %c $2 AND ($4 = 0 OR (" UNFINISHED
                       "))%.*s ORDER BY scan_requests.id %s LIMIT $3",
        is_downward ? '<' : '>', VIEW_PRINT(owner_filter_team_sql(arena, &query->owners, "scan_requests.team_id")),
        is_downward ? "DESC" : "ASC")
        .data;
}

static bool list_requests(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct scan_request_query *query, const struct key_page *page, struct scan_request **items, size_t *count,
    struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, list_sql(arena, query, page->is_downward),
            SQL_INTEGER(organization), SQL_INTEGER(page->from), SQL_INTEGER(page->limit),
            SQL_INTEGER(query->unfinished_only)))
        return false;
    struct scan_request *list = ARENA_ARRAY(arena, struct scan_request, (size_t)page->limit);
    for (*count = 0; rows_next(&rows); (*count)++)
        read_request(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_scan_requests(struct store *store, struct arena *arena, int64_t organization,
    const struct scan_request_query *query, struct scan_request **items, size_t *count, bool *has_more,
    struct error *err)
{
    struct transaction transaction;
    struct key_page page;
    if (!page_begin(&query->page, true, &page, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(
            &transaction, list_requests(&transaction, arena, organization, query, &page, items, count, err), err))
        return false;
    page_finish(*items, sizeof(**items), count, query->page.limit, page.is_reversed, has_more);
    return true;
}

/* Ends an unfinished request; `*found` is false if it was none. */
static bool end(struct transaction *transaction, int64_t id, enum scan_request_state state, struct view reason,
    bool *found, struct error *err)
{
    int64_t ended = 0;
    return LOOKUP(transaction->connection, &ended, found, err,
               "UPDATE scan_requests SET state = $2, error = $3, finished_ms = $4, leader_id = NULL "
               "WHERE id = $1 AND finished_ms = 0 RETURNING id",
               SQL_INTEGER(id), SQL_WORD(state_names[state]), SQL_TEXT(reason), SQL_INTEGER(transaction->now_ms)) &&
           (!*found || release(transaction, id, err));
}

static bool cancel_job(struct transaction *transaction, int64_t organization, int64_t id, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct uuid job;
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT job_uuid FROM scan_requests JOIN jobs ON jobs.uuid = job_uuid AND jobs.state < 2 "
            "WHERE scan_requests.id = $1",
            SQL_INTEGER(id)))
        return false;
    bool found = rows_next(&rows) && uuid_parse(rows_view(&rows, 0), &job);
    return rows_finish(&rows, err) && (!found || jobs_cancel(transaction, organization, &job, err));
}

static bool cancel_request(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct view who, struct error *err)
{
    struct scan_request request;
    bool found = false;
    if (!find_request(transaction, arena, organization, uuid, &request, err))
        return false;
    if (scan_request_state_is_final(request.state))
        return error_set(err, ERROR_CONFLICT, "the scan request has ended already: %s", state_names[request.state]);
    return cancel_job(transaction, organization, request.id, err) &&
           end(transaction, request.id, SCAN_REQUEST_CANCELLED, view_text(""), &found, err) &&
           audit(transaction, organization, uuid, "scan_request.cancel", who, request.repository, err);
}

bool store_cancel_scan_request(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, cancel_request(&transaction, arena, organization, uuid, who, err), err);
}

static bool retry_request(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct view who, struct error *err)
{
    struct scan_request request;
    if (!find_request(transaction, arena, organization, uuid, &request, err))
        return false;
    if (!scan_request_state_is_final(request.state))
        return true;
    return RUN(transaction->connection, err, "UPDATE scan_requests SET retries = retries + 1 WHERE id = $1",
               SQL_INTEGER(request.id)) &&
           enqueue(transaction, organization, request.id, uuid, view_text(request.integration_uuid.text), err) &&
           audit(transaction, organization, uuid, "scan_request.retry", who, request.repository, err);
}

bool store_retry_scan_request(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, retry_request(&transaction, arena, organization, uuid, who, err), err);
}

static bool ended(bool found, struct error *err)
{
    return found || error_set(err, ERROR_CANCELLED, "the scan request has ended");
}

static bool move(
    struct transaction *transaction, int64_t id, enum scan_request_state state, struct view reason, struct error *err)
{
    int64_t moved = 0;
    bool found = false;
    return LOOKUP(transaction->connection, &moved, &found, err,
               "UPDATE scan_requests SET state = $2, error = $3, "
               "pulling_ms = CASE WHEN $2 = 'pulling' THEN $4 ELSE pulling_ms END, "
               "analyzing_ms = CASE WHEN $2 = 'analyzing' THEN $4 WHEN $2 = 'pulling' THEN 0 ELSE analyzing_ms END, "
               "matching_ms = CASE WHEN $2 = 'matching' THEN $4 WHEN $2 = 'pulling' THEN 0 ELSE matching_ms END "
               "WHERE id = $1 AND finished_ms = 0 RETURNING id",
               SQL_INTEGER(id), SQL_WORD(state_names[state]), SQL_TEXT(reason), SQL_INTEGER(transaction->now_ms)) &&
           ended(found, err);
}

bool store_move_scan_request(struct store *store, const struct scan_request *request, enum scan_request_state state,
    struct view reason, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, move(&transaction, request->id, state, reason, err), err);
}

static bool resolve(struct transaction *transaction, const struct scan_request *request, const struct digest *digest,
    bool *waits, struct error *err)
{
    int64_t leader = 0, id = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &leader, waits, err,
            "SELECT id FROM scan_requests WHERE integration_id = $1 AND repository = $2 AND digest = $3 AND id <> $4 "
            "AND leader_id IS NULL AND state <> 'queued' AND " UNFINISHED " ORDER BY id LIMIT 1",
            SQL_INTEGER(request->integration), SQL_TEXT(request->repository), SQL_WORD(digest->text),
            SQL_INTEGER(request->id)))
        return false;
    return LOOKUP(transaction->connection, &id, &found, err,
               "UPDATE scan_requests SET digest = $2, leader_id = $3 WHERE id = $1 AND finished_ms = 0 RETURNING id",
               SQL_INTEGER(request->id), SQL_WORD(digest->text), *waits ? SQL_INTEGER(leader) : SQL_NULL) &&
           ended(found, err);
}

bool store_resolve_scan_request(struct store *store, const struct scan_request *request, const struct digest *digest,
    bool *waits, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, resolve(&transaction, request, digest, waits, err), err);
}

/* The project that the import made, if it got so far. */
static bool link_project(struct transaction *transaction, const struct scan_request *request, struct error *err)
{
    return RUN(transaction->connection, err,
        "UPDATE scan_requests SET project_uuid = coalesce((SELECT projects.uuid FROM projects "
        "JOIN targets ON targets.id = projects.target_id JOIN repositories ON repositories.id = targets.repository_id "
        "WHERE repositories.integration_id = $2 AND repositories.name = $3 AND projects.tag = $4 AND deleted_ms = 0), "
        "project_uuid) WHERE id = $1",
        SQL_INTEGER(request->id), SQL_INTEGER(request->integration), SQL_TEXT(request->repository),
        SQL_TEXT(scan_request_project_tag(request)));
}

static bool end_request(struct transaction *transaction, const struct scan_request *request,
    enum scan_request_state state, struct view reason, struct error *err)
{
    bool found = false;
    return link_project(transaction, request, err) && end(transaction, request->id, state, reason, &found, err) &&
           ended(found, err);
}

bool store_end_scan_request(struct store *store, const struct scan_request *request, enum scan_request_state state,
    struct view reason, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, end_request(&transaction, request, state, reason, err), err);
}

bool store_prune_scan_requests(struct store *store, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err, "DELETE FROM scan_requests WHERE finished_ms > 0 AND finished_ms < $1",
                   SQL_INTEGER(transaction.now_ms - SCAN_REQUEST_KEPT_MS)),
               err);
}
