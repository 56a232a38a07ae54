/* SPDX-License-Identifier: Apache-2.0 */
#include "store/images.h"

#include "store/image_rows.h"
#include "store/list_scan.h"
#include "store/page.h"

#include <stdlib.h>

enum { SQL_BYTES_MAX = 16 * 1024, SHORT_DIGEST_SIZE = 12, SHA256_DIGITS = 64 };

/* What a search means. */
struct search {
    bool is_text; /* anywhere in the reference */
    bool is_digest; /* the start of one */
    bool is_exact; /* a whole name */
    struct view text; /* in lower case, unless it is exact */
    struct view digest;
    struct view digest_end; /* behind the last digest */
    struct view folded; /* exact: in lower case */
    struct view repository; /* exact: what is before and after the last colon; empty unless there are both */
    struct view tag;
};

static struct view lower_case(struct arena *arena, struct view text)
{
    char *bytes = arena_text(arena, text);
    for (size_t i = 0; i < text.size; i++) {
        if (bytes[i] >= 'A' && bytes[i] <= 'Z')
            bytes[i] = (char)(bytes[i] - 'A' + 'a');
    }
    return view_of(bytes, text.size);
}

static bool is_hexadecimal(struct view text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if ((byte < '0' || byte > '9') && (byte < 'a' || byte > 'f'))
            return false;
    }
    return true;
}

static void search_exactly(struct arena *arena, struct view text, struct search *search)
{
    size_t colon = text.size;
    search->is_exact = true;
    search->text = text;
    search->folded = lower_case(arena, text);
    while (colon > 0 && text.data[colon - 1] != ':')
        colon--;
    if (colon > 1 && colon < text.size) {
        search->repository = view_slice(text, 0, colon - 1);
        search->tag = view_from(text, colon);
    }
}

static bool search_begin(struct arena *arena, struct view text, struct search *search, struct error *err)
{
    bool is_quoted = text.size > 2 && text.data[0] == '"' && text.data[text.size - 1] == '"';
    if (text.size > SEARCH_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "a search has at most %d bytes", SEARCH_BYTES_MAX);
    if (is_quoted) {
        search_exactly(arena, view_slice(text, 1, text.size - 2), search);
        return true;
    }
    search->text = lower_case(arena, text);
    bool is_short = text.size >= SHORT_DIGEST_SIZE && text.size <= SHA256_DIGITS && is_hexadecimal(search->text);
    bool is_whole = view_starts_with(search->text, "sha256:") || view_starts_with(search->text, "sha512:");
    search->is_text = text.size > 0 && !is_whole;
    search->is_digest = is_short || is_whole;
    search->digest = arena_format(arena, "%s%.*s", is_short ? "sha256:" : "", VIEW_PRINT(search->text));
    /* 'g' comes after all hexadecimal digits. */
    search->digest_end = arena_format(arena, "%.*sg", VIEW_PRINT(search->digest));
    return true;
}

/* Rows that a part of the query names: few of many. */
enum {
    VALUE_ORGANIZATION,
    VALUE_OWNER,
    VALUE_REPOSITORY,
    VALUE_TEXT,
    VALUE_DIGEST,
    VALUE_DIGEST_END,
    VALUE_FOLDED,
    VALUE_NAME,
    VALUE_TAG,
    VALUE_COUNT
};

#define OF_INTEGRATIONS "(SELECT id FROM integrations WHERE organization_id = $1)"
#define OF_PROJECTS                                                                                                    \
    "SELECT shown.id FROM projects JOIN snapshots ON snapshots.project_id = projects.id "                              \
    "JOIN snapshot_images AS shown ON shown.snapshot_id = snapshots.id WHERE projects.organization_id = $1 AND "
#define OF_OWNER OF_PROJECTS "projects.owner = $2"
#define OF_REPOSITORY                                                                                                  \
    "SELECT shown.id FROM repositories JOIN snapshot_images AS shown ON shown.repository_id = repositories.id "        \
    "WHERE repositories.integration_id IN " OF_INTEGRATIONS " AND repositories.name = $3"
#define ROWS_OF_DIGEST                                                                                                 \
    "SELECT id FROM snapshot_images WHERE manifest >= $5 AND manifest < $6 UNION "                                     \
    "SELECT snapshot_images.id FROM snapshots JOIN snapshot_images ON snapshot_images.snapshot_id = snapshots.id "     \
    "WHERE digest >= $5 AND digest < $6 UNION SELECT snapshot_images.id FROM images JOIN snapshot_images "             \
    "ON snapshot_images.image_id = images.id WHERE config_digest >= $5 AND config_digest < $6"
