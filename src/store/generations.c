/* SPDX-License-Identifier: Apache-2.0 */
/* Which generation of advisories is current, and the state of its feeds. */
#include "store/counters.h"
#include "store/evaluations_internal.h"
#include "store/jobs_internal.h"

bool generation_read(struct transaction *transaction, struct generation_state *state, struct error *err)
{
    AUTO_ROWS rows = {0};
    *state = (struct generation_state){0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT number, digest, matcher FROM generations ORDER BY number DESC LIMIT 1", SQL_NONE))
        return false;
    if (rows_next(&rows)) {
        state->number = rows_integer(&rows, 0);
        state->matcher = rows_integer(&rows, 2);
        if (rows_view(&rows, 1).size > 0 && !digest_parse(rows_view(&rows, 1), &state->digest, err))
            return error_wrap(err, "stored generation of the advisories");
    }
    return rows_finish(&rows, err);
}

bool store_read_generation(struct store *store, struct generation_state *state, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, generation_read(&transaction, state, err), err);
}

/* "Debian:11\nDebian:12", without an end of line behind the last. */
static struct view join_lines(struct arena *arena, const struct view *items, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += items[i].size + 1;
    char *text = arena_alloc(arena, size);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(text + at, items[i].data, items[i].size);
        at += items[i].size;
        text[at++] = '\n';
    }
    return view_of(text, size == 0 ? 0 : size - 1);
}

static void split_lines(struct arena *arena, struct view text, struct view **items, size_t *count)
{
    struct {
        struct view *items;
        size_t count, capacity;
    } list = {0};
    while (text.size > 0)
        *(struct view *)ARENA_PUSH(arena, &list) = view_cut(&text, '\n');
    *items = list.items;
    *count = list.count;
}

bool feeds_read(struct transaction *transaction, struct arena *arena, int64_t *generation, struct feed_state **feeds,
    size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct {
        struct feed_state *items;
        size_t count, capacity;
    } list = {0};
    struct generation_state state;
    if (!generation_read(transaction, &state, err) ||
        !QUERY(transaction->connection, &rows, err,
            "SELECT name, ecosystem, releases, records, gap_count, date_ms, checked_ms, is_remote, is_complete, "
            "is_demo, alarm, alarm_ms FROM feeds ORDER BY name",
            SQL_NONE))
        return false;
    while (rows_next(&rows)) {
        struct feed_state *feed = ARENA_PUSH(arena, &list);
        *feed = (struct feed_state){.name = rows_copy(&rows, arena, 0),
            .ecosystem = rows_copy(&rows, arena, 1),
            .records = (uint64_t)rows_integer(&rows, 3),
            .gap_count = (uint64_t)rows_integer(&rows, 4),
            .date_ms = rows_integer(&rows, 5),
            .checked_ms = rows_integer(&rows, 6),
            .is_remote = rows_boolean(&rows, 7),
            .is_complete = rows_boolean(&rows, 8),
            .is_demo = rows_boolean(&rows, 9),
            .alarm = rows_copy(&rows, arena, 10),
            .alarm_ms = rows_integer(&rows, 11)};
        split_lines(arena, rows_copy(&rows, arena, 2), &feed->releases, &feed->release_count);
    }
    *generation = state.number;
    *feeds = list.items;
    *count = list.count;
    return rows_finish(&rows, err);
}

bool store_current_generation(struct store *store, struct arena *arena, int64_t *generation, struct feed_state **feeds,
    size_t *feed_count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, feeds_read(&transaction, arena, generation, feeds, feed_count, err), err);
}

static bool write_feed(
    struct transaction *transaction, struct arena *arena, const struct feed_state *feed, struct error *err)
{
    return RUN(transaction->connection, err,
        "INSERT INTO feeds (name, ecosystem, releases, records, gap_count, date_ms, checked_ms, is_remote, "
        "is_complete, is_demo, alarm, alarm_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        SQL_TEXT(feed->name), SQL_TEXT(feed->ecosystem),
        SQL_TEXT(join_lines(arena, feed->releases, feed->release_count)), SQL_INTEGER(feed->records),
        SQL_INTEGER(feed->gap_count), SQL_INTEGER(feed->date_ms), SQL_INTEGER(feed->checked_ms),
        SQL_INTEGER(feed->is_remote), SQL_INTEGER(feed->is_complete), SQL_INTEGER(feed->is_demo), SQL_TEXT(feed->alarm),
        SQL_INTEGER(feed->alarm_ms));
}

