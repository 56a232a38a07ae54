/* SPDX-License-Identifier: Apache-2.0 */
#include "store/images.h"

#include "store/image_rows.h"
#include "store/page.h"

enum { SQL_BYTES_MAX = 16 * 1024 };

struct search {
    bool is_digest;
    struct view pattern; /* for LIKE, or the first digest */
    struct view end; /* behind the last digest */
};

/* Text that LIKE finds anywhere; '\' escapes what would be special. */
static struct view like_pattern(struct arena *arena, struct view text)
{
    char *pattern = arena_alloc(arena, 2 * text.size + 2);
    size_t size = 0;
    pattern[size++] = '%';
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (byte == '%' || byte == '_' || byte == '\\')
            pattern[size++] = '\\';
        pattern[size++] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
    }
    pattern[size++] = '%';
    return view_of(pattern, size);
}

static bool search_begin(struct arena *arena, struct view text, struct search *search, struct error *err)
{
    if (text.size > SEARCH_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "a search has at most %d bytes", SEARCH_BYTES_MAX);
    search->is_digest = view_starts_with(text, "sha256:") || view_starts_with(text, "sha512:");
    search->pattern = search->is_digest ? text : like_pattern(arena, text);
    /* 'g' comes after all hexadecimal digits. */
    search->end = arena_format(arena, "%.*sg", VIEW_PRINT(text));
    return true;
}

#define BY_DIGEST                                                                                                      \
    " AND id IN (SELECT id FROM snapshot_images WHERE manifest >= $7 AND manifest < $8 UNION "                         \
    "SELECT snapshot_images.id FROM snapshots JOIN snapshot_images ON snapshot_images.snapshot_id = snapshots.id "     \
    "WHERE digest >= $7 AND digest < $8 UNION SELECT snapshot_images.id FROM images JOIN snapshot_images "             \
    "ON snapshot_images.image_id = images.id WHERE config_digest >= $7 AND config_digest < $8)"

static void append_filters(struct buffer *sql, const struct image_query *query, bool is_digest)
{
    buffer_append_text(sql, " FROM snapshot_images WHERE organization_id = $1 AND is_current = 1");
    if (query->states != 0)
        buffer_append_text(sql, " AND state IN ($3, $4, $5)");
    if (query->integration != 0)
        buffer_append_text(sql, " AND integration_id = $6");
    if (query->images_only)
        buffer_append_text(sql, " AND is_image = 1");
    if (query->search.size > 0)
        buffer_append_text(sql, is_digest ? BY_DIGEST : " AND search_text LIKE $7 ESCAPE '\\'");
}

/* One text for each combination of order, direction and filters, so that each walks the index that fits. */
static const char *list_sql(struct arena *arena, const struct image_query *query, bool is_digest)
{
    static const char *const keys[IMAGE_ORDER_COUNT] = {
        [IMAGE_ORDER_REFERENCE] = "search_text", [IMAGE_ORDER_ADDED] = "id", [IMAGE_ORDER_SEVERITY] = "rank"};
    bool has_cursor = query->page.after.size + query->page.before.size > 0;
    bool is_downward = (query->order == IMAGE_ORDER_SEVERITY) != (query->page.before.size > 0);
    const char *way = is_downward ? "DESC" : "ASC";
    const char *key = keys[query->order];
    const char *cursor = query->order == IMAGE_ORDER_REFERENCE ? "$9, $10" : "$11, $10";
    AUTO_BUFFER sql;
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_append_text(&sql, ROW_SELECT "(SELECT id");
    append_filters(&sql, query, is_digest);
    if (has_cursor && query->order == IMAGE_ORDER_ADDED)
        buffer_append_format(&sql, " AND id %c $10", is_downward ? '<' : '>');
    else if (has_cursor)
        buffer_append_format(&sql, " AND (%s, id) %c (%s)", key, is_downward ? '<' : '>', cursor);
    buffer_append_format(&sql, " ORDER BY %s %s, id %s LIMIT $2) AS page" ROW_JOINS "ORDER BY s.%s %s, s.id %s", key,
        way, way, key, way, way);
    return arena_text(arena, buffer_view(&sql));
}

static const char *count_sql(struct arena *arena, const struct image_query *query, bool is_digest)
{
    AUTO_BUFFER sql;
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_append_text(&sql, "SELECT count(*)");
    append_filters(&sql, query, is_digest);
    return arena_text(arena, buffer_view(&sql));
}

static struct view row_cursor(struct arena *arena, enum image_order order, const struct found_row *found)
{
    switch (order) {
    case IMAGE_ORDER_REFERENCE:
        return page_cursor_text(arena, found->id, found->search_text);
    case IMAGE_ORDER_SEVERITY:
        return page_cursor_text(arena, found->id, page_cursor(arena, found->rank));
    case IMAGE_ORDER_ADDED:
    case IMAGE_ORDER_COUNT:
        break;
    }
    return page_cursor(arena, found->id);
}

struct position {
    int64_t id;
    struct view text;
    int64_t rank;
};

