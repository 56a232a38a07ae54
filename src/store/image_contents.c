/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image_contents.h"

#include "store/matching.h"

static bool read_contents(struct contents *contents, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct arena *arena = contents->reader.arena;
    if (!QUERY(contents->reader.transaction->connection, &rows, err,
            "SELECT package_ids, entries, layers FROM inventories JOIN images ON images.id = inventories.image_id "
            "WHERE inventories.image_id = $1",
            SQL_INTEGER(contents->found.image)))
        return false;
    if (!rows_next(&rows))
        return rows_finish(&rows, err);
    row_split_lines(arena, rows_copy(&rows, arena, 2), &contents->layers, &contents->layer_count);
    return packed_read_keys(arena, rows_copy(&rows, arena, 0), &contents->package_ids, &contents->package_count, err) &&
           packed_read_entries(arena, rows_copy(&rows, arena, 1), contents->package_count, &contents->entries,
               &contents->entry_count, err) &&
           rows_finish(&rows, err);
}

bool contents_begin(struct contents *contents, struct transaction *transaction, struct arena *arena,
    int64_t organization, const struct uuid *row, struct error *err)
{
    return row_reader_begin(&contents->reader, transaction, arena, organization, NULL, err) &&
           row_find(&contents->reader, row, &contents->found, err) && read_contents(contents, err);
}

struct view contents_layer(const struct contents *contents, uint32_t layer)
{
    return layer < contents->layer_count ? contents->layers[layer] : view_text("");
}

bool contents_package(const struct contents *contents, size_t position, struct package *package, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(contents->reader.transaction->connection, &rows, err,
            "SELECT " PACKAGE_COLUMNS " FROM packages WHERE id = $1", SQL_INTEGER(contents->package_ids[position])))
        return false;
    if (!rows_next(&rows))
        return rows_finish(&rows, err) && error_set(err, ERROR_CORRUPT, "a package of the inventory is not stored");
    return package_read(&rows, 0, contents->reader.arena, package, err) && rows_finish(&rows, err);
}

bool text_has(struct view text, struct view searched)
{
    for (size_t i = 0; i + searched.size <= text.size; i++) {
        if (view_equal_ignoring_case(view_slice(text, i, searched.size), searched))
            return true;
    }
    return false;
}

bool page_cut(const struct page_request *page, size_t count, struct list_place place, size_t *start, size_t *size)
{
    size_t limit = (size_t)page->limit;
    if (page->before.size > 0) {
        *size = place.from < limit ? place.from : limit;
        *start = place.from - *size;
        return *start > 0;
    }
    *start = page->after.size > 0 ? place.after : 0;
    *size = count - *start < limit ? count - *start : limit;
    return *start + *size < count;
}

bool search_check(struct view search, struct error *err)
{
    return search.size <= SEARCH_BYTES_MAX ||
           error_set(err, ERROR_LIMIT, "a search has at most %d bytes", SEARCH_BYTES_MAX);
}
