/* SPDX-License-Identifier: Apache-2.0 */
#include "store/jobs.h"

#include "base/json.h"
#include "store/jobs_internal.h"
#include "store/page.h"

#include <assert.h>

enum {
    RECOVERIES_MAX = 20, /* deaths of the process with this job in hand before the job is held to be the cause */
    RETRY_MS = 1000, /* before the second attempt; four times as long before each further one */
};

static const char *const state_names[] = {"queued", "running", "done", "failed", "cancelled"};
static_assert(sizeof(state_names) / sizeof(state_names[0]) == JOB_STATE_COUNT, "a name for each state");

const char *job_state_name(enum job_state state)
{
    return state_names[state];
}

static bool check_new(const struct job_new *given, struct error *err)
{
    if (given->kind.size == 0 || given->lane < 0 || given->lane >= JOB_LANE_COUNT)
        return error_set(err, ERROR_INVALID, "a job needs a kind and a lane");
    if (given->payload.size > JOB_PAYLOAD_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "the payload of job \"%.*s\" has more than %u bytes",
            VIEW_PRINT(given->kind), JOB_PAYLOAD_BYTES_MAX);
    return true;
}

/* The unfinished job of this kind and key, moved to the more urgent lane. */
static bool find_same(
    struct transaction *transaction, const struct job_new *given, struct uuid *uuid, bool *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "UPDATE jobs SET lane = CASE WHEN lane > $3 THEN $3 ELSE lane END "
            "WHERE kind = $1 AND key = $2 AND key <> '' AND state < 2 AND coalesce(organization_id, 0) = $4 "
            "RETURNING uuid",
            SQL_TEXT(given->kind), SQL_TEXT(given->key), SQL_INTEGER(given->lane), SQL_INTEGER(given->organization)))
        return false;
    *found = rows_next(&rows);
    if (*found)
        uuid_parse(rows_view(&rows, 0), uuid);
    while (*found && rows_next(&rows)) {
    }
    return rows_finish(&rows, err);
}

bool jobs_enqueue(
    struct transaction *transaction, const struct job_new *given, struct uuid *uuid, bool *is_new, struct error *err)
{
    bool found = false;
    if (!check_new(given, err) || !find_same(transaction, given, uuid, &found, err))
        return false;
    *is_new = !found;
    if (found)
        return true;
    uuid_new(uuid);
    transaction->has_queued = transaction->has_queued || given->not_before_ms <= transaction->now_ms;
    return RUN(transaction->connection, err,
        "INSERT INTO jobs (uuid, organization_id, kind, key, payload, state, lane, not_before_ms, attempt, recoveries, "
        "lease_owner, lease_until_ms, is_cancel_requested, error, created_ms, finished_ms) "
        "VALUES ($1, $2, $3, $4, $5, 0, $6, $7, 0, 0, '', 0, 0, '', $8, 0)",
        SQL_WORD(uuid->text), given->organization == 0 ? SQL_NULL : SQL_INTEGER(given->organization),
        SQL_TEXT(given->kind), SQL_TEXT(given->key), SQL_TEXT(given->payload), SQL_INTEGER(given->lane),
        SQL_INTEGER(given->not_before_ms), SQL_INTEGER(transaction->now_ms));
}

bool store_enqueue_job(
    struct store *store, const struct job_new *given, struct uuid *uuid, bool *is_new, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, jobs_enqueue(&transaction, given, uuid, is_new, err), err);
}

bool jobs_enqueue_about(
    struct transaction *transaction, const struct job_about *about, struct uuid *uuid, struct error *err)
{
    AUTO_BUFFER payload;
    struct json_writer writer;
    bool is_new = false;
    buffer_init(&payload, JOB_PAYLOAD_BYTES_MAX);
    json_writer_init(&writer, &payload);
    json_begin_object(&writer);
    if (about->integration.size > 0)
        json_pair(&writer, "integration", about->integration);
    json_pair_text(&writer, about->member, about->uuid->text);
    json_end_object(&writer);
    const struct job_new job = {
        .organization = about->organization,
        .kind = view_text(about->kind),
        .key = view_text(about->is_repeatable ? "" : about->uuid->text),
        .payload = buffer_view(&payload),
        .lane = about->lane,
    };
    return jobs_enqueue(transaction, &job, uuid, &is_new, err);
}

