/* SPDX-License-Identifier: Apache-2.0 */
#include "store/images.h"

#include "store/image_rows.h"
#include "store/page.h"

enum { SORTED_ROWS_MAX = 2000, SQL_BYTES_MAX = 16 * 1024, SHORT_DIGEST_SIZE = 12, SHA256_DIGITS = 64 };

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

/* The values of all statements here, in their order. */
enum {
    VALUE_ORGANIZATION,
    VALUE_LIMIT,
    VALUE_CURRENT,
    VALUE_STATES,
    VALUE_INTEGRATION,
    VALUE_REPOSITORY,
    VALUE_PLATFORM,
    VALUE_OWNER,
    VALUE_KINDS,
    VALUE_BUILT_BEFORE,
    VALUE_TEXT,
    VALUE_DIGEST,
    VALUE_DIGEST_END,
    VALUE_FOLDED,
    VALUE_NAME,
    VALUE_TAG,
    VALUE_KEY_TEXT,
    VALUE_KEY,
    VALUE_ID,
    VALUE_OUTCOMES,
    VALUE_COUNT
};

#define IN_DIGEST                                                                                                      \
    "id IN (SELECT id FROM snapshot_images WHERE manifest >= $12 AND manifest < $13 UNION "                            \
    "SELECT snapshot_images.id FROM snapshots JOIN snapshot_images ON snapshot_images.snapshot_id = snapshots.id "     \
    "WHERE digest >= $12 AND digest < $13 UNION SELECT snapshot_images.id FROM images JOIN snapshot_images "           \
    "ON snapshot_images.image_id = images.id WHERE config_digest >= $12 AND config_digest < $13)"
#define IN_TEXT "{position}(search_text, $11) > 0"
#define OF_PROJECTS                                                                                                    \
    "SELECT shown.id FROM projects JOIN snapshots ON snapshots.project_id = projects.id "                              \
    "JOIN snapshot_images AS shown ON shown.snapshot_id = snapshots.id "
#define OF_INTEGRATIONS "(SELECT id FROM integrations WHERE organization_id = $1)"
#define IS_NAMED                                                                                                       \
    " AND id IN (SELECT id FROM snapshot_images WHERE organization_id = $1 AND is_current = $3 "                       \
    "AND search_text = $14 AND reference = $11 UNION " OF_PROJECTS                                                     \
    "WHERE projects.organization_id = $1 AND projects.tag = $11 UNION SELECT shown.id FROM repositories "              \
    "JOIN snapshot_images AS shown ON shown.repository_id = repositories.id "                                          \
    "WHERE repositories.integration_id IN " OF_INTEGRATIONS " AND repositories.name = $11 UNION "                      \
    "SELECT shown.id FROM repositories JOIN targets ON targets.repository_id = repositories.id "                       \
    "JOIN projects ON projects.target_id = targets.id AND projects.tag = $16 "                                         \
    "JOIN snapshots ON snapshots.project_id = projects.id "                                                            \
    "JOIN snapshot_images AS shown ON shown.snapshot_id = snapshots.id "                                               \
    "WHERE repositories.integration_id IN " OF_INTEGRATIONS " AND repositories.name = $15)"

/* What the registry had once: its projects are neither deleted nor stopped. */
#define IS_OBSOLETE                                                                                                    \
    " AND EXISTS (SELECT 1 FROM snapshots JOIN projects ON projects.id = snapshots.project_id "                        \
    "WHERE snapshots.id = snapshot_images.snapshot_id AND projects.deleted_ms = 0 AND projects.is_active = 1 "         \
    "AND (projects.gone_ms > 0 OR projects.snapshot_id <> snapshots.id))"

/* Few rows come from these: they are read by key, in whatever order is asked for. */
static bool is_narrow(const struct image_query *query, const struct search *search)
{
    return search->is_exact || (search->is_digest && !search->is_text) || query->repository.size > 0 ||
           query->owner.text[0] != '\0';
}

