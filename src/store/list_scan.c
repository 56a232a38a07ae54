/* SPDX-License-Identifier: Apache-2.0 */
#include "store/list_scan.h"

#include "base/pack.h"
#include "store/list_cache.h"

#include <limits.h>
#include <stdlib.h>

/* A packed row has the keys of LIST_CHUNK neighbouring rows, each KEY_BYTES long, all 0 where there is none. Texts are the platform
   and the reference of each, one behind the other, after the sizes of all of them, 2 bytes each. */
enum {
    LIST_CHUNK = 64,
    KEY_IMAGE_AT = 0,
    KEY_INTEGRATION_AT = 4,
    KEY_REPOSITORY_AT = 8,
    KEY_BUILT_AT = 12,
    KEY_FLAGS_AT = 20,
    KEY_VERDICT_AT = 21,
    KEY_BYTES = 22,
    KEYS_BYTES = LIST_CHUNK * KEY_BYTES,
    FLAG_THERE = 1,
    FLAG_CURRENT = 2,
    FLAG_IMAGE = 4,
    STATE_SHIFT = 3,
    SIZE_BYTES = 2,
    SIZE_MAX_OF_TEXT = UINT16_MAX,
    SIZES_BYTES = LIST_CHUNK * 2 * SIZE_BYTES,
    TEXTS_BYTES_MAX = SIZES_BYTES + LIST_CHUNK * 2 * SIZE_MAX_OF_TEXT,
};

#define ORGANIZATION_SHIFT 32
#define CHUNKS_MAX (INT64_C(1) << ORGANIZATION_SHIFT)

static bool damaged(struct error *err)
{
    return error_set(err, ERROR_CORRUPT, "stored keys of lists are damaged");
}

/* Keys are far from this many; the packed form has room for no more. */
static bool is_small(const struct rows *rows, int column)
{
    int64_t key = rows_integer(rows, column);
    return key >= 0 && key <= UINT32_MAX;
}

/* Fills in the row that a query of packed_rows_sql is at. */
static bool pack_row(const struct rows *rows, char keys[KEYS_BYTES], int at, struct error *err)
{
    AUTO_BUFFER buffer;
    buffer_init(&buffer, KEY_BYTES);
    if (!is_small(rows, 1) || !is_small(rows, 2) || !is_small(rows, 3))
        return error_set(err, ERROR_LIMIT, "the store has had more than %u images, repositories or integrations",
            (unsigned)UINT32_MAX);
    unsigned flags = FLAG_THERE | (rows_boolean(rows, 5) ? FLAG_CURRENT : 0u) |
                     (rows_boolean(rows, 6) ? FLAG_IMAGE : 0u) | (unsigned)rows_integer(rows, 7) << STATE_SHIFT;
    buffer_append_u32(&buffer, (uint32_t)rows_integer(rows, 1));
    buffer_append_u32(&buffer, (uint32_t)rows_integer(rows, 2));
    buffer_append_u32(&buffer, (uint32_t)rows_integer(rows, 3));
    buffer_append_u64(&buffer, (uint64_t)rows_integer(rows, 4));
    buffer_append_byte(&buffer, (char)flags);
    buffer_append_byte(&buffer, (char)rows_integer(rows, 8));
    memcpy(keys + (size_t)at * KEY_BYTES, buffer_view(&buffer).data, KEY_BYTES);
    return true;
}

#define ROWS_OF_CHUNK                                                                                                   \
    "SELECT id, coalesce(image_id, 0), integration_id, repository_id, built_ms, is_current, is_image, state, verdict, " \
    "platform, search_text FROM snapshot_images WHERE id BETWEEN $1 AND $2 AND organization_id = $3 ORDER BY id"

static int64_t first_of(int64_t chunk)
{
    return chunk % CHUNKS_MAX * LIST_CHUNK;
}

static bool add_text(struct buffer *texts, char *size, struct view text, struct error *err)
{
    if (text.size > SIZE_MAX_OF_TEXT)
        return error_set(err, ERROR_LIMIT, "a reference or platform has more than %d bytes", SIZE_MAX_OF_TEXT);
    size[0] = (char)text.size;
    size[1] = (char)(text.size >> CHAR_BIT);
    buffer_append(texts, text);
    return true;
}