bool jobs_enqueue_sync(
    struct transaction *transaction, const struct sync_order *order, struct uuid *uuid, struct error *err)
{
    AUTO_BUFFER payload;
    struct json_writer writer;
    bool is_new = false;
    buffer_init(&payload, JOB_PAYLOAD_BYTES_MAX);
    json_writer_init(&writer, &payload);
    json_begin_object(&writer);
    json_pair_text(&writer, "integration", order->integration->text);
    json_pair(&writer, "who", order->who);
    json_pair_integer(&writer, "newest_tags", order->newest_tags);
    json_pair_integer(&writer, "repositories_max", order->repositories_max);
    json_pair_integer(&writer, "is_scan", order->is_scan);
    json_end_object(&writer);
    struct job_new job = {
        .organization = order->organization,
        .kind = view_text("sync"),
        .key = view_text(order->integration->text),
        .payload = buffer_view(&payload),
        .lane = JOB_LANE_NORMAL,
    };
    if (!jobs_enqueue(transaction, &job, uuid, &is_new, err))
        return false;
    return is_new || !order->is_scan ||
           error_set(err, ERROR_CONFLICT, "a run of this integration is under way: scan it when that has ended");
}

bool store_queue_sync(struct store *store, const struct sync_order *order, struct error *err)
{
    struct transaction transaction;
    struct uuid uuid;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, jobs_enqueue_sync(&transaction, order, &uuid, err), err);
}

#define JOB_COLUMNS                                                                                                    \
    "id, uuid, coalesce(organization_id, 0), kind, key, payload, state, lane, attempt, created_ms, finished_ms, "      \
    "error, is_cancel_requested"

static void read_job(const struct rows *rows, struct arena *arena, struct job *job)
{
    job->id = rows_integer(rows, 0);
    uuid_parse(rows_view(rows, 1), &job->uuid);
    job->organization = rows_integer(rows, 2);
    job->kind = rows_copy(rows, arena, 3);
    job->key = rows_copy(rows, arena, 4);
    job->payload = rows_copy(rows, arena, 5);
    job->state = (enum job_state)rows_integer(rows, 6);
    job->lane = (int)rows_integer(rows, 7);
    job->attempt = (int)rows_integer(rows, 8);
    job->created_ms = rows_integer(rows, 9);
    job->finished_ms = rows_integer(rows, 10);
    job->error = rows_copy(rows, arena, 11);
    job->is_cancel_requested = rows_boolean(rows, 12);
    job->cursor = page_cursor(arena, job->id);
}

/* Leases that ran out: again into the queue, or at an end. */
static bool expire_leases(struct transaction *transaction, struct error *err)
{
    return RUN(transaction->connection, err,
        "UPDATE jobs SET state = CASE WHEN is_cancel_requested = 1 THEN 4 WHEN attempt >= $2 THEN 3 ELSE 0 END, "
        "finished_ms = CASE WHEN is_cancel_requested = 1 OR attempt >= $2 THEN $1 ELSE 0 END, "
        "error = CASE WHEN is_cancel_requested = 1 THEN 'cancelled' ELSE 'the worker did not finish in its time' END, "
        "lease_owner = '', lease_until_ms = 0 WHERE state = 1 AND lease_until_ms <= $1",
        SQL_INTEGER(transaction->now_ms), SQL_INTEGER(JOB_ATTEMPTS_MAX));
}