#define ROWS_OF_NAME                                                                                                   \
    "SELECT id FROM snapshot_images WHERE organization_id = $1 AND is_current IN (0, 1) AND search_text = $7 "         \
    "AND reference = $4 UNION " OF_PROJECTS "projects.tag = $4 UNION SELECT shown.id FROM repositories "               \
    "JOIN snapshot_images AS shown ON shown.repository_id = repositories.id "                                          \
    "WHERE repositories.integration_id IN " OF_INTEGRATIONS " AND repositories.name = $4 UNION "                       \
    "SELECT shown.id FROM repositories JOIN targets ON targets.repository_id = repositories.id "                       \
    "JOIN projects ON projects.target_id = targets.id AND projects.tag = $9 "                                          \
    "JOIN snapshots ON snapshots.project_id = projects.id "                                                            \
    "JOIN snapshot_images AS shown ON shown.snapshot_id = snapshots.id "                                               \
    "WHERE repositories.integration_id IN " OF_INTEGRATIONS " AND repositories.name = $8"
/* What the registry had once: its projects are neither deleted nor stopped. */
#define ONCE_SHOWN                                                                                                     \
    "SELECT old.id FROM snapshot_images AS old JOIN snapshots ON snapshots.id = old.snapshot_id "                      \
    "JOIN projects ON projects.id = snapshots.project_id WHERE old.organization_id = $1 AND old.is_current = 0 "       \
    "AND projects.deleted_ms = 0 AND projects.is_active = 1 "                                                          \
    "AND (projects.gone_ms > 0 OR projects.snapshot_id <> snapshots.id)"

struct keys {
    int64_t *items;
    size_t count;
    size_t capacity;
};

/* What a query asks for, looked up. */
struct list_filter {
    const struct image_query *query;
    const struct search *search;
    struct arena *arena;
    struct sql_value values[VALUE_COUNT];
    struct list_wish wish;
    struct keys wanted; /* rows, as `wish` has them */
    struct keys digests; /* rows with the digest that a text may be the start of */
    int64_t integration;
    int64_t kinds;
    bool is_empty; /* nothing can pass */
};

static bool read_keys(
    struct connection *connection, struct list_filter *filter, const char *sql, struct keys *keys, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!sql_query(connection, &rows, err, sql, filter->values, VALUE_COUNT))
        return false;
    while (rows_next(&rows))
        *(int64_t *)ARENA_PUSH(filter->arena, keys) = rows_integer(&rows, 0);
    return rows_finish(&rows, err);
}

