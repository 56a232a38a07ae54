/* SPDX-License-Identifier: Apache-2.0 */
#include "store/events.h"

#include "store/events_internal.h"
#include "store/image_rows.h"
#include "store/matching.h"
#include "store/packed.h"
#include "store/page.h"

/* Rows that are looked at for one page, so that an organization that few events concern does not read all. */
enum { EVENTS_READ_MAX = 20000, EVENTS_READ_AT_ONCE = 500 };

static const char *const cause_names[EVENT_CAUSE_COUNT] = {
    [CAUSE_ADVISORY] = "advisory", [CAUSE_IMAGE] = "image", [CAUSE_RULE] = "rule", [CAUSE_TIME] = "time"};

static const char *const change_names[EVENT_CHANGE_COUNT] = {
    [CHANGE_NEW] = "new",
    [CHANGE_RESOLVED] = "resolved",
    [CHANGE_SEVERITY] = "severity",
    [CHANGE_FIX] = "fix",
    [CHANGE_KEV] = "known-exploited",
    [CHANGE_FIRST_IMPORT] = "first-import",
    [CHANGE_MATCHER] = "matcher",
    [CHANGE_FIRST_SNAPSHOT] = "first-snapshot",
    [CHANGE_VERDICT] = "verdict",
};

const char *event_cause_name(enum event_cause cause)
{
    return cause_names[cause];
}

const char *event_change_name(enum event_change change)
{
    return change_names[change];
}

bool event_change_parse(struct view name, enum event_change *change)
{
    for (int i = 0; i < EVENT_CHANGE_COUNT; i++) {
        if (view_is(name, change_names[i])) {
            *change = (enum event_change)i;
            return true;
        }
    }
    return false;
}

bool events_add(struct transaction *transaction, const struct event_new *event, struct error *err)
{
    struct uuid uuid;
    uuid_new(&uuid);
    return RUN(transaction->connection, err,
        "INSERT INTO events (uuid, generation, cause, change, vulnerability_id, package_id, snapshot_id, before_text, "
        "after_text, added, removed, detail, at_ms, occasion) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "
        "ON CONFLICT (generation, change, package_id, vulnerability_id, snapshot_id, occasion) DO UPDATE SET "
        "added = CASE WHEN events.snapshot_id = 0 THEN events.added + excluded.added ELSE events.added END, "
        "removed = CASE WHEN events.snapshot_id = 0 THEN events.removed + excluded.removed ELSE events.removed END",
        SQL_WORD(uuid.text), SQL_INTEGER(event->generation), SQL_INTEGER(event->cause), SQL_INTEGER(event->change),
        SQL_INTEGER(event->vulnerability), SQL_INTEGER(event->package), SQL_INTEGER(event->snapshot),
        SQL_TEXT(event->before), SQL_TEXT(event->after), SQL_INTEGER(event->added), SQL_INTEGER(event->removed),
        SQL_TEXT(event->detail), SQL_INTEGER(transaction->now_ms), SQL_INTEGER(event->occasion));
}

struct event_reader {
    struct transaction *transaction;
    struct arena *arena;
    int64_t organization;
    const struct owner_filter *owners;
    bool is_alone; /* no other organization: what sums up the whole store is its own */
    struct map images; /* when the organization got them, int64_t by key; read when first needed */
    bool has_images;
};

/* One row of the table. */
struct stored_event {
    struct event_row row;
    int64_t id;
    int64_t vulnerability;
    int64_t package;
    int64_t snapshot;
    struct view detail;
};

struct integers {
    int64_t *items;
    size_t count;
    size_t capacity;
};

static bool read_access(struct event_reader *reader, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (reader->has_images)
        return true;
    reader->has_images = true;
    map_init(&reader->images, reader->arena);
    const char *sql = "SELECT image_id, granted_ms FROM image_access WHERE organization_id = $1";
    if (reader->owners->is_set)
        sql = arena_format(reader->arena,
            "%s AND image_id IN (SELECT image_id FROM snapshot_images WHERE organization_id = $1%.*s)", sql,
            VIEW_PRINT(owner_filter_sql(reader->arena, reader->owners, "repository_id")))
                  .data;
    if (!QUERY(reader->transaction->connection, &rows, err, sql, SQL_INTEGER(reader->organization)))
        return false;
    while (rows_next(&rows)) {
        int64_t *pair = ARENA_ARRAY(reader->arena, int64_t, 2);
        pair[0] = rows_integer(&rows, 0);
        pair[1] = rows_integer(&rows, 1);
        map_set(&reader->images, view_of(pair, sizeof(*pair)), &pair[1]);
    }
    return rows_finish(&rows, err);
}