/* From the rows themselves; `*count` of them are there. */
static bool pack_chunk(struct transaction *transaction, int64_t chunk, char keys[KEYS_BYTES], struct buffer *texts,
    size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    int64_t first = first_of(chunk);
    char sizes[SIZES_BYTES] = {0};
    memset(keys, 0, KEYS_BYTES);
    *count = 0;
    buffer_append(texts, view_of(sizes, sizeof(sizes)));
    if (!QUERY(transaction->connection, &rows, err, ROWS_OF_CHUNK, SQL_INTEGER(first),
            SQL_INTEGER(first + LIST_CHUNK - 1), SQL_INTEGER(chunk >> ORGANIZATION_SHIFT)))
        return false;
    for (; rows_next(&rows); ++*count) {
        int at = (int)(rows_integer(&rows, 0) - first);
        char *size = sizes + at * 2 * SIZE_BYTES;
        if (!pack_row(&rows, keys, at, err) || !add_text(texts, size, rows_view(&rows, 9), err) ||
            !add_text(texts, size + SIZE_BYTES, rows_view(&rows, 10), err))
            return false;
    }
    if (!rows_finish(&rows, err) || !buffer_check(texts, "texts of a list", err))
        return false;
    memcpy(texts->data, sizes, sizeof(sizes));
    return true;
}

static bool refresh_chunk(struct transaction *transaction, int64_t chunk, struct error *err)
{
    char keys[KEYS_BYTES];
    size_t count = 0;
    AUTO_BUFFER texts;
    buffer_init(&texts, TEXTS_BYTES_MAX);
    if (!pack_chunk(transaction, chunk, keys, &texts, &count, err))
        return false;
    struct view packed_keys = view_of(keys, count == 0 ? 0 : sizeof(keys));
    struct view packed_texts = count == 0 ? view_text("") : buffer_view(&texts);
    return RUN(transaction->connection, err,
               "UPDATE list_keys SET keys = $2, version = (SELECT max(version) + 1 FROM list_keys) WHERE id = $1",
               SQL_INTEGER(chunk), SQL_BYTES(packed_keys)) &&
           RUN(transaction->connection, err, "UPDATE list_texts SET texts = $2 WHERE id = $1 AND texts IS NULL",
               SQL_INTEGER(chunk), SQL_BYTES(packed_texts));
}

bool list_refresh(struct transaction *transaction, struct error *err)
{
    bool found = true;
    for (int64_t chunk = 0; found;) {
        if (!LOOKUP(transaction->connection, &chunk, &found, err,
                "SELECT id FROM list_keys WHERE keys IS NULL UNION ALL SELECT id FROM list_texts WHERE texts IS NULL LIMIT 1",
                SQL_NONE) ||
            (found && !refresh_chunk(transaction, chunk, err)))
            return false;
    }
    return true;
}

static bool query_chunks(struct list_scan *scan, int64_t from, int64_t to, struct error *err)
{
    rows_done(&scan->rows);
    return QUERY(scan->transaction->connection, &scan->rows, err,
        scan->wish.has_texts
            ? "SELECT list_keys.id, keys, texts FROM list_keys JOIN list_texts ON list_texts.id = list_keys.id "
              "WHERE list_keys.id BETWEEN $1 AND $2 ORDER BY list_keys.id"
            : "SELECT id, keys, x'' FROM list_keys WHERE id BETWEEN $1 AND $2 ORDER BY id",
        SQL_INTEGER(from), SQL_INTEGER(to));
}

static bool read_owned(struct list_scan *scan, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct {
        int64_t *items;
        size_t count, capacity;
    } list = {0};
    struct view owned = owner_filter_sql(scan->arena, scan->wish.owners, "id");
    const char *sql =
        arena_format(scan->arena, "SELECT id FROM repositories WHERE true%.*s ORDER BY id", VIEW_PRINT(owned)).data;
    if (!QUERY(scan->transaction->connection, &rows, err, sql, SQL_NONE))
        return false;
    while (rows_next(&rows))
        *(int64_t *)ARENA_PUSH(scan->arena, &list) = rows_integer(&rows, 0);
    scan->repositories = list.items;
    scan->repository_count = list.count;
    return rows_finish(&rows, err);
}