static int compare_keys(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static bool has_key(const struct keys *keys, int64_t key)
{
    return keys->count > 0 && bsearch(&key, keys->items, keys->count, sizeof(key), compare_keys) != NULL;
}

/* The rows that all parts of the query which name rows have in common. */
static bool read_wanted(struct connection *connection, struct list_filter *filter, struct error *err)
{
    const struct image_query *query = filter->query;
    const struct search *search = filter->search;
    AUTO_BUFFER sql;
    buffer_init(&sql, SQL_BYTES_MAX);
    if (search->is_exact)
        buffer_append_text(&sql, " INTERSECT SELECT id FROM (" ROWS_OF_NAME ")");
    if (search->is_digest && !search->is_text)
        buffer_append_text(&sql, " INTERSECT SELECT id FROM (" ROWS_OF_DIGEST ")");
    if (query->repository.size > 0)
        buffer_append_text(&sql, " INTERSECT SELECT id FROM (" OF_REPOSITORY ")");
    if (query->owner.text[0] != '\0')
        buffer_append_text(&sql, " INTERSECT SELECT id FROM (" OF_OWNER ")");
    if (query->is_obsolete)
        buffer_append_text(&sql, " INTERSECT SELECT id FROM (" ONCE_SHOWN ")");
    struct view text = view_from(buffer_view(&sql), strlen(" INTERSECT "));
    filter->wish.has_ids = text.size > 0;
    if (!filter->wish.has_ids)
        return true;
    if (!read_keys(connection, filter, arena_format(filter->arena, "%.*s ORDER BY 1", VIEW_PRINT(text)).data,
            &filter->wanted, err))
        return false;
    filter->wish.ids = filter->wanted.items;
    filter->wish.id_count = filter->wanted.count;
    return true;
}

static bool read_integration(struct connection *connection, struct list_filter *filter, struct error *err)
{
    bool found = true;
    if (filter->query->integration.text[0] != '\0' &&
        !LOOKUP(connection, &filter->integration, &found, err,
            "SELECT id FROM integrations WHERE organization_id = $1 AND uuid = $2", filter->values[VALUE_ORGANIZATION],
            SQL_WORD(filter->query->integration.text)))
        return false;
    filter->is_empty = !found;
    return true;
}

static bool filters_by_kind(const struct image_query *query)
{
    return query->kinds.severities + query->kinds.fixable + query->kinds.threats > 0;
}

static bool is_order_by_key(enum image_order order)
{
    return order == IMAGE_ORDER_SEVERITY || order == IMAGE_ORDER_EXPLOITABLE || order == IMAGE_ORDER_SCORE ||
           order == IMAGE_ORDER_VULNERABILITIES;
}

static bool filter_begin(struct list_filter *filter, const struct row_reader *reader, struct error *err)
{
    struct connection *connection = reader->transaction->connection;
    const struct image_query *query = filter->query;
    const struct search *search = filter->search;
    const struct sql_value values[VALUE_COUNT] = {[VALUE_ORGANIZATION] = SQL_INTEGER(reader->organization),
        [VALUE_OWNER] = SQL_WORD(query->owner.text),
        [VALUE_REPOSITORY] = SQL_TEXT(query->repository),
        [VALUE_TEXT] = SQL_TEXT(search->text),
        [VALUE_DIGEST] = SQL_TEXT(search->digest),
        [VALUE_DIGEST_END] = SQL_TEXT(search->digest_end),
        [VALUE_FOLDED] = SQL_TEXT(search->folded),
        [VALUE_NAME] = SQL_TEXT(search->repository),
        [VALUE_TAG] = SQL_TEXT(search->tag)};
    memcpy(filter->values, values, sizeof(values));
    filter->kinds = kinds_mask(query->kinds);
    filter->wish.is_obsolete = query->is_obsolete;
    filter->wish.owners = &query->owners;
    filter->wish.has_no_keys = !filters_by_kind(query) && !is_order_by_key(query->order);
    filter->wish.has_texts = search->is_text || query->platform.size > 0 || query->order == IMAGE_ORDER_REFERENCE;
    if (!read_integration(connection, filter, err) || !read_wanted(connection, filter, err) ||
        (search->is_text && search->is_digest &&
            !read_keys(connection, filter, ROWS_OF_DIGEST " ORDER BY 1", &filter->digests, err)))
        return false;
    if (search->is_text && filter->digests.count == 0)
        filter->wish.needle = search->text;
    return true;
}

static bool passes(const struct list_filter *filter, const struct list_entry *entry)
{
    const struct image_query *query = filter->query;
    if (query->states != 0 && (query->states & 1u << entry->state) == 0)
        return false;
    if (query->images_only && !entry->is_image)
        return false;
    if (filter->integration != 0 && entry->integration != filter->integration)
        return false;
    if (filters_by_kind(query) && (entry->key.kinds & filter->kinds) == 0)
        return false;
    if (query->outcomes != 0 && (query->outcomes & 1u << entry->verdict) == 0)
        return false;
    if (query->built_before_ms > 0 && entry->built_ms >= query->built_before_ms)
        return false;
    if (query->platform.size > 0 && !view_equal(entry->platform, query->platform))
        return false;
    return !filter->search->is_text || view_find_text(entry->text, filter->search->text) < entry->text.size ||
           has_key(&filter->digests, entry->id);
}

/* The name of each order, and whether its own direction is downward. */
static const struct {
    const char *name;
    bool is_downward;
} orders[IMAGE_ORDER_COUNT] = {
    [IMAGE_ORDER_REFERENCE] = {"reference", false},
    [IMAGE_ORDER_ADDED] = {"created_at", false},
    [IMAGE_ORDER_SEVERITY] = {"severity", true},
    [IMAGE_ORDER_EXPLOITABLE] = {"exploitable", true},
    [IMAGE_ORDER_SCORE] = {"score", true},
    [IMAGE_ORDER_VULNERABILITIES] = {"vulnerability_count", true},
    [IMAGE_ORDER_BUILT] = {"built_at", false},
};

bool image_order_parse(struct view name, enum image_order *order, bool *is_reversed)
{
    bool is_falling = view_starts_with(name, "-");
    for (int i = 0; i < IMAGE_ORDER_COUNT; i++) {
        if (!view_is(view_from(name, is_falling), orders[i].name))
            continue;
        *order = (enum image_order)i;
        *is_reversed = is_falling != orders[i].is_downward;
        return true;
    }
    return false;
}

/* A row's place in the order of a list. */
struct place {
    int64_t id;
    struct view text; /* of the order by reference */
    int64_t key; /* of orders by a number */
    char *bytes; /* where the text stands */
    size_t capacity;
};

static struct view row_cursor(struct arena *arena, enum image_order order, const struct found_row *found)
{
    if (order == IMAGE_ORDER_REFERENCE)
        return page_cursor_text(arena, found->id, found->search_text);
    if (order == IMAGE_ORDER_ADDED)
        return page_cursor(arena, found->id);
    return page_cursor_text(arena, found->id, page_cursor(arena, found->sort_keys[order]));
}

static bool parse_cursor(const struct image_query *query, struct place *place, struct error *err)
{
    struct view cursor = query->page.before.size > 0 ? query->page.before : query->page.after;
    bool is_numbered = query->order != IMAGE_ORDER_REFERENCE && query->order != IMAGE_ORDER_ADDED;
    if (!page_check(&query->page, err))
        return false;
    if (cursor.size == 0)
        return true;
    if (!page_parse(cursor, &place->id, &place->text, err))
        return false;
    if ((query->order == IMAGE_ORDER_ADDED) != (place->text.size == 0) ||
        (is_numbered && !view_to_integer(place->text, &place->key)))
        return error_set(err, ERROR_INVALID, "the cursor is of a list in another order: start again without one");
    if (is_numbered)
        place->text = view_text("");
    return true;
}

/* The first places behind the cursor, as a heap with the last of them on top. */
struct page_heap {
    struct arena *arena;
    struct place *places;
    size_t count;
    size_t limit;
    bool is_downward;
};

static int compare_places(const struct page_heap *heap, const struct place *left, const struct place *right)
{
    int order = (left->key > right->key) - (left->key < right->key);
    if (order == 0)
        order = view_compare(left->text, right->text);
    if (order == 0)
        order = (left->id > right->id) - (left->id < right->id);
    return heap->is_downward ? -order : order;
}

static void swap_places(struct place *left, struct place *right)
{
    struct place kept = *left;
    *left = *right;
    *right = kept;
}

static void sift_down(const struct page_heap *heap, size_t count)
{
    for (size_t at = 0, child = 1; child < count; at = child, child = 2 * at + 1) {
        if (child + 1 < count && compare_places(heap, &heap->places[child + 1], &heap->places[child]) > 0)
            child++;
        if (compare_places(heap, &heap->places[child], &heap->places[at]) <= 0)
            return;
        swap_places(&heap->places[at], &heap->places[child]);
    }
}

/* The text is borrowed from the entry: it is copied, over that of a place that fell out. */
static void put_place(const struct page_heap *heap, struct place *slot, const struct place *place)
{
    enum { TEXT_ROOM = 128 };
    if (slot->capacity < place->text.size) {
        slot->capacity = place->text.size + TEXT_ROOM;
        slot->bytes = arena_alloc(heap->arena, slot->capacity);
    }
    if (place->text.size > 0)
        memcpy(slot->bytes, place->text.data, place->text.size);
    slot->id = place->id;
    slot->key = place->key;
    slot->text = view_of(slot->bytes, place->text.size);
}

static void add_place(struct page_heap *heap, const struct place *place)
{
    if (heap->count == heap->limit) {
        if (compare_places(heap, place, &heap->places[0]) >= 0)
            return;
        put_place(heap, &heap->places[0], place);
        sift_down(heap, heap->count);
        return;
    }
    size_t at = heap->count++;
    put_place(heap, &heap->places[at], place);
    for (; at > 0 && compare_places(heap, &heap->places[at], &heap->places[(at - 1) / 2]) > 0; at = (at - 1) / 2)
        swap_places(&heap->places[at], &heap->places[(at - 1) / 2]);
}

static void sort_places(const struct page_heap *heap)
{
    for (size_t count = heap->count; count > 1; count--) {
        swap_places(&heap->places[0], &heap->places[count - 1]);
        sift_down(heap, count - 1);
    }
}

static int64_t order_key(enum image_order order, const struct list_entry *entry)
{
    switch (order) {
    case IMAGE_ORDER_SEVERITY:
        return entry->key.rank;
    case IMAGE_ORDER_EXPLOITABLE:
        return entry->key.urgency;
    case IMAGE_ORDER_SCORE:
        return entry->key.score;
    case IMAGE_ORDER_VULNERABILITIES:
        return entry->key.vulnerabilities;
    case IMAGE_ORDER_BUILT:
        return entry->built_ms;
    case IMAGE_ORDER_REFERENCE:
    case IMAGE_ORDER_ADDED:
    case IMAGE_ORDER_COUNT:
        break;
    }
    return 0;
}

/* Counts what the filters let through, and finds the rows of the page. */
static bool find_page(const struct row_reader *reader, const struct image_query *query, const struct place *cursor,
    struct page_heap *heap, int64_t *total, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    AUTO_LIST_SCAN scan = {0};
    struct search search = {0};
    struct list_entry entry = {0};
    bool has_cursor = query->page.after.size + query->page.before.size > 0;
    bool is_by_text = query->order == IMAGE_ORDER_REFERENCE;
    struct list_filter filter = {.query = query, .search = &search, .arena = scratch};
    if (!search_begin(reader->arena, query->search, &search, err) || !filter_begin(&filter, reader, err) ||
        !list_scan_begin(&scan, reader->transaction, scratch, reader->organization, &filter.wish, err))
        return false;
    while (!filter.is_empty && list_scan_next(&scan, &entry)) {
        if (!passes(&filter, &entry))
            continue;
        ++*total;
        const struct place place = {
            .id = entry.id, .text = is_by_text ? entry.text : view_text(""), .key = order_key(query->order, &entry)};
        if (!has_cursor || compare_places(heap, &place, cursor) > 0)
            add_place(heap, &place);
    }
    return list_scan_finish(&scan, err);
}

static bool read_found(
    const struct row_reader *reader, enum image_order order, int64_t id, struct image_row *row, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct found_row found;
    if (!QUERY(reader->transaction->connection, &rows, err,
            ROW_SELECT "(SELECT CAST($1 AS {integer}) AS id) AS page" ROW_JOINS, SQL_INTEGER(id)))
        return false;
    if (rows_next(&rows)) {
        if (!row_read(reader, &rows, &found, err))
            return false;
        *row = found.row;
        row->cursor = row_cursor(reader->arena, order, &found);
    }
    return rows_finish(&rows, err);
}

struct image_list {
    struct image_row *items;
    size_t count;
    int64_t total;
};

static bool list_images(const struct row_reader *reader, const struct image_query *query, const struct place *cursor,
    struct image_list *list, struct error *err)
{
    size_t limit = (size_t)query->page.limit + 1;
    struct page_heap heap = {.arena = reader->arena,
        .places = ARENA_ARRAY(reader->arena, struct place, limit),
        .limit = limit,
        .is_downward = (orders[query->order].is_downward != query->is_reversed) != (query->page.before.size > 0)};
    if (!find_page(reader, query, cursor, &heap, &list->total, err))
        return false;
    sort_places(&heap);
    list->items = ARENA_ARRAY(reader->arena, struct image_row, limit);
    for (; list->count < heap.count; list->count++) {
        if (!read_found(reader, query->order, heap.places[list->count].id, &list->items[list->count], err))
            return false;
    }
    return true;
}

bool store_list_images(struct store *store, struct arena *arena, int64_t organization, const struct image_query *query,
    struct image_row **rows, size_t *count, size_t *total, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct row_reader reader;
    struct place cursor = {0};
    struct image_list list = {0};
    if (!parse_cursor(query, &cursor, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            row_reader_begin(&reader, &transaction, arena, organization, query->gate, err) &&
                list_images(&reader, query, &cursor, &list, err),
            err))
        return false;
    page_finish(list.items, sizeof(*list.items), &list.count, query->page.limit, query->page.before.size > 0, has_more);
    *rows = list.items;
    *count = list.count;
    *total = query->is_uncounted ? 0 : (size_t)list.total;
    return true;
}

bool store_find_image(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    const struct gate *gate, struct image_row *image, struct error *err)
{
    struct transaction transaction;
    struct row_reader reader;
    struct found_row found;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            row_reader_begin(&reader, &transaction, arena, organization, gate, err) &&
                row_find(&reader, row, &found, err),
            err))
        return false;
    *image = found.row;
    return true;
}

