/* SPDX-License-Identifier: Apache-2.0 */
#include "store/daily_counters.h"

#include "store/jobs_internal.h"
#include "store/matching.h"
#include "store/packed.h"
#include "store/page.h"
#include "store/place_sum.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* What a row of counters_daily is about. Stored, never renumbered. */
enum place_scope { SCOPE_ORGANIZATION, SCOPE_INTEGRATION, SCOPE_REPOSITORY, SCOPE_COUNT };

struct counted_place {
    int64_t organization;
    enum place_scope scope;
    int64_t id;
    int64_t images;
    struct tally tally;
};

/* An image of a repository, with the places that it counts in. */
struct shown_image {
    int64_t place[SCOPE_COUNT];
    int64_t image;
};

struct shown_images {
    struct shown_image *items;
    size_t count;
    size_t capacity;
};

struct day_count {
    struct transaction *transaction;
    struct arena *arena;
    struct arena *scratch; /* of one image */
    struct store_shares shares;
    struct place_sum sums[SCOPE_COUNT];
    struct shown_images images; /* places together: each repository within its integration, that in its organization */
    bool has_kev;
    bool has_exploits;
    /* The result. */
    struct counted_place *items;
    size_t count;
    size_t capacity;
};

/* The first key that was not given out. */
static bool read_end(struct day_count *day, const char *sql, int64_t *end, struct error *err)
{
    bool found = false;
    if (!LOOKUP(day->transaction->connection, end, &found, err, sql, SQL_NONE))
        return false;
    return *end <= PLACE_KEYS_MAX ||
           error_set(err, ERROR_LIMIT, "the store has %lld keys, too many to count days: at most %lld", (long long)*end,
               (long long)PLACE_KEYS_MAX);
}

static bool read_threats(struct day_count *day, struct error *err)
{
    AUTO_ROWS rows = {0};
    day->shares.threats = arena_alloc(day->arena, (size_t)day->shares.vulnerabilities_end);
    if (!QUERY(day->transaction->connection, &rows, err, "SELECT id, " THREAT_COLUMN " FROM vulnerabilities", SQL_NONE))
        return false;
    while (rows_next(&rows))
        day->shares.threats[rows_integer(&rows, 0)] = (uint8_t)rows_integer(&rows, 1);
    return rows_finish(&rows, err);
}

static bool read_shares(struct day_count *day, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct store_shares *all = &day->shares;
    struct {
        struct package_share *items;
        size_t count, capacity;
    } shares = {0};
    int64_t next = 0; /* packages below have their start */
    all->starts = ARENA_ARRAY(day->arena, size_t, (size_t)all->packages_end + 1);
    if (!QUERY(day->transaction->connection, &rows, err,
            "SELECT package_id, vulnerability_id, severity, fix_state FROM package_findings ORDER BY package_id",
            SQL_NONE))
        return false;
    while (rows_next(&rows)) {
        for (; next <= rows_integer(&rows, 0); next++)
            all->starts[next] = shares.count;
        *(struct package_share *)ARENA_PUSH(day->arena, &shares) =
            (struct package_share){.vulnerability = (uint32_t)rows_integer(&rows, 1),
                .severity = (uint8_t)rows_integer(&rows, 2),
                .is_fixable = rows_integer(&rows, 3) == FIX_AVAILABLE};
    }
    for (; next <= all->packages_end; next++)
        all->starts[next] = shares.count;
    all->shares = shares.items;
    return rows_finish(&rows, err);
}

static bool read_images(struct day_count *day, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(day->transaction->connection, &rows, err,
            "SELECT DISTINCT organization_id, integration_id, repository_id, image_id FROM snapshot_images "
            "WHERE is_current = 1 AND state = $1 AND image_id IS NOT NULL ORDER BY 1, 2, 3, 4",
            SQL_INTEGER(IMAGE_SCANNED)))
        return false;
    while (rows_next(&rows)) {
        struct shown_image *shown = ARENA_PUSH(day->arena, &day->images);
        for (int scope = 0; scope < SCOPE_COUNT; scope++)
            shown->place[scope] = rows_integer(&rows, scope);
        shown->image = rows_integer(&rows, SCOPE_COUNT);
    }
    return rows_finish(&rows, err);
}

/* Whether a feed told of attacks: else 0 would mean that there are none. */
static bool read_feeds(struct day_count *day, struct error *err)
{
    int64_t one = 0;
    struct connection *connection = day->transaction->connection;
    return LOOKUP(connection, &one, &day->has_kev, err, "SELECT 1 FROM feeds WHERE name = 'kev'", SQL_NONE) &&
           LOOKUP(connection, &one, &day->has_exploits, err,
               "SELECT 1 FROM feeds WHERE name IN ('kev', 'exploitdb', 'metasploit')", SQL_NONE);
}

