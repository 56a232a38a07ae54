/* SPDX-License-Identifier: Apache-2.0 */
#include "store/daily_counters.h"

#include "store/counters.h"
#include "store/jobs_internal.h"
#include "store/page.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* What a row of counters_daily is about. Stored, never renumbered. */
enum place_scope { SCOPE_ORGANIZATION, SCOPE_INTEGRATION, SCOPE_REPOSITORY };

struct counted_place {
    int64_t organization;
    enum place_scope scope;
    int64_t id;
    int64_t images;
    struct tally tally;
};

struct counted_places {
    struct counted_place *items;
    size_t count;
    size_t capacity;
};

/* All places that show a scanned image. */
static const char places_sql[] =
    "SELECT organization_id, 0, organization_id FROM snapshot_images WHERE is_current = 1 AND image_id IS NOT NULL "
    "GROUP BY organization_id UNION ALL "
    "SELECT organization_id, 1, integration_id FROM snapshot_images WHERE is_current = 1 AND image_id IS NOT NULL "
    "GROUP BY organization_id, integration_id UNION ALL "
    "SELECT organization_id, 2, repository_id FROM snapshot_images WHERE is_current = 1 AND image_id IS NOT NULL "
    "GROUP BY organization_id, repository_id";

static const char *const images_sql[] = {
    [SCOPE_ORGANIZATION] = "SELECT DISTINCT image_id FROM snapshot_images WHERE organization_id = $1 "
                           "AND is_current = 1 AND image_id IS NOT NULL",
    [SCOPE_INTEGRATION] = "SELECT DISTINCT image_id FROM snapshot_images WHERE integration_id = $1 "
                          "AND is_current = 1 AND image_id IS NOT NULL",
    [SCOPE_REPOSITORY] = "SELECT DISTINCT image_id FROM snapshot_images WHERE repository_id = $1 "
                         "AND is_current = 1 AND image_id IS NOT NULL",
};

static bool read_places(
    struct transaction *transaction, struct arena *arena, struct counted_places *places, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, places_sql, SQL_NONE))
        return false;
    while (rows_next(&rows)) {
        struct counted_place *place = ARENA_PUSH(arena, places);
        *place = (struct counted_place){.organization = rows_integer(&rows, 0),
            .scope = (enum place_scope)rows_integer(&rows, 1),
            .id = rows_integer(&rows, 2)};
    }
    return rows_finish(&rows, err);
}

/* In an arena of its own: the largest place has every package of the organization. */
static bool count_place(struct transaction *transaction, struct counted_place *place, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ROWS rows = {0};
    struct {
        int64_t *items;
        size_t count, capacity;
    } images = {0};
    if (!QUERY(transaction->connection, &rows, err, images_sql[place->scope], SQL_INTEGER(place->id)))
        return false;
    while (rows_next(&rows))
        *(int64_t *)ARENA_PUSH(arena, &images) = rows_integer(&rows, 0);
    place->images = (int64_t)images.count;
    return rows_finish(&rows, err) &&
           counters_of_images(transaction, arena, images.items, images.count, &place->tally, err);
}

static bool read_day(
    struct transaction *transaction, struct arena *arena, struct counted_places *places, struct error *err)
{
    if (!read_places(transaction, arena, places, err))
        return false;
    for (size_t i = 0; i < places->count; i++) {
        if (!count_place(transaction, &places->items[i], err))
            return false;
    }
    return true;
}

static bool write_place(
    struct transaction *transaction, const struct counted_place *place, int64_t day, struct error *err)
{
    enum { KINDS_BYTES_MAX = KIND_COUNT * 9 };
    AUTO_BUFFER kinds;
    buffer_init(&kinds, KINDS_BYTES_MAX);
    tally_write_kinds(&place->tally, &kinds);
    return buffer_check(&kinds, "counters of a day", err) &&
           RUN(transaction->connection, err,
               "INSERT INTO counters_daily (organization_id, scope, scope_id, day, images, packages, findings, kinds) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (organization_id, scope, scope_id, day) "
               "DO UPDATE SET images = excluded.images, packages = excluded.packages, findings = excluded.findings, "
               "kinds = excluded.kinds",
               SQL_INTEGER(place->organization), SQL_INTEGER(place->scope), SQL_INTEGER(place->id), SQL_INTEGER(day),
               SQL_INTEGER(place->images), SQL_INTEGER(place->tally.packages), SQL_INTEGER(place->tally.findings),
               SQL_BYTES(buffer_view(&kinds)));
}

/* Places that show nothing any more keep their earlier days and get none. */
static bool write_day(
    struct transaction *transaction, const struct counted_places *places, int64_t day, struct error *err)
{
    struct connection *connection = transaction->connection;
    if (!RUN(connection, err, "DELETE FROM counters_daily WHERE day = $1 OR day < $2", SQL_INTEGER(day),
            SQL_INTEGER(day - DAYS_KEPT)))
        return false;
    for (size_t i = 0; i < places->count; i++) {
        if (!write_place(transaction, &places->items[i], day, err))
            return false;
    }
    return RUN(connection, err, "DELETE FROM counted_days WHERE day < $1", SQL_INTEGER(day - DAYS_KEPT)) &&
           RUN(connection, err, "INSERT INTO counted_days (day) VALUES ($1) ON CONFLICT (day) DO NOTHING",
               SQL_INTEGER(day));
}