#define RESOLVE_PAGE                                                                                                   \
    "(SELECT snapshot_images.id FROM snapshot_images JOIN snapshots ON snapshots.id = snapshot_images.snapshot_id "    \
    "LEFT JOIN images ON images.id = snapshot_images.image_id JOIN repositories "                                      \
    "ON repositories.id = snapshots.repository_id JOIN projects ON projects.id = snapshots.project_id "                \
    "WHERE snapshot_images.organization_id = $1 AND snapshot_images.is_current = 1 AND "

#define OF_DIGEST "(manifest = $2 OR snapshots.digest = $2 OR images.config_digest = $2)"
/* "host/app:1", "app:1", "host/app" and "app" (all tags). */
#define OF_NAME                                                                                                        \
    "(reference = $2 OR repositories.name || ':' || projects.tag = $2 OR repositories.name = $2 OR "                   \
    "reference = $2 || ':' || projects.tag)"

static const char *resolve_sql(struct arena *arena, bool is_digest, const struct owner_filter *owners)
{
    return arena_format(arena,
        ROW_SELECT RESOLVE_PAGE "%s%.*s ORDER BY snapshot_images.id LIMIT $4) AS page" ROW_JOINS "ORDER BY s.id",
        is_digest ? OF_DIGEST : OF_NAME, VIEW_PRINT(owner_filter_team_sql(arena, owners, "repositories.team_id")))
        .data;
}