/* The first in the order of lanes that may run now, of one kind or (NULL) of all; false if there is none. */
static bool find_next(
    struct transaction *transaction, const char *kind, int64_t *lane, int64_t *id, bool *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql =
        kind == NULL ? "SELECT lane, id FROM jobs WHERE state = 0 AND not_before_ms <= $1 ORDER BY lane, id LIMIT 1"
                     : "SELECT lane, id FROM jobs WHERE state = 0 AND not_before_ms <= $1 AND kind = $2 "
                       "ORDER BY lane, id LIMIT 1";
    const struct sql_value values[] = {SQL_INTEGER(transaction->now_ms), SQL_WORD(kind == NULL ? "" : kind)};
    if (!sql_query(transaction->connection, &rows, err, sql, values, kind == NULL ? 1 : 2))
        return false;
    *found = rows_next(&rows);
    if (*found) {
        *lane = rows_integer(&rows, 0);
        *id = rows_integer(&rows, 1);
    }
    return rows_finish(&rows, err);
}

/* The most urgent one of the kinds; 0 = none. */
static bool choose_job(struct transaction *transaction, const char *const *kinds, int64_t *chosen, struct error *err)
{
    int64_t lane = 0, id = 0, least = 0;
    bool found = false;
    *chosen = 0;
    if (kinds == NULL)
        return find_next(transaction, NULL, &lane, chosen, &found, err);
    for (; *kinds != NULL; kinds++) {
        if (!find_next(transaction, *kinds, &lane, &id, &found, err))
            return false;
        if (found && (*chosen == 0 || lane < least || (lane == least && id < *chosen))) {
            least = lane;
            *chosen = id;
        }
    }
    return true;
}

/* Looks without writing first: workers ask often, and mostly there is nothing. */
static bool is_work_waiting(struct store *store, const struct job_lease *lease, bool *is_waiting, struct error *err)
{
    struct transaction transaction;
    int64_t chosen = 0;
    int64_t expired = 0;
    bool has_expired = false;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            choose_job(&transaction, lease->kinds, &chosen, err) &&
                LOOKUP(transaction.connection, &expired, &has_expired, err,
                    "SELECT id FROM jobs WHERE state = 1 AND lease_until_ms <= $1 LIMIT 1",
                    SQL_INTEGER(transaction.now_ms)),
            err))
        return false;
    *is_waiting = chosen != 0 || has_expired;
    return true;
}

static bool lease_job(struct transaction *transaction, struct arena *arena, const struct job_lease *lease, bool *found,
    struct job *job, struct error *err)
{
    AUTO_ROWS rows = {0};
    int64_t chosen = 0;
    *found = false;
    if (!expire_leases(transaction, err) || !choose_job(transaction, lease->kinds, &chosen, err))
        return false;
    if (chosen == 0)
        return true;
    if (!QUERY(transaction->connection, &rows, err,
            "UPDATE jobs SET state = 1, attempt = attempt + 1, lease_owner = $1, lease_until_ms = $2, "
            "key = CASE WHEN key LIKE '" JOB_KEY_WAITING "%' THEN '' ELSE key END WHERE id = $3 RETURNING " JOB_COLUMNS,
            SQL_TEXT(lease->owner), SQL_INTEGER(transaction->now_ms + lease->lease_ms), SQL_INTEGER(chosen)))
        return false;
    *found = rows_next(&rows);
    if (*found)
        read_job(&rows, arena, job);
    while (*found && rows_next(&rows)) {
    }
    return rows_finish(&rows, err);
}

bool store_lease_job(struct store *store, struct arena *arena, const struct job_lease *lease, bool *found,
    struct job *job, struct error *err)
{
    struct transaction transaction;
    struct job read = {0};
    bool has_job = false;
    if (!is_work_waiting(store, lease, found, err))
        return false;
    if (!*found)
        return true;
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction, lease_job(&transaction, arena, lease, &has_job, &read, err), err))
        return false;
    *found = has_job;
    if (has_job)
        *job = read;
    return true;
}

