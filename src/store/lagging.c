/* SPDX-License-Identifier: Apache-2.0 */
/* What lags behind the current generation of advisories: marked when a generation becomes current, taken in batches, and
   unmarked in the transaction that stores the new answer, so that a crash repeats or loses nothing. */
#include "store/jobs_internal.h"
#include "store/matching.h"

/* With more facts than this, all stored vulnerabilities are looked for among the facts, not each fact in the store. */
enum { FACTS_PROBED_MAX = 20000 };

static struct sql_value cause_value(enum lag_cause cause)
{
    return SQL_INTEGER(cause);
}

static bool lag_all(struct transaction *transaction, enum lag_cause cause, struct error *err)
{
    return RUN(transaction->connection, err,
               "INSERT INTO lagging_packages (package_id, cause) SELECT id, CAST($1 AS {integer}) FROM packages "
               "WHERE true ON CONFLICT (package_id) DO NOTHING",
               cause_value(cause)) &&
           RUN(transaction->connection, err,
               "INSERT INTO lagging_vulnerabilities (vulnerability_id, cause) SELECT id, CAST($1 AS {integer}) "
               "FROM vulnerabilities WHERE true ON CONFLICT (vulnerability_id) DO NOTHING",
               cause_value(cause));
}

static bool lag_ecosystem(
    struct transaction *transaction, struct view ecosystem, enum lag_cause cause, struct error *err)
{
    return RUN(transaction->connection, err,
        "INSERT INTO lagging_packages (package_id, cause) SELECT DISTINCT package_id, CAST($2 AS {integer}) "
        "FROM package_keys WHERE ecosystem = $1 ON CONFLICT (package_id) DO NOTHING",
        SQL_TEXT(ecosystem), cause_value(cause));
}

static bool lag_name(struct transaction *transaction, const struct index_name *name, struct error *err)
{
    return RUN(transaction->connection, err,
        "INSERT INTO lagging_packages (package_id, cause) SELECT package_id, CAST($3 AS {integer}) "
        "FROM package_keys WHERE ecosystem = $1 AND name = $2 ON CONFLICT (package_id) DO NOTHING",
        SQL_TEXT(name->ecosystem), SQL_TEXT(name->name), cause_value(LAG_ADVISORY));
}

static bool lag_vulnerability(
    struct transaction *transaction, int64_t id, bool moves_findings, enum lag_cause cause, struct error *err)
{
    return RUN(transaction->connection, err,
               "INSERT INTO lagging_vulnerabilities (vulnerability_id, cause) VALUES ($1, $2) "
               "ON CONFLICT (vulnerability_id) DO NOTHING",
               SQL_INTEGER(id), cause_value(cause)) &&
           (!moves_findings ||
               RUN(transaction->connection, err,
                   "INSERT INTO lagging_packages (package_id, cause) SELECT package_id, CAST($2 AS {integer}) "
                   "FROM package_findings WHERE vulnerability_id = $1 ON CONFLICT (package_id) DO NOTHING",
                   SQL_INTEGER(id), cause_value(cause)));
}

static bool probe_facts(
    struct transaction *transaction, const struct index_delta *delta, enum lag_cause cause, struct error *err)
{
    for (size_t i = 0; i < delta->fact_count; i++) {
        int64_t id = 0;
        bool found = false;
        if (!LOOKUP(transaction->connection, &id, &found, err, "SELECT id FROM vulnerabilities WHERE name = $1",
                SQL_TEXT(delta->facts[i].vulnerability)) ||
            (found && !lag_vulnerability(transaction, id, delta->facts[i].moves_findings, cause, err)))
            return false;
    }
    return true;
}

struct stored_name {
    int64_t id;
    const struct index_fact *fact;
};

struct stored_names {
    struct stored_name *items;
    size_t count;
    size_t capacity;
};

static bool walk_facts(struct transaction *transaction, struct arena *arena, const struct index_delta *delta,
    enum lag_cause cause, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct map facts;
    struct stored_names names = {0};
    map_init(&facts, arena);
    for (size_t i = 0; i < delta->fact_count; i++)
        map_set(&facts, delta->facts[i].vulnerability, &delta->facts[i]);
    if (!QUERY(transaction->connection, &rows, err, "SELECT id, name FROM vulnerabilities ORDER BY id", SQL_NONE))
        return false;
    while (rows_next(&rows)) {
        const struct index_fact *fact = map_get(&facts, rows_view(&rows, 1));
        if (fact != NULL)
            *(struct stored_name *)ARENA_PUSH(arena, &names) = (struct stored_name){rows_integer(&rows, 0), fact};
    }
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        if (!lag_vulnerability(transaction, names.items[i].id, names.items[i].fact->moves_findings, cause, err))
            return false;
    }
    return true;
}