static bool add_image(struct day_count *day, const struct shown_image *shown, struct error *err)
{
    AUTO_ROWS rows = {0};
    int64_t *packages = NULL;
    size_t count = 0;
    arena_reset(day->scratch);
    if (!QUERY(day->transaction->connection, &rows, err, "SELECT package_ids FROM inventories WHERE image_id = $1",
            SQL_INTEGER(shown->image)))
        return false;
    if (rows_next(&rows) && !packed_read_keys(day->scratch, rows_view(&rows, 0), &packages, &count, err))
        return false;
    for (int scope = 0; scope < SCOPE_COUNT; scope++)
        place_sum_add(&day->sums[scope], &day->shares, shown->image, packages, count);
    return rows_finish(&rows, err);
}

/* The place is complete. */
static void take_place(struct day_count *day, const struct shown_image *shown, enum place_scope scope)
{
    struct place_sum *sum = &day->sums[scope];
    struct counted_place *place = ARENA_PUSH(day->arena, day);
    *place = (struct counted_place){.organization = shown->place[SCOPE_ORGANIZATION],
        .scope = scope,
        .id = shown->place[scope],
        .images = sum->images,
        .tally = sum->tally};
    place_sum_clear(sum, &day->shares);
}

static bool count_places(struct day_count *day, struct error *err)
{
    for (int scope = 0; scope < SCOPE_COUNT; scope++)
        place_sum_init(&day->sums[scope], day->arena, &day->shares);
    for (size_t i = 0; i < day->images.count; i++) {
        const struct shown_image *shown = &day->images.items[i];
        const struct shown_image *next = i + 1 < day->images.count ? shown + 1 : NULL;
        if (!add_image(day, shown, err))
            return false;
        for (int scope = SCOPE_REPOSITORY; scope >= SCOPE_ORGANIZATION; scope--) {
            if (next == NULL || next->place[scope] != shown->place[scope])
                take_place(day, shown, (enum place_scope)scope);
        }
    }
    return true;
}

static bool count_day(struct day_count *day, struct error *err)
{
    struct store_shares *all = &day->shares;
    return read_end(day, "SELECT coalesce(max(id), 0) + 1 FROM images", &all->images_end, err) &&
           read_end(day, "SELECT coalesce(max(id), 0) + 1 FROM packages", &all->packages_end, err) &&
           read_end(day, "SELECT coalesce(max(id), 0) + 1 FROM vulnerabilities", &all->vulnerabilities_end, err) &&
           read_feeds(day, err) && read_threats(day, err) && read_shares(day, err) && read_images(day, err) &&
           count_places(day, err);
}

static bool write_place(struct day_count *day, const struct counted_place *place, int64_t counted_ms, struct error *err)
{
    enum { KINDS_BYTES_MAX = KIND_COUNT * 9 };
    AUTO_BUFFER kinds;
    buffer_init(&kinds, KINDS_BYTES_MAX);
    tally_write_kinds(&place->tally, &kinds);
    return buffer_check(&kinds, "counters of a day", err) &&
           RUN(day->transaction->connection, err,
               "INSERT INTO counters_daily (organization_id, scope, scope_id, day, counted_ms, images, packages, findings, "
               "kinds, has_kev, has_exploits) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
               SQL_INTEGER(place->organization), SQL_INTEGER(place->scope), SQL_INTEGER(place->id),
               SQL_INTEGER(counted_ms / DAY_MS), SQL_INTEGER(counted_ms), SQL_INTEGER(place->images),
               SQL_INTEGER(place->tally.packages), SQL_INTEGER(place->tally.findings), SQL_BYTES(buffer_view(&kinds)),
               SQL_INTEGER(day->has_kev), SQL_INTEGER(day->has_exploits));
}

/* The day is the one of the counting. Places that show nothing any more keep their earlier days and get none. */
static bool write_day(struct day_count *day, int64_t counted_ms, struct error *err)
{
    if (!RUN(day->transaction->connection, err, "DELETE FROM counters_daily WHERE day = $1 OR day < $2",
            SQL_INTEGER(counted_ms / DAY_MS), SQL_INTEGER(counted_ms / DAY_MS - DAYS_KEPT)))
        return false;
    for (size_t i = 0; i < day->count; i++) {
        if (!write_place(day, &day->items[i], counted_ms, err))
            return false;
    }
    return true;
}

/* Reading takes seconds in a large store, and holds nobody up; writing does, and is short. */
bool store_count_day(struct store *store, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ARENA *scratch = arena_new();
    struct transaction transaction;
    struct day_count day = {.transaction = &transaction, .arena = arena, .scratch = scratch};
    if (!transaction_read(store, &transaction, err))
        return false;
    int64_t counted_ms = transaction.now_ms;
    return transaction_end(&transaction, count_day(&day, err), err) && transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, write_day(&day, counted_ms, err), err);
}