static bool lost(const struct job *job, struct error *err)
{
    return error_set(err, ERROR_CONFLICT, "job \"%s\" is not held any more: its lease ran out", job->uuid.text);
}

bool store_extend_job(
    struct store *store, const struct job *job, int64_t lease_ms, bool *is_cancelled, struct error *err)
{
    struct transaction transaction;
    int64_t is_requested = 0;
    bool found = false;
    if (!transaction_write(store, &transaction, err))
        return false;
    bool is_done = LOOKUP(transaction.connection, &is_requested, &found, err,
        "UPDATE jobs SET lease_until_ms = $3 WHERE id = $1 AND attempt = $2 AND state = 1 "
        "RETURNING is_cancel_requested",
        SQL_INTEGER(job->id), SQL_INTEGER(job->attempt), SQL_INTEGER(transaction.now_ms + lease_ms));
    if (!transaction_end(&transaction, is_done && (found || lost(job, err)), err))
        return false;
    *is_cancelled = is_requested != 0;
    return true;
}

/* A later attempt of a job is another lease, so (id, attempt) names it. */
static bool end_job(struct transaction *transaction, const struct job *job, enum job_state state, struct view error,
    int64_t not_before_ms, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "UPDATE jobs SET state = $3, error = $4, finished_ms = $5, not_before_ms = $6, lease_owner = '', "
            "lease_until_ms = 0 WHERE id = $1 AND attempt = $2 AND state = 1 RETURNING id",
            SQL_INTEGER(job->id), SQL_INTEGER(job->attempt), SQL_INTEGER(state), SQL_TEXT(error),
            SQL_INTEGER(state == JOB_QUEUED ? 0 : transaction->now_ms), SQL_INTEGER(not_before_ms)))
        return false;
    return found || lost(job, err);
}

/* What began to lag after a rematch saw its last batch, and before it ended, found its job still unfinished. */
static bool complete_job(struct transaction *transaction, const struct job *job, struct error *err)
{
    return end_job(transaction, job, JOB_DONE, view_text(""), 0, err) &&
           (!view_is(job->kind, JOB_REMATCH) || jobs_enqueue_rematch(transaction, err));
}

bool store_complete_job(struct store *store, const struct job *job, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, complete_job(&transaction, job, err), err);
}

static bool fail_job(struct transaction *transaction, const struct job *job, struct view error, bool may_retry,
    bool *is_final, struct error *err)
{
    int64_t is_requested = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &is_requested, &found, err,
            "SELECT is_cancel_requested FROM jobs WHERE id = $1", SQL_INTEGER(job->id)))
        return false;
    if (is_requested != 0) {
        *is_final = true;
        return end_job(transaction, job, JOB_CANCELLED, error, 0, err);
    }
    *is_final = !may_retry || job->attempt >= JOB_ATTEMPTS_MAX;
    if (*is_final)
        return end_job(transaction, job, JOB_FAILED, error, 0, err);
    int64_t delay_ms = (int64_t)RETRY_MS << (2 * (job->attempt - 1));
    return end_job(transaction, job, JOB_QUEUED, error, transaction->now_ms + delay_ms, err);
}

bool store_fail_job(
    struct store *store, const struct job *job, struct view error, bool may_retry, bool *is_final, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, fail_job(&transaction, job, error, may_retry, is_final, err), err);
}

static bool return_job(struct transaction *transaction, const struct job *job, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "UPDATE jobs SET state = CASE WHEN is_cancel_requested = 1 THEN 4 ELSE 0 END, attempt = attempt - 1, "
            "error = CASE WHEN is_cancel_requested = 1 THEN 'cancelled' ELSE '' END, "
            "finished_ms = CASE WHEN is_cancel_requested = 1 THEN $3 ELSE 0 END, lease_owner = '', lease_until_ms = 0 "
            "WHERE id = $1 AND attempt = $2 AND state = 1 RETURNING id",
            SQL_INTEGER(job->id), SQL_INTEGER(job->attempt), SQL_INTEGER(transaction->now_ms)))
        return false;
    return found || lost(job, err);
}