bool list_scan_begin(struct list_scan *scan, struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct list_wish *wish, struct error *err)
{
    int64_t first = organization << ORGANIZATION_SHIFT;
    int64_t last = first + CHUNKS_MAX - 1;
    *scan = (struct list_scan){.transaction = transaction,
        .arena = arena,
        .organization = organization,
        .wish = *wish,
        .has_owners = wish->owners != NULL && wish->owners->is_set,
        .at = LIST_CHUNK};
    if ((scan->has_owners && !read_owned(scan, err)) || !image_keys_begin(&scan->images, transaction, arena, err))
        return false;
    if (wish->has_ids)
        return true;
    return (wish->has_no_keys || image_keys_load(&scan->images, err)) &&
           list_cache_rows(transaction, organization, first, last, &scan->copy, err) &&
           (scan->copy != NULL || query_chunks(scan, first, last, err));
}

static bool fail(struct list_scan *scan)
{
    scan->has_failed = true;
    rows_done(&scan->rows);
    return false;
}

/* The packed row is read: the next wanted id is behind it. */
static void pass_ids(struct list_scan *scan)
{
    while (scan->next_id < scan->wish.id_count && scan->wish.ids[scan->next_id] < scan->first + LIST_CHUNK)
        scan->next_id++;
}

/* An empty one is what deleted rows leave. */
static bool look_into(struct list_scan *scan, int64_t chunk, struct view keys, struct view texts)
{
    scan->first = first_of(chunk);
    scan->at = keys.size == 0 ? LIST_CHUNK : 0;
    scan->keys = keys;
    scan->texts = texts;
    scan->text_at = SIZES_BYTES;
    if (keys.size == 0)
        pass_ids(scan);
    if (keys.size == 0 || (keys.size == KEYS_BYTES && (!scan->wish.has_texts || texts.size >= SIZES_BYTES)))
        return true;
    (void)damaged(&scan->error);
    return fail(scan);
}

/* Rows that were changed and not packed again: no commit of this program leaves any. */
static bool read_changed_chunk(struct list_scan *scan, int64_t chunk)
{
    size_t count = 0;
    char *keys = arena_alloc(scan->arena, KEYS_BYTES);
    AUTO_BUFFER texts;
    buffer_init(&texts, TEXTS_BYTES_MAX);
    if (!pack_chunk(scan->transaction, chunk, keys, &texts, &count, &scan->error))
        return false;
    return look_into(scan, chunk, view_of(keys, KEYS_BYTES), arena_copy(scan->arena, buffer_view(&texts)));
}

/* The packed row with the next of the wanted ids; other organizations' are passed over. False at the end and on failure. */
static bool find_chunk(struct list_scan *scan)
{
    for (; scan->next_id < scan->wish.id_count; scan->next_id++) {
        int64_t chunk = (scan->organization << ORGANIZATION_SHIFT) + scan->wish.ids[scan->next_id] / LIST_CHUNK;
        if (!query_chunks(scan, chunk, chunk, &scan->error))
            return fail(scan);
        if (rows_next(&scan->rows))
            return true;
        if (!rows_finish(&scan->rows, &scan->error))
            return fail(scan);
    }
    return false;
}

static bool turn_kept(struct list_scan *scan)
{
    struct view needle = scan->wish.needle;
    const struct list_chunk *chunk = NULL;
    do {
        if (scan->next_chunk == scan->copy->count)
            return false;
        chunk = scan->copy->chunks[scan->next_chunk++];
    } while (needle.size > 0 && view_find_text(chunk->texts, needle) == chunk->texts.size);
    return look_into(scan, chunk->id, chunk->keys, chunk->texts);
}