bool store_count_day(struct store *store, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    struct counted_places places = {0};
    if (!transaction_read(store, &transaction, err))
        return false;
    int64_t day = transaction.now_ms / DAY_MS;
    return transaction_end(&transaction, read_day(&transaction, arena, &places, err), err) &&
           transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, write_day(&transaction, &places, day, err), err);
}

static bool queue_count(struct transaction *transaction, bool *is_new, struct error *err)
{
    struct uuid uuid;
    int64_t day = 0;
    bool found = false;
    struct job_new job = {
        .kind = view_text("count"), .key = view_text("count"), .payload = view_text("{}"), .lane = JOB_LANE_BULK};
    return LOOKUP(transaction->connection, &day, &found, err, "SELECT day FROM counted_days WHERE day = $1",
               SQL_INTEGER(transaction->now_ms / DAY_MS)) &&
           (found || jobs_enqueue(transaction, &job, &uuid, is_new, err));
}

bool store_queue_count(struct store *store, bool *is_new, struct error *err)
{
    struct transaction transaction;
    *is_new = false;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, queue_count(&transaction, is_new, err), err);
}

static bool find_place(struct transaction *transaction, int64_t organization, const struct day_query *query,
    enum place_scope *scope, int64_t *id, struct error *err)
{
    bool found = true;
    *scope = SCOPE_ORGANIZATION;
    *id = organization;
    if (query->integration.text[0] == '\0')
        return true;
    *scope = query->repository.size > 0 ? SCOPE_REPOSITORY : SCOPE_INTEGRATION;
    const char *sql = *scope == SCOPE_INTEGRATION
                          ? "SELECT id FROM integrations WHERE organization_id = $1 AND uuid = $2"
                          : "SELECT repositories.id FROM integrations JOIN repositories "
                            "ON repositories.integration_id = integrations.id "
                            "WHERE integrations.organization_id = $1 AND uuid = $2 AND repositories.name = $3";
    return LOOKUP(transaction->connection, id, &found, err, sql, SQL_INTEGER(organization),
               SQL_WORD(query->integration.text), SQL_TEXT(query->repository)) &&
           (found || error_set(err, ERROR_NOT_FOUND, "there is no such registry or repository"));
}

struct day_list {
    struct arena *arena;
    const struct day_query *query;
    struct key_page page;
    struct day_counters *rows;
    size_t count;
};

static bool list_days(struct transaction *transaction, int64_t organization, struct day_list *list, struct error *err)
{
    AUTO_ROWS rows = {0};
    enum place_scope scope;
    int64_t id = 0;
    bool is_there = false;
    const struct day_query *query = list->query;
    if (!find_place(transaction, organization, query, &scope, &id, err) ||
        !QUERY(transaction->connection, &rows, err,
            list->page.is_downward ? "SELECT day, images, packages, findings, kinds FROM counters_daily "
                                     "WHERE organization_id = $1 AND scope = $2 AND scope_id = $3 AND day < $4 "
                                     "AND day >= $5 AND day < $6 ORDER BY day DESC LIMIT $7"
                                   : "SELECT day, images, packages, findings, kinds FROM counters_daily "
                                     "WHERE organization_id = $1 AND scope = $2 AND scope_id = $3 AND day > $4 "
                                     "AND day >= $5 AND day < $6 ORDER BY day LIMIT $7",
            SQL_INTEGER(organization), SQL_INTEGER(scope), SQL_INTEGER(id), SQL_INTEGER(list->page.from),
            SQL_INTEGER(query->from_ms / DAY_MS),
            SQL_INTEGER(query->to_ms > 0 ? (query->to_ms + DAY_MS - 1) / DAY_MS : INT64_MAX),
            SQL_INTEGER(list->page.limit)))
        return false;
    for (; rows_next(&rows); list->count++) {
        struct day_counters *day = &list->rows[list->count];
        day->day_ms = rows_integer(&rows, 0) * DAY_MS;
        day->images = rows_integer(&rows, 1);
        day->tally.packages = rows_integer(&rows, 2);
        day->tally.findings = rows_integer(&rows, 3);
        day->cursor = page_cursor(list->arena, rows_integer(&rows, 0));
        if (!tally_read_kinds(rows_view(&rows, 4), &day->tally, &is_there, err))
            return false;
    }
    return rows_finish(&rows, err);
}

bool store_list_days(struct store *store, struct arena *arena, int64_t organization, const struct day_query *query,
    struct day_counters **rows, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct day_list list = {.arena = arena, .query = query};
    if (!page_begin(&query->page, true, &list.page, err) || !transaction_read(store, &transaction, err))
        return false;
    list.rows = ARENA_ARRAY(arena, struct day_counters, (size_t)list.page.limit);
    if (!transaction_end(&transaction, list_days(&transaction, organization, &list, err), err))
        return false;
    page_finish(list.rows, sizeof(list.rows[0]), &list.count, query->page.limit, list.page.is_reversed, has_more);
    *rows = list.rows;
    *count = list.count;
    return true;
}