bool store_queue_count(struct store *store, bool *is_new, struct error *err)
{
    struct uuid uuid;
    const struct job_new job = {
        .kind = view_text(JOB_COUNT), .key = view_text(JOB_COUNT), .payload = view_text("{}"), .lane = JOB_LANE_BULK};
    return store_enqueue_job(store, &job, &uuid, is_new, err);
}

struct day_list {
    struct transaction *transaction;
    struct arena *arena;
    int64_t organization;
    const struct day_query *query;
    struct key_page page;
    struct day_counters *rows;
    size_t count;
};

static bool find_place(struct day_list *list, enum place_scope *scope, int64_t *id, struct error *err)
{
    const struct day_query *query = list->query;
    bool found = true;
    *scope = SCOPE_ORGANIZATION;
    *id = list->organization;
    if (query->integration.text[0] == '\0')
        return true;
    *scope = query->repository.size > 0 ? SCOPE_REPOSITORY : SCOPE_INTEGRATION;
    struct view owned = owner_filter_sql(list->arena, &query->owners, "repositories.id");
    const char *sql =
        *scope == SCOPE_INTEGRATION
            ? "SELECT id FROM integrations WHERE organization_id = $1 AND uuid = $2"
            : arena_text(list->arena,
                  arena_format(list->arena,
                      "SELECT repositories.id FROM integrations JOIN repositories "
                      "ON repositories.integration_id = integrations.id WHERE integrations.organization_id = $1 "
                      "AND integrations.uuid = $2 AND repositories.name = $3%.*s",
                      VIEW_PRINT(owned)));
    return LOOKUP(list->transaction->connection, id, &found, err, sql, SQL_INTEGER(list->organization),
               SQL_WORD(query->integration.text), SQL_TEXT(query->repository)) &&
           (found || error_set(err, ERROR_NOT_FOUND, "there is no such registry or repository"));
}

static bool read_day(struct day_list *list, const struct rows *rows, struct error *err)
{
    struct day_counters *day = &list->rows[list->count];
    bool is_there = false;
    if (!tally_read_kinds(rows_view(rows, 4), &day->tally, &is_there, err))
        return false;
    day->day_ms = rows_integer(rows, 0) * DAY_MS;
    day->images = rows_integer(rows, 1);
    day->tally.packages = rows_integer(rows, 2);
    day->tally.findings = rows_integer(rows, 3);
    day->counted_ms = rows_integer(rows, 5);
    day->has_kev = rows_boolean(rows, 6);
    day->has_exploits = rows_boolean(rows, 7);
    day->cursor = page_cursor(list->arena, rows_integer(rows, 0));
    list->count++;
    return true;
}

#define DAYS                                                                                                           \
    "SELECT day, images, packages, findings, kinds, counted_ms, has_kev, has_exploits FROM counters_daily "            \
    "WHERE organization_id = $1 AND scope = $2 AND scope_id = $3 AND day >= $4 AND day < $5 "

static bool list_days(struct day_list *list, struct error *err)
{
    AUTO_ROWS rows = {0};
    enum place_scope scope = SCOPE_ORGANIZATION;
    int64_t id = 0;
    const struct day_query *query = list->query;
    if (query->owners.is_set && query->repository.size == 0)
        return true;
    if (!find_place(list, &scope, &id, err) ||
        !QUERY(list->transaction->connection, &rows, err,
            list->page.is_downward ? DAYS "AND day < $6 ORDER BY day DESC LIMIT $7"
                                   : DAYS "AND day > $6 ORDER BY day LIMIT $7",
            SQL_INTEGER(list->organization), SQL_INTEGER(scope), SQL_INTEGER(id),
            SQL_INTEGER((query->from_ms + DAY_MS - 1) / DAY_MS),
            SQL_INTEGER(query->to_ms > 0 ? (query->to_ms + DAY_MS - 1) / DAY_MS : INT64_MAX),
            SQL_INTEGER(list->page.from), SQL_INTEGER(list->page.limit)))
        return false;
    while (rows_next(&rows)) {
        if (!read_day(list, &rows, err))
            return false;
    }
    return rows_finish(&rows, err);
}

bool store_list_days(struct store *store, struct arena *arena, int64_t organization, const struct day_query *query,
    struct day_counters **rows, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct day_list list = {.transaction = &transaction, .arena = arena, .organization = organization, .query = query};
    if (!page_begin(&query->page, true, &list.page, err) || !transaction_read(store, &transaction, err))
        return false;
    list.rows = ARENA_ARRAY(arena, struct day_counters, (size_t)list.page.limit);
    if (!transaction_end(&transaction, list_days(&list, err), err))
        return false;
    page_finish(list.rows, sizeof(list.rows[0]), &list.count, query->page.limit, list.page.is_reversed, has_more);
    *rows = list.rows;
    *count = list.count;
    return true;
}