static bool lag_by_delta(struct transaction *transaction, struct arena *arena, const struct index_delta *delta,
    enum lag_cause cause_of_facts, struct error *err)
{
    for (size_t i = 0; i < delta->ecosystem_count; i++) {
        if (!lag_ecosystem(transaction, delta->ecosystems[i], LAG_ADVISORY, err))
            return false;
    }
    for (size_t i = 0; i < delta->name_count; i++) {
        if (!lag_name(transaction, &delta->names[i], err))
            return false;
    }
    return delta->fact_count > FACTS_PROBED_MAX ? walk_facts(transaction, arena, delta, cause_of_facts, err)
                                                : probe_facts(transaction, delta, cause_of_facts, err);
}

/* Feeds that the store has not heard of: their packages lag, and what they say of vulnerabilities is no news either. */
static bool lag_new_feeds(struct transaction *transaction, const struct generation_new *given,
    enum lag_cause *cause_of_facts, struct error *err)
{
    *cause_of_facts = LAG_ADVISORY;
    for (size_t i = 0; i < given->feed_count; i++) {
        const struct feed_state *feed = &given->feeds[i];
        int64_t one = 0;
        bool is_known = false;
        if (!LOOKUP(transaction->connection, &one, &is_known, err, "SELECT 1 FROM feeds WHERE name = $1",
                SQL_TEXT(feed->name)))
            return false;
        if (is_known)
            continue;
        if (feed->ecosystem.size == 0)
            *cause_of_facts = LAG_FIRST_IMPORT;
        else if (!lag_ecosystem(transaction, feed->ecosystem, LAG_FIRST_IMPORT, err))
            return false;
    }
    return true;
}

/* A generation replaces what an earlier one said of vulnerabilities; under the same number it would add to it. */
static bool forget_descriptions(struct transaction *transaction, struct error *err)
{
    return RUN(transaction->connection, err, "UPDATE vulnerabilities SET described_generation = -1", SQL_NONE) &&
           RUN(transaction->connection, err, "UPDATE package_findings SET described = 0", SQL_NONE) &&
           RUN(transaction->connection, err, "UPDATE packages SET fingerprint = 0 WHERE fingerprint <> 0", SQL_NONE);
}

static bool is_same_generation(const struct generation_state *a, int64_t number, const struct digest *digest)
{
    return a->number == number && digest_equal(&a->digest, digest);
}

bool lag_after_generation(struct transaction *transaction, struct arena *arena, const struct generation_state *state,
    const struct generation_new *given, struct error *err)
{
    enum lag_cause cause_of_facts = LAG_ADVISORY;
    bool is_same_rule = state->number == 0 || state->matcher == MATCHER_VERSION;
    if (is_same_rule && is_same_generation(state, given->number, &given->digest))
        return true;
    if (given->number == state->number && !forget_descriptions(transaction, err))
        return false;
    if (state->number == 0)
        return lag_all(transaction, LAG_FIRST_IMPORT, err);
    if (!is_same_rule)
        return lag_all(transaction, LAG_RULE, err);
    if (!lag_new_feeds(transaction, given, &cause_of_facts, err))
        return false;
    if (given->delta != NULL && is_same_generation(state, given->since.number, &given->since.digest))
        return lag_by_delta(transaction, arena, given->delta, cause_of_facts, err);
    return lag_all(transaction, cause_of_facts, err);
}

bool jobs_enqueue_rematch(struct transaction *transaction, struct error *err)
{
    struct uuid uuid;
    bool found = false;
    bool is_new = false;
    int64_t one = 0;
    if (!LOOKUP(transaction->connection, &one, &found, err,
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM lagging_packages) OR EXISTS (SELECT 1 FROM lagging_vulnerabilities)",
            SQL_NONE))
        return false;
    return !found || jobs_enqueue(transaction,
                         &(struct job_new){.kind = view_text(JOB_REMATCH),
                             .key = view_text(JOB_REMATCH),
                             .payload = view_text("{}"),
                             .lane = JOB_LANE_NORMAL},
                         &uuid, &is_new, err);
}

static bool lagging_packages(struct transaction *transaction, struct arena *arena, int64_t after, int limit,
    struct lagging_package **items, size_t *count, int64_t *generation, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct generation_state state;
    if (!generation_read(transaction, &state, err) ||
        !QUERY(transaction->connection, &rows, err,
            "SELECT package_id, cause, packages.fingerprint, packages.owner_id, " PACKAGE_COLUMNS
            ", " PACKAGE_COLUMNS_OF(
                "owners") " FROM lagging_packages JOIN packages ON packages.id = package_id "
                          "LEFT JOIN packages AS owners ON owners.id = packages.owner_id WHERE package_id > $1 "
                          "ORDER BY package_id LIMIT $2",
            SQL_INTEGER(after), SQL_INTEGER(limit)))
        return false;
    struct lagging_package *list = ARENA_ARRAY(arena, struct lagging_package, (size_t)limit);
    size_t read = 0;
    for (; rows_next(&rows); read++) {
        list[read].id = rows_integer(&rows, 0);
        list[read].cause = (enum lag_cause)rows_integer(&rows, 1);
        list[read].fingerprint = rows_integer(&rows, 2);
        if (!package_read(&rows, 4, arena, &list[read].package, err))
            return false;
        struct package *owner = rows_integer(&rows, 3) == 0 ? NULL : ARENA_NEW(arena, struct package);
        list[read].owner = owner;
        if (owner != NULL && !package_read(&rows, 4 + PACKAGE_COLUMN_COUNT, arena, owner, err))
            return false;
    }
    *items = list;
    *count = read;
    *generation = state.number;
    return rows_finish(&rows, err);
}