bool store_return_job(struct store *store, const struct job *job, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, return_job(&transaction, job, err), err);
}

static bool recover_jobs(struct transaction *transaction, struct view owner, int64_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "UPDATE jobs SET recoveries = recoveries + 1, attempt = attempt - 1, lease_owner = '', lease_until_ms = 0, "
            "state = CASE WHEN is_cancel_requested = 1 THEN 4 WHEN recoveries >= $2 THEN 3 ELSE 0 END, "
            "error = CASE WHEN is_cancel_requested = 1 THEN 'cancelled' ELSE 'the program ended meanwhile' END, "
            "finished_ms = CASE WHEN is_cancel_requested = 1 OR recoveries >= $2 THEN $3 ELSE 0 END "
            "WHERE state = 1 AND lease_owner = $1 RETURNING id",
            SQL_TEXT(owner), SQL_INTEGER(RECOVERIES_MAX), SQL_INTEGER(transaction->now_ms)))
        return false;
    for (*count = 0; rows_next(&rows);)
        (*count)++;
    return rows_finish(&rows, err);
}

bool store_recover_jobs(struct store *store, struct view owner, int64_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, recover_jobs(&transaction, owner, count, err), err);
}

bool store_next_job_ms(struct store *store, int64_t *next_ms, struct error *err)
{
    struct transaction transaction;
    bool found = false;
    int64_t next = 0;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            LOOKUP(transaction.connection, &next, &found, err,
                "SELECT moment FROM (SELECT min(not_before_ms) AS moment FROM jobs WHERE state = 0 UNION ALL "
                "SELECT min(lease_until_ms) FROM jobs WHERE state = 1) AS moments WHERE moment IS NOT NULL "
                "ORDER BY moment LIMIT 1",
                SQL_NONE),
            err))
        return false;
    *next_ms = found ? next : INT64_MAX;
    return true;
}

bool jobs_cancel(struct transaction *transaction, int64_t organization, const struct uuid *uuid, struct error *err)
{
    int64_t state = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &state, &found, err,
            "SELECT state FROM jobs WHERE uuid = $1 AND coalesce(organization_id, 0) = $2", SQL_WORD(uuid->text),
            SQL_INTEGER(organization)))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no job \"%s\"", uuid->text);
    if (state > JOB_RUNNING)
        return error_set(err, ERROR_CONFLICT, "job \"%s\" has ended already", uuid->text);
    return RUN(transaction->connection, err,
        "UPDATE jobs SET is_cancel_requested = 1, state = CASE WHEN state = 0 THEN 4 ELSE state END, "
        "error = CASE WHEN state = 0 THEN 'cancelled' ELSE error END, "
        "finished_ms = CASE WHEN state = 0 THEN $2 ELSE 0 END WHERE uuid = $1",
        SQL_WORD(uuid->text), SQL_INTEGER(transaction->now_ms));
}

bool store_cancel_job(struct store *store, int64_t organization, const struct uuid *uuid, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, jobs_cancel(&transaction, organization, uuid, err), err);
}

static bool find_job(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct job *job, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT " JOB_COLUMNS " FROM jobs WHERE uuid = $1 AND coalesce(organization_id, 0) = $2",
            SQL_WORD(uuid->text), SQL_INTEGER(organization)))
        return false;
    bool found = rows_next(&rows);
    if (found)
        read_job(&rows, arena, job);
    return rows_finish(&rows, err) && (found || error_set(err, ERROR_NOT_FOUND, "there is no job \"%s\"", uuid->text));
}

bool store_find_job(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct job *job, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_job(&transaction, arena, organization, uuid, job, err), err);
}

#define JOB_LIST                                                                                                       \
    "SELECT " JOB_COLUMNS " FROM jobs WHERE coalesce(organization_id, 0) = $1 AND ($4 = '' OR kind = $4) "             \
    "AND state IN ($5, $6, $7, $8, $9) AND id "