/* Up to EVENT_IMAGES_MAX names of where an image is shown now. */
static bool add_references(struct event_reader *reader, int64_t image, struct event_row *row, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (row->reference_count == EVENT_IMAGES_MAX)
        return true;
    const char *sql = arena_format(reader->arena,
        "SELECT reference FROM snapshot_images WHERE image_id = $1 AND organization_id = $2 AND is_current = 1%.*s "
        "ORDER BY id LIMIT $3",
        VIEW_PRINT(owner_filter_sql(reader->arena, reader->owners, "repository_id")))
                          .data;
    if (!QUERY(reader->transaction->connection, &rows, err, sql, SQL_INTEGER(image), SQL_INTEGER(reader->organization),
            SQL_INTEGER(EVENT_IMAGES_MAX - row->reference_count)))
        return false;
    while (rows_next(&rows))
        row->references[row->reference_count++] = rows_copy(&rows, reader->arena, 0);
    return rows_finish(&rows, err);
}

/* The images of the organization that had the package when the event happened; `seen` keeps each from being counted twice. */
static bool add_images_of(
    struct event_reader *reader, int64_t package, struct map *seen, struct event_row *row, struct error *err)
{
    AUTO_ROWS rows = {0};
    uint16_t members[MEMBERS_CHUNK];
    size_t count = 0;
    if (!QUERY(reader->transaction->connection, &rows, err,
            "SELECT chunk, members FROM package_images WHERE package_id = $1 ORDER BY chunk", SQL_INTEGER(package)))
        return false;
    while (rows_next(&rows)) {
        if (!members_read(rows_view(&rows, 1), members, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            int64_t image = rows_integer(&rows, 0) * MEMBERS_CHUNK + members[i];
            const int64_t *granted_ms = map_get(&reader->images, view_of(&image, sizeof(image)));
            if (granted_ms == NULL || *granted_ms > row->at_ms)
                continue;
            struct view key = arena_copy(reader->arena, view_of(&image, sizeof(image)));
            if (!map_set(seen, key, reader))
                continue;
            row->image_count++;
            if (!add_references(reader, image, row, err))
                return false;
        }
    }
    return rows_finish(&rows, err);
}

static bool packages_with(
    struct event_reader *reader, int64_t vulnerability, struct integers *packages, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(reader->transaction->connection, &rows, err,
            "SELECT package_id FROM package_findings WHERE vulnerability_id = $1 ORDER BY package_id",
            SQL_INTEGER(vulnerability)))
        return false;
    while (rows_next(&rows))
        *(int64_t *)ARENA_PUSH(reader->arena, packages) = rows_integer(&rows, 0);
    return rows_finish(&rows, err);
}

static bool join_images(struct event_reader *reader, struct stored_event *event, struct error *err)
{
    struct map seen;
    struct integers packages = {0};
    map_init(&seen, reader->arena);
    if (!read_access(reader, err))
        return false;
    if (event->package != 0)
        *(int64_t *)ARENA_PUSH(reader->arena, &packages) = event->package;
    else if (!packages_with(reader, event->vulnerability, &packages, err))
        return false;
    for (size_t i = 0; i < packages.count; i++) {
        if (!add_images_of(reader, packages.items[i], &seen, &event->row, err))
            return false;
    }
    return true;
}

/* A snapshot has as many images as its index has platforms. */
static bool join_snapshot(struct event_reader *reader, struct stored_event *event, bool *is_own, struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql = arena_format(reader->arena,
        "SELECT reference FROM snapshot_images WHERE snapshot_id = $1 AND organization_id = $2%.*s ORDER BY id",
        VIEW_PRINT(owner_filter_sql(reader->arena, reader->owners, "repository_id")))
                          .data;
    if (!QUERY(reader->transaction->connection, &rows, err, sql, SQL_INTEGER(event->snapshot),
            SQL_INTEGER(reader->organization)))
        return false;
    while (rows_next(&rows)) {
        event->row.image_count++;
        if (event->row.reference_count == 0)
            event->row.references[event->row.reference_count++] = rows_copy(&rows, reader->arena, 0);
    }
    *is_own = event->row.image_count > 0;
    row_split_lines(reader->arena, event->detail, &event->row.vulnerabilities, &event->row.vulnerability_count);
    return rows_finish(&rows, err);
}

static bool name_package(struct event_reader *reader, struct stored_event *event, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct package package;
    if (event->package == 0)
        return true;
    if (!QUERY(reader->transaction->connection, &rows, err, "SELECT " PACKAGE_COLUMNS " FROM packages WHERE id = $1",
            SQL_INTEGER(event->package)))
        return false;
    if (rows_next(&rows)) {
        if (!package_read(&rows, 0, reader->arena, &package, err))
            return false;
        struct view id;
        struct view version;
        distro_of_ecosystem(package.ecosystem, &id, &version);
        event->row.package = package_purl(reader->arena, &package, id, version);
    }
    return rows_finish(&rows, err);
}

/* Whether the event concerns the organization; then it is complete. */
static bool complete(struct event_reader *reader, struct stored_event *event, bool *is_own, struct error *err)
{
    if (event->snapshot != 0)
        return join_snapshot(reader, event, is_own, err);
    if (event->vulnerability == 0) {
        *is_own = !reader->owners->is_set;
        if (!reader->is_alone)
            event->row.added = event->row.removed = 0;
        return true;
    }
    if (!join_images(reader, event, err) || !name_package(reader, event, err))
        return false;
    *is_own = event->row.image_count > 0;
    return true;
}