static bool turn(struct list_scan *scan)
{
    if (scan->copy != NULL)
        return turn_kept(scan);
    if (scan->wish.has_ids && !find_chunk(scan))
        return false;
    if (!scan->wish.has_ids && !rows_next(&scan->rows))
        return rows_finish(&scan->rows, &scan->error) ? false : fail(scan);
    int64_t chunk = rows_integer(&scan->rows, 0);
    if (!rows_is_null(&scan->rows, 1) && !rows_is_null(&scan->rows, 2))
        return look_into(scan, chunk, rows_view(&scan->rows, 1), rows_view(&scan->rows, 2));
    return read_changed_chunk(scan, chunk) || fail(scan);
}

static bool is_wished(struct list_scan *scan, int64_t id, unsigned flags)
{
    while (scan->wish.has_ids && scan->next_id < scan->wish.id_count && scan->wish.ids[scan->next_id] < id)
        scan->next_id++;
    return (flags & FLAG_THERE) != 0 && ((flags & FLAG_CURRENT) == 0) == scan->wish.is_obsolete &&
           (!scan->wish.has_ids || (scan->next_id < scan->wish.id_count && scan->wish.ids[scan->next_id] == id));
}

static bool read_entry(struct list_scan *scan, int at, struct list_entry *entry)
{
    const char *key = scan->keys.data + at * KEY_BYTES;
    unsigned flags = (unsigned char)key[KEY_FLAGS_AT];
    entry->id = scan->first + at;
    entry->image = read_u32(key + KEY_IMAGE_AT);
    entry->integration = read_u32(key + KEY_INTEGRATION_AT);
    entry->repository = read_u32(key + KEY_REPOSITORY_AT);
    entry->built_ms = (int64_t)read_u64(key + KEY_BUILT_AT);
    entry->state = (enum image_state)(flags >> STATE_SHIFT);
    entry->is_image = (flags & FLAG_IMAGE) != 0;
    entry->verdict = (enum evaluation_outcome)key[KEY_VERDICT_AT];
    return scan->wish.has_no_keys || image_keys_find(&scan->images, entry->image, &entry->key, &scan->error) ||
           fail(scan);
}

static int compare_keys(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static bool is_owned(const struct list_scan *scan, int at)
{
    int64_t repository = read_u32(scan->keys.data + at * KEY_BYTES + KEY_REPOSITORY_AT);
    return !scan->has_owners ||
           (scan->repository_count > 0 && bsearch(&repository, scan->repositories, scan->repository_count,
                                              sizeof(repository), compare_keys) != NULL);
}

static bool take_text(struct list_scan *scan, int number, struct view *text)
{
    size_t size = read_u16(scan->texts.data + number * SIZE_BYTES);
    if (size > scan->texts.size - scan->text_at)
        return false;
    *text = view_of(scan->texts.data + scan->text_at, size);
    scan->text_at += size;
    return true;
}

bool list_scan_next(struct list_scan *scan, struct list_entry *entry)
{
    while (!scan->has_failed) {
        if (scan->at == LIST_CHUNK) {
            if (!turn(scan))
                return false;
            continue;
        }
        int at = scan->at++;
        if (scan->wish.has_texts &&
            !(take_text(scan, 2 * at, &entry->platform) && take_text(scan, 2 * at + 1, &entry->text))) {
            (void)damaged(&scan->error);
            return fail(scan);
        }
        unsigned flags = (unsigned char)scan->keys.data[at * KEY_BYTES + KEY_FLAGS_AT];
        bool is_wanted = is_wished(scan, scan->first + at, flags);
        if (scan->at == LIST_CHUNK)
            pass_ids(scan);
        if (is_wanted && is_owned(scan, at))
            return read_entry(scan, at, entry);
    }
    return false;
}

bool list_scan_finish(struct list_scan *scan, struct error *err)
{
    list_scan_done(scan);
    if (scan->has_failed)
        *err = scan->error;
    return !scan->has_failed;
}

void list_scan_done(struct list_scan *scan)
{
    rows_done(&scan->rows);
    image_keys_done(&scan->images);
    list_copy_release(scan->copy);
    scan->copy = NULL;
}