static bool check_limit(int limit, struct error *err)
{
    return (limit >= 1 && limit <= REMATCH_BATCH_MAX) ||
           error_set(err, ERROR_INVALID, "a batch has 1 to %d items, not %d", REMATCH_BATCH_MAX, limit);
}

bool store_lagging_packages(struct store *store, struct arena *arena, int64_t after, int limit,
    struct lagging_package **items, size_t *count, int64_t *generation, struct error *err)
{
    struct transaction transaction;
    return check_limit(limit, err) && transaction_read(store, &transaction, err) &&
           transaction_end(
               &transaction, lagging_packages(&transaction, arena, after, limit, items, count, generation, err), err);
}

static bool lagging_vulnerabilities(struct transaction *transaction, struct arena *arena, int limit,
    struct lagging_vulnerability **items, size_t *count, int64_t *generation, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct generation_state state;
    if (!generation_read(transaction, &state, err) ||
        !QUERY(transaction->connection, &rows, err,
            "SELECT vulnerability_id, name FROM lagging_vulnerabilities "
            "JOIN vulnerabilities ON vulnerabilities.id = vulnerability_id ORDER BY vulnerability_id LIMIT $1",
            SQL_INTEGER(limit)))
        return false;
    struct lagging_vulnerability *list = ARENA_ARRAY(arena, struct lagging_vulnerability, (size_t)limit);
    size_t read = 0;
    for (; rows_next(&rows); read++)
        list[read] = (struct lagging_vulnerability){rows_integer(&rows, 0), rows_copy(&rows, arena, 1)};
    *items = list;
    *count = read;
    *generation = state.number;
    return rows_finish(&rows, err);
}

bool store_lagging_vulnerabilities(struct store *store, struct arena *arena, int limit,
    struct lagging_vulnerability **items, size_t *count, int64_t *generation, struct error *err)
{
    struct transaction transaction;
    return check_limit(limit, err) && transaction_read(store, &transaction, err) &&
           transaction_end(
               &transaction, lagging_vulnerabilities(&transaction, arena, limit, items, count, generation, err), err);
}

/* Whether these lag still, and nothing between the first and the last but they: a scan may have added some, and another process
   answered some. */
static bool are_all_lagging(struct transaction *transaction, const struct vulnerability_answer *answers, size_t count,
    bool *are_all, struct error *err)
{
    AUTO_ROWS rows = {0};
    size_t same = 0;
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT vulnerability_id FROM lagging_vulnerabilities WHERE vulnerability_id BETWEEN $1 AND $2 "
            "ORDER BY vulnerability_id",
            SQL_INTEGER(answers[0].id), SQL_INTEGER(answers[count - 1].id)))
        return false;
    *are_all = true;
    for (; *are_all && rows_next(&rows); same++)
        *are_all = same < count && rows_integer(&rows, 0) == answers[same].id;
    *are_all = *are_all && same == count;
    return rows_finish(&rows, err);
}

static bool remove_lagging_facts(
    struct transaction *transaction, const struct vulnerability_answer *answers, size_t count, struct error *err)
{
    bool are_all = false;
    if (count > 0 && !are_all_lagging(transaction, answers, count, &are_all, err))
        return false;
    if (are_all)
        return RUN(transaction->connection, err,
            "DELETE FROM lagging_vulnerabilities WHERE vulnerability_id BETWEEN $1 AND $2", SQL_INTEGER(answers[0].id),
            SQL_INTEGER(answers[count - 1].id));
    for (size_t i = 0; i < count; i++) {
        if (!RUN(transaction->connection, err, "DELETE FROM lagging_vulnerabilities WHERE vulnerability_id = $1",
                SQL_INTEGER(answers[i].id)))
            return false;
    }
    return true;
}

static bool commit_facts(struct matching *matching, int64_t generation, const struct vulnerability_answer *answers,
    size_t count, struct error *err)
{
    if (!matching_check_generation(matching, generation, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!matching_set_facts(matching, answers[i].id, answers[i].facts, err))
            return false;
    }
    return remove_lagging_facts(matching->transaction, answers, count, err) && matching_finish(matching, err);
}

bool store_commit_facts(struct store *store, int64_t generation, const struct vulnerability_answer *answers,
    size_t count, struct rematch_counts *counts, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    struct matching matching;
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction,
            matching_begin(&matching, &transaction, arena, err) &&
                commit_facts(&matching, generation, answers, count, err),
            err))
        return false;
    *counts = matching.counts;
    return true;
}