struct stored_events {
    struct stored_event *items;
    size_t count;
    size_t capacity;
};

#define EVENT_COLUMNS                                                                                                  \
    "SELECT events.id, events.uuid, at_ms, generation, cause, change, vulnerability_id, package_id, snapshot_id, "     \
    "before_text, after_text, added, removed, detail, coalesce(vulnerabilities.name, '') FROM events "                 \
    "LEFT JOIN vulnerabilities ON vulnerabilities.id = vulnerability_id WHERE (CAST($3 AS {integer}) >> change) & 1 = 1 "

static bool read_events(struct event_reader *reader, const struct event_query *query, const struct key_page *page,
    struct stored_events *events, struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql = page->is_downward ? EVENT_COLUMNS "AND ($4 = '' OR vulnerabilities.name = $4) AND events.id < $1 "
                                                        "ORDER BY events.id DESC LIMIT $2"
                                        : EVENT_COLUMNS "AND ($4 = '' OR vulnerabilities.name = $4) AND events.id > $1 "
                                                        "ORDER BY events.id LIMIT $2";
    unsigned changes = query->changes == 0 ? ~0u : query->changes;
    if (!QUERY(reader->transaction->connection, &rows, err, sql, SQL_INTEGER(page->from),
            SQL_INTEGER(EVENTS_READ_AT_ONCE), SQL_INTEGER(changes), SQL_TEXT(query->vulnerability)))
        return false;
    while (rows_next(&rows)) {
        struct stored_event *event = ARENA_PUSH(reader->arena, events);
        event->id = rows_integer(&rows, 0);
        uuid_parse(rows_view(&rows, 1), &event->row.uuid);
        event->row.at_ms = rows_integer(&rows, 2);
        event->row.generation = rows_integer(&rows, 3);
        event->row.cause = (enum event_cause)rows_integer(&rows, 4);
        event->row.change = (enum event_change)rows_integer(&rows, 5);
        event->vulnerability = rows_integer(&rows, 6);
        event->package = rows_integer(&rows, 7);
        event->snapshot = rows_integer(&rows, 8);
        event->row.before = rows_copy(&rows, reader->arena, 9);
        event->row.after = rows_copy(&rows, reader->arena, 10);
        event->row.added = rows_integer(&rows, 11);
        event->row.removed = rows_integer(&rows, 12);
        event->detail = rows_copy(&rows, reader->arena, 13);
        event->row.vulnerabilities = ARENA_NEW(reader->arena, struct view);
        event->row.vulnerabilities[0] = rows_copy(&rows, reader->arena, 14);
        event->row.vulnerability_count = event->vulnerability != 0;
        event->row.cursor = page_cursor(reader->arena, event->id);
    }
    return rows_finish(&rows, err);
}

static bool list_events(struct event_reader *reader, const struct event_query *query, struct key_page *page,
    struct event_row *items, size_t *count, struct error *err)
{
    size_t read = 0;
    size_t found = 0;
    for (;;) {
        struct stored_events events = {0};
        if (!read_events(reader, query, page, &events, err))
            return false;
        for (size_t i = 0; i < events.count && found < (size_t)page->limit; i++) {
            bool is_own = false;
            if (!complete(reader, &events.items[i], &is_own, err))
                return false;
            if (is_own)
                items[found++] = events.items[i].row;
        }
        read += events.count;
        if (events.count < EVENTS_READ_AT_ONCE || found == (size_t)page->limit || read >= EVENTS_READ_MAX)
            break;
        page->from = events.items[events.count - 1].id;
    }
    *count = found;
    return true;
}

static bool begin(struct event_reader *reader, struct error *err)
{
    int64_t other = 0;
    bool found = false;
    if (!LOOKUP(reader->transaction->connection, &other, &found, err,
            "SELECT id FROM organizations WHERE id <> $1 LIMIT 1", SQL_INTEGER(reader->organization)))
        return false;
    reader->is_alone = !found;
    return true;
}

bool store_list_events(struct store *store, struct arena *arena, int64_t organization, const struct event_query *query,
    struct event_row **items, size_t *count, bool *has_more, struct error *err)
{
    struct key_page page;
    struct transaction transaction;
    struct event_reader reader = {
        .transaction = &transaction, .arena = arena, .organization = organization, .owners = &query->owners};
    if (!page_begin(&query->page, true, &page, err) || !transaction_read(store, &transaction, err))
        return false;
    struct event_row *list = ARENA_ARRAY(arena, struct event_row, (size_t)page.limit);
    if (!transaction_end(
            &transaction, begin(&reader, err) && list_events(&reader, query, &page, list, count, err), err))
        return false;
    page_finish(list, sizeof(*list), count, query->page.limit, page.is_reversed, has_more);
    *items = list;
    return true;
}