static bool find_kev(struct transaction *transaction, bool *has_kev, struct error *err)
{
    int64_t one = 0;
    return LOOKUP(transaction->connection, &one, has_kev, err, "SELECT 1 FROM feeds WHERE name = 'kev'", SQL_NONE);
}

/* What a list told that was there before is forgotten with it. */
static bool follow_kev(struct transaction *transaction, bool had_kev, struct error *err)
{
    bool has_kev = false;
    return find_kev(transaction, &has_kev, err) && (!had_kev || has_kev || counters_forget_kev(transaction, err));
}

static bool set_generation(
    struct transaction *transaction, struct arena *arena, const struct generation_new *given, struct error *err)
{
    struct generation_state state;
    bool had_kev = false;
    if (!generation_read(transaction, &state, err) || !find_kev(transaction, &had_kev, err))
        return false;
    if (given->number < state.number)
        return error_set(err, ERROR_CONFLICT, "generation %lld of the advisories is older than the current one, %lld",
            (long long)given->number, (long long)state.number);
    if (!lag_after_generation(transaction, arena, &state, given, err) ||
        !RUN(transaction->connection, err,
            "INSERT INTO generations (number, created_ms, digest, matcher) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (number) DO UPDATE SET digest = excluded.digest, matcher = excluded.matcher",
            SQL_INTEGER(given->number), SQL_INTEGER(transaction->now_ms), SQL_TEXT(digest_view(&given->digest)),
            SQL_INTEGER(MATCHER_VERSION)) ||
        !RUN(transaction->connection, err, "DELETE FROM feeds", SQL_NONE))
        return false;
    for (size_t i = 0; i < given->feed_count; i++) {
        if (!write_feed(transaction, arena, &given->feeds[i], err) ||
            !RUN(transaction->connection, err,
                "INSERT INTO generation_feeds (generation, name, date_ms) VALUES ($1, $2, $3) "
                "ON CONFLICT (generation, name) DO UPDATE SET date_ms = excluded.date_ms",
                SQL_INTEGER(given->number), SQL_TEXT(given->feeds[i].name), SQL_INTEGER(given->feeds[i].date_ms)))
            return false;
    }
    return follow_kev(transaction, had_kev, err) && jobs_enqueue_rematch(transaction, err) &&
           due_mark_state(transaction, arena, err) && due_enqueue(transaction, err);
}

bool store_set_generation(struct store *store, const struct generation_new *given, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    if (given->number < 1)
        return error_set(err, ERROR_INVALID, "generations are numbered from 1");
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, set_generation(&transaction, arena, given, err), err);
}

/* Jumps from one ecosystem to the next in the index: there are few, and many packages. */
static bool read_ecosystems(
    struct transaction *transaction, struct arena *arena, struct view **ecosystems, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct {
        struct view *items;
        size_t count, capacity;
    } list = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "WITH RECURSIVE names (ecosystem) AS (SELECT min(ecosystem) FROM packages WHERE ecosystem > '' UNION ALL "
            "SELECT (SELECT min(ecosystem) FROM packages WHERE packages.ecosystem > names.ecosystem) FROM names "
            "WHERE names.ecosystem IS NOT NULL) SELECT ecosystem FROM names WHERE ecosystem IS NOT NULL "
            "ORDER BY ecosystem",
            SQL_NONE))
        return false;
    while (rows_next(&rows)) {
        struct view base = ecosystem_base(rows_copy(&rows, arena, 0));
        bool is_known = false;
        for (size_t i = 0; i < list.count && !is_known; i++)
            is_known = view_equal(list.items[i], base);
        if (!is_known)
            *(struct view *)ARENA_PUSH(arena, &list) = base;
    }
    *ecosystems = list.items;
    *count = list.count;
    return rows_finish(&rows, err);
}

bool store_ecosystems(
    struct store *store, struct arena *arena, struct view **ecosystems, size_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, read_ecosystems(&transaction, arena, ecosystems, count, err), err);
}