static bool list_jobs(struct transaction *transaction, struct arena *arena, int64_t organization, struct view kind,
    unsigned states, const struct key_page *page, struct job **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    int64_t wanted[JOB_STATE_COUNT];
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        wanted[i] = states == 0 || (states & 1u << i) != 0 ? i : -1;
    const char *sql =
        page->is_downward ? JOB_LIST "< $2 ORDER BY id DESC LIMIT $3" : JOB_LIST "> $2 ORDER BY id LIMIT $3";
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(organization), SQL_INTEGER(page->from),
            SQL_INTEGER(page->limit), SQL_TEXT(kind), SQL_INTEGER(wanted[0]), SQL_INTEGER(wanted[1]),
            SQL_INTEGER(wanted[2]), SQL_INTEGER(wanted[3]), SQL_INTEGER(wanted[4])))
        return false;
    struct job *list = ARENA_ARRAY(arena, struct job, (size_t)page->limit);
    for (*count = 0; rows_next(&rows); (*count)++)
        read_job(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_jobs(struct store *store, struct arena *arena, int64_t organization, struct view kind, unsigned states,
    const struct page_request *page, struct job **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(page, true, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(
            &transaction, list_jobs(&transaction, arena, organization, kind, states, &keys, items, count, err), err))
        return false;
    page_finish(*items, sizeof(**items), count, page->limit, keys.is_reversed, has_more);
    return true;
}

static bool count_jobs(
    struct transaction *transaction, int64_t organization, struct view kind, int64_t *counts, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT state, count(*) FROM jobs WHERE ($1 = 0 OR organization_id = $1) AND ($2 = '' OR kind = $2) "
            "GROUP BY state",
            SQL_INTEGER(organization), SQL_TEXT(kind)))
        return false;
    while (rows_next(&rows))
        counts[rows_integer(&rows, 0)] = rows_integer(&rows, 1);
    return rows_finish(&rows, err);
}

bool store_count_jobs(
    struct store *store, int64_t organization, struct view kind, int64_t counts[JOB_STATE_COUNT], struct error *err)
{
    struct transaction transaction;
    int64_t read[JOB_STATE_COUNT] = {0};
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, count_jobs(&transaction, organization, kind, read, err), err))
        return false;
    memcpy(counts, read, sizeof(read));
    return true;
}

bool store_prune_jobs(struct store *store, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err, "DELETE FROM jobs WHERE state > 1 AND finished_ms < $1",
                   SQL_INTEGER(transaction.now_ms - JOB_KEPT_MS)),
               err);
}

#define PRUNE_EVERY_MS (INT64_C(3600) * 1000)

static bool is_prune_recent(struct transaction *transaction, bool *found, struct error *err)
{
    int64_t id = 0;
    return LOOKUP(transaction->connection, &id, found, err,
        "SELECT id FROM jobs WHERE kind = 'prune' AND (state < 2 OR created_ms > $1) LIMIT 1",
        SQL_INTEGER(transaction->now_ms - PRUNE_EVERY_MS));
}

static bool queue_prune(struct transaction *transaction, bool *is_new, struct error *err)
{
    struct uuid uuid;
    struct job_new job = {
        .kind = view_text("prune"), .key = view_text("prune"), .payload = view_text("{}"), .lane = JOB_LANE_BULK};
    bool found = false;
    return is_prune_recent(transaction, &found, err) && (found || jobs_enqueue(transaction, &job, &uuid, is_new, err));
}

bool store_queue_prune(struct store *store, bool *is_new, struct error *err)
{
    struct transaction transaction;
    bool found = false;
    *is_new = false;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, is_prune_recent(&transaction, &found, err), err))
        return false;
    return found || (transaction_write(store, &transaction, err) &&
                        transaction_end(&transaction, queue_prune(&transaction, is_new, err), err));
}