static void append_filters(
    struct buffer *sql, struct arena *arena, const struct image_query *query, const struct search *search)
{
    const char *plus = is_narrow(query, search) ? "+" : "";
    buffer_append_format(sql, " FROM snapshot_images WHERE %sorganization_id = $1 AND %sis_current = $3", plus, plus);
    if (query->states != 0)
        buffer_append_text(sql, " AND ((1 << state) & $4) <> 0");
    if (query->integration.text[0] != '\0')
        buffer_append_text(
            sql, " AND integration_id = (SELECT id FROM integrations WHERE organization_id = $1 AND uuid = $5)");
    if (query->images_only)
        buffer_append_text(sql, " AND is_image = 1");
    if (query->repository.size > 0)
        buffer_append_text(sql, " AND repository_id IN (SELECT id FROM repositories WHERE integration_id "
                                "IN " OF_INTEGRATIONS " AND name = $6)");
    if (query->platform.size > 0)
        buffer_append_text(sql, " AND platform = $7");
    if (query->owner.text[0] != '\0')
        buffer_append_text(
            sql, " AND id IN (" OF_PROJECTS "WHERE projects.organization_id = $1 AND projects.owner = $8)");
    buffer_append(sql, owner_filter_sql(arena, &query->owners, "repository_id"));
    if (query->kinds.severities + query->kinds.fixable + query->kinds.threats > 0)
        buffer_append_text(sql, " AND (kinds & $9) <> 0");
    if (query->outcomes != 0)
        buffer_append_text(sql, " AND ((1 << verdict) & $20) <> 0");
    if (query->built_before_ms > 0)
        buffer_append_text(sql, " AND built_ms < $10");
    if (query->is_obsolete)
        buffer_append_text(sql, IS_OBSOLETE);
    if (search->is_exact)
        buffer_append_text(sql, IS_NAMED);
    if (search->is_text && search->is_digest)
        buffer_append_text(sql, " AND (" IN_TEXT " OR " IN_DIGEST ")");
    else if (search->is_text)
        buffer_append_text(sql, " AND " IN_TEXT);
    else if (search->is_digest)
        buffer_append_text(sql, " AND " IN_DIGEST);
}