static bool parse_cursor(const struct image_query *query, struct position *position, struct error *err)
{
    struct view cursor = query->page.before.size > 0 ? query->page.before : query->page.after;
    if (!page_check(&query->page, err))
        return false;
    if (cursor.size == 0)
        return true;
    if (!page_parse(cursor, &position->id, &position->text, err))
        return false;
    if ((query->order == IMAGE_ORDER_ADDED) != (position->text.size == 0) ||
        (query->order == IMAGE_ORDER_SEVERITY && !view_to_integer(position->text, &position->rank)))
        return error_set(err, ERROR_INVALID, "the cursor is of a list in another order: start again without one");
    return true;
}

struct image_list {
    struct image_row *items;
    size_t count;
    int64_t total;
};

static bool list_images(const struct row_reader *reader, const struct image_query *query,
    const struct position *position, struct image_list *list, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct search search = {0};
    struct found_row found;
    bool has_total = false;
    struct connection *connection = reader->transaction->connection;
    if (!search_begin(reader->arena, query->search, &search, err))
        return false;
    int64_t states[IMAGE_STATE_COUNT];
    for (int i = 0; i < IMAGE_STATE_COUNT; i++)
        states[i] = (query->states & 1u << i) != 0 ? i : -1;
    const struct sql_value values[] = {SQL_INTEGER(reader->organization), SQL_INTEGER(query->page.limit + 1),
        SQL_INTEGER(states[0]), SQL_INTEGER(states[1]), SQL_INTEGER(states[2]), SQL_INTEGER(query->integration),
        SQL_TEXT(search.pattern), SQL_TEXT(search.end), SQL_TEXT(position->text), SQL_INTEGER(position->id),
        SQL_INTEGER(position->rank)};
    size_t value_count = sizeof(values) / sizeof(values[0]);
    if (!sql_query(connection, &rows, err, list_sql(reader->arena, query, search.is_digest), values, value_count))
        return false;
    list->items = ARENA_ARRAY(reader->arena, struct image_row, (size_t)query->page.limit + 1);
    for (list->count = 0; rows_next(&rows); list->count++) {
        row_read(reader, &rows, &found);
        list->items[list->count] = found.row;
        list->items[list->count].cursor = row_cursor(reader->arena, query->order, &found);
    }
    list->total = (int64_t)list->count;
    bool is_whole = query->page.after.size + query->page.before.size == 0 && list->count <= (size_t)query->page.limit;
    return rows_finish(&rows, err) &&
           (is_whole || sql_lookup(connection, &list->total, &has_total, err,
                            count_sql(reader->arena, query, search.is_digest), values, value_count));
}

bool store_list_images(struct store *store, struct arena *arena, int64_t organization, const struct image_query *query,
    struct image_row **rows, size_t *count, size_t *total, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct row_reader reader;
    struct position position = {0};
    struct image_list list = {0};
    if (!parse_cursor(query, &position, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            row_reader_begin(&reader, &transaction, arena, organization, query->gate, err) &&
                list_images(&reader, query, &position, &list, err),
            err))
        return false;
    page_finish(list.items, sizeof(*list.items), &list.count, query->page.limit, query->page.before.size > 0, has_more);
    *rows = list.items;
    *count = list.count;
    *total = (size_t)list.total;
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

static const char resolve_digest[] = ROW_SELECT RESOLVE_PAGE
    "(manifest = $2 OR snapshots.digest = $2 OR images.config_digest = $2) ORDER BY snapshot_images.id LIMIT $4) "
    "AS page" ROW_JOINS "ORDER BY s.id";

/* "host/app:1", "app:1", "host/app" and "app" (all tags). */
static const char resolve_name[] = ROW_SELECT RESOLVE_PAGE
    "(reference = $2 OR repositories.name || ':' || projects.tag = $2 OR repositories.name = $2 OR "
    "reference = $2 || ':' || projects.tag) ORDER BY snapshot_images.id LIMIT $4) AS page" ROW_JOINS "ORDER BY s.id";

static bool resolve(const struct row_reader *reader, struct view text, int limit, struct image_row **items,
    size_t *count, struct error *err)
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
    if (uuid_parse(text, &uuid)) {
        if (!row_find(reader, &uuid, &found, err))
            return false;
        (*items)[(*count)++] = found.row;
        return true;
    }
    if (!QUERY(reader->transaction->connection, &rows, err,
            digest_parse(named, &digest, &ignored) ? resolve_digest : resolve_name, SQL_INTEGER(reader->organization),
            SQL_TEXT(named), SQL_NULL, SQL_INTEGER(limit)))
        return false;
    while (rows_next(&rows)) {
        row_read(reader, &rows, &found);
        (*items)[(*count)++] = found.row;
    }
    return rows_finish(&rows, err) &&
           (*count > 0 || error_set(err, ERROR_NOT_FOUND,
                              "there is no image \"%.*s\" in the store: import it with \"tidewaiter sync run\"",
                              VIEW_PRINT(text)));
}

bool store_resolve_images(struct store *store, struct arena *arena, int64_t organization, struct view text, int limit,
    struct image_row **rows, size_t *count, struct error *err)
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
                   resolve(&reader, text, limit, rows, count, err),
               err);
}