static bool resolve(const struct row_reader *reader, struct view text, int limit, const struct owner_filter *owners,
    struct image_row **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct uuid uuid;
    struct digest digest;
    struct found_row found;
    struct error ignored;
    struct view rest = text;
    struct view at = view_cut(&rest, '@'); /* "app:1@sha256:…": the digest decides */
    struct view named = rest.size > 0 ? rest : at;
    *items = ARENA_ARRAY(reader->arena, struct image_row, (size_t)limit);
    *count = 0;
    if (!owners->is_set && uuid_parse(text, &uuid)) {
        if (!row_find(reader, &uuid, &found, err))
            return false;
        (*items)[(*count)++] = found.row;
        return true;
    }
    if (!QUERY(reader->transaction->connection, &rows, err,
            resolve_sql(reader->arena, digest_parse(named, &digest, &ignored), owners),
            SQL_INTEGER(reader->organization), SQL_TEXT(named), SQL_NULL, SQL_INTEGER(limit)))
        return false;
    while (rows_next(&rows)) {
        if (!row_read(reader, &rows, &found, err))
            return false;
        (*items)[(*count)++] = found.row;
    }
    return rows_finish(&rows, err) &&
           (*count > 0 || error_set(err, ERROR_NOT_FOUND,
                              "there is no image \"%.*s\" in the store: import it with \"tidewaiter sync run\"",
                              VIEW_PRINT(text)));
}

bool store_resolve_owned_images(struct store *store, struct arena *arena, int64_t organization, struct view text,
    int limit, const struct owner_filter *owners, struct image_row **rows, size_t *count, struct error *err)
{
    struct transaction transaction;
    struct row_reader reader;
    if (text.size > SEARCH_BYTES_MAX * 4)
        return error_set(err, ERROR_LIMIT, "the name of an image has at most %d bytes", SEARCH_BYTES_MAX * 4);
    if (limit < 1 || limit > PAGE_LIMIT_MAX)
        return error_set(err, ERROR_INVALID, "a limit is from 1 to %d", PAGE_LIMIT_MAX);
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               row_reader_begin(&reader, &transaction, arena, organization, NULL, err) &&
                   resolve(&reader, text, limit, owners, rows, count, err),
               err);
}

bool store_resolve_images(struct store *store, struct arena *arena, int64_t organization, struct view text, int limit,
    struct image_row **rows, size_t *count, struct error *err)
{
    static const struct owner_filter all = {.is_set = false};
    return store_resolve_owned_images(store, arena, organization, text, limit, &all, rows, count, err);
}