/* The name and the column of each order, and whether its own direction is downward. */
static const struct {
    const char *name;
    const char *key;
    bool is_downward;
} orders[IMAGE_ORDER_COUNT] = {
    [IMAGE_ORDER_REFERENCE] = {"reference", "search_text", false},
    [IMAGE_ORDER_ADDED] = {"created_at", "id", false},
    [IMAGE_ORDER_SEVERITY] = {"severity", "rank", true},
    [IMAGE_ORDER_EXPLOITABLE] = {"exploitable", "urgency", true},
    [IMAGE_ORDER_SCORE] = {"score", "score", true},
    [IMAGE_ORDER_VULNERABILITIES] = {"vulnerability_count", "vulnerabilities", true},
    [IMAGE_ORDER_BUILT] = {"built_at", "built_ms", false},
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

/* How the rows of a page are found. */
enum walk {
    WALK_ORDER, /* along the index of the order, until the page is full */
    WALK_FILTER, /* all that the filters let through, sorted: for few of many */
};

/* One text for each combination of order, direction and filters, so that each walks the index that fits. */
static const char *list_sql(
    struct arena *arena, const struct image_query *query, const struct search *search, enum walk walk)
{
    bool has_cursor = query->page.after.size + query->page.before.size > 0;
    bool is_downward = (orders[query->order].is_downward != query->is_reversed) != (query->page.before.size > 0);
    const char *way = is_downward ? "DESC" : "ASC";
    const char *key = orders[query->order].key;
    const char *plus = walk == WALK_FILTER || is_narrow(query, search) ? "+" : "";
    AUTO_BUFFER sql;
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_append_text(&sql, ROW_SELECT "(SELECT id");
    if (walk == WALK_FILTER)
        buffer_append_text(&sql, " FROM snapshot_images WHERE id IN (SELECT id");
    append_filters(&sql, arena, query, search);
    if (walk == WALK_FILTER)
        buffer_append_byte(&sql, ')');
    if (has_cursor && query->order == IMAGE_ORDER_ADDED)
        buffer_append_format(&sql, " AND %sid %c $19", plus, is_downward ? '<' : '>');
    else if (has_cursor)
        buffer_append_format(&sql, " AND (%s%s, id) %c (%s, $19)", plus, key, is_downward ? '<' : '>',
            query->order == IMAGE_ORDER_REFERENCE ? "$17" : "$18");
    buffer_append_format(&sql, " ORDER BY %s%s %s, id %s LIMIT $2) AS page" ROW_JOINS "ORDER BY s.%s %s, s.id %s", plus,
        key, way, way, key, way, way);
    return arena_text(arena, buffer_view(&sql));
}

static bool has_filters(const struct image_query *query, const struct search *search)
{
    return query->states != 0 || query->integration.text[0] != '\0' || query->images_only || query->platform.size > 0 ||
           query->outcomes != 0 || query->built_before_ms > 0 || query->is_obsolete || query->owners.is_set ||
           query->kinds.severities + query->kinds.fixable + query->kinds.threats > 0 || search->is_text;
}

static const char *count_sql(struct arena *arena, const struct image_query *query, const struct search *search)
{
    AUTO_BUFFER sql;
    buffer_init(&sql, SQL_BYTES_MAX);
    buffer_append_text(&sql, "SELECT count(*)");
    append_filters(&sql, arena, query, search);
    return arena_text(arena, buffer_view(&sql));
}

static struct view row_cursor(struct arena *arena, enum image_order order, const struct found_row *found)
{
    if (order == IMAGE_ORDER_REFERENCE)
        return page_cursor_text(arena, found->id, found->search_text);
    if (order == IMAGE_ORDER_ADDED)
        return page_cursor(arena, found->id);
    return page_cursor_text(arena, found->id, page_cursor(arena, found->sort_keys[order]));
}

struct position {
    int64_t id;
    struct view text;
    int64_t key;
};

static bool parse_cursor(const struct image_query *query, struct position *position, struct error *err)
{
    struct view cursor = query->page.before.size > 0 ? query->page.before : query->page.after;
    bool is_numbered = query->order != IMAGE_ORDER_REFERENCE && query->order != IMAGE_ORDER_ADDED;
    if (!page_check(&query->page, err))
        return false;
    if (cursor.size == 0)
        return true;
    if (!page_parse(cursor, &position->id, &position->text, err))
        return false;
    if ((query->order == IMAGE_ORDER_ADDED) != (position->text.size == 0) ||
        (is_numbered && !view_to_integer(position->text, &position->key)))
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
    const struct sql_value values[VALUE_COUNT] = {[VALUE_ORGANIZATION] = SQL_INTEGER(reader->organization),
        [VALUE_LIMIT] = SQL_INTEGER(query->page.limit + 1),
        [VALUE_CURRENT] = SQL_INTEGER(!query->is_obsolete),
        [VALUE_STATES] = SQL_INTEGER(query->states),
        [VALUE_INTEGRATION] = SQL_WORD(query->integration.text),
        [VALUE_REPOSITORY] = SQL_TEXT(query->repository),
        [VALUE_PLATFORM] = SQL_TEXT(query->platform),
        [VALUE_OWNER] = SQL_WORD(query->owner.text),
        [VALUE_KINDS] = SQL_INTEGER(kinds_mask(query->kinds)),
        [VALUE_BUILT_BEFORE] = SQL_INTEGER(query->built_before_ms),
        [VALUE_TEXT] = SQL_TEXT(search.text),
        [VALUE_DIGEST] = SQL_TEXT(search.digest),
        [VALUE_DIGEST_END] = SQL_TEXT(search.digest_end),
        [VALUE_FOLDED] = SQL_TEXT(search.folded),
        [VALUE_NAME] = SQL_TEXT(search.repository),
        [VALUE_TAG] = SQL_TEXT(search.tag),
        [VALUE_KEY_TEXT] = SQL_TEXT(position->text),
        [VALUE_KEY] = SQL_INTEGER(position->key),
        [VALUE_ID] = SQL_INTEGER(position->id),
        [VALUE_OUTCOMES] = SQL_INTEGER(query->outcomes)};
    bool counts_first = has_filters(query, &search) && query->order != IMAGE_ORDER_REFERENCE;
    const char *count = count_sql(reader->arena, query, &search);
    enum walk walk = WALK_ORDER;
    if (query->is_uncounted)
        counts_first = false;
    if (counts_first) {
        if (!sql_lookup(connection, &list->total, &has_total, err, count, values, VALUE_COUNT))
            return false;
        walk = list->total <= SORTED_ROWS_MAX ? WALK_FILTER : WALK_ORDER;
    }
    if (!sql_query(connection, &rows, err, list_sql(reader->arena, query, &search, walk), values, VALUE_COUNT))
        return false;
    list->items = ARENA_ARRAY(reader->arena, struct image_row, (size_t)query->page.limit + 1);
    for (list->count = 0; rows_next(&rows); list->count++) {
        if (!row_read(reader, &rows, &found, err))
            return false;
        list->items[list->count] = found.row;
        list->items[list->count].cursor = row_cursor(reader->arena, query->order, &found);
    }
    if (!rows_finish(&rows, err))
        return false;
    if (counts_first || query->is_uncounted)
        return true;
    list->total = (int64_t)list->count;
    bool is_whole = query->page.after.size + query->page.before.size == 0 && list->count <= (size_t)query->page.limit;
    return is_whole || sql_lookup(connection, &list->total, &has_total, err, count, values, VALUE_COUNT);
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
