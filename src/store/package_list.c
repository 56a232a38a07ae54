/* SPDX-License-Identifier: Apache-2.0 */
/* The packages of one image, by name or with the most dangerous first. */
#include "store/image_contents.h"
#include "store/image_layers.h"
#include "store/matching.h"
#include "store/page.h"

#include <assert.h>
#include <stdlib.h>

/* A row before its page is known. */
struct placed {
    struct package_row row;
    size_t entry; /* position in the inventory */
};

struct placed_list {
    struct placed *items;
    size_t count;
    size_t capacity;
};

/* Counts of a package's findings: each vulnerability once. */
static bool count_findings(struct contents *contents, struct placed *placed, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct package_row *row = &placed->row;
    if (!QUERY(contents->reader.transaction->connection, &rows, err,
            "SELECT severity, fix_state = 1, " THREAT_COLUMN ", count(*) FROM package_findings "
            "JOIN vulnerabilities ON vulnerabilities.id = vulnerability_id WHERE package_id = $1 GROUP BY 1, 2, 3",
            SQL_INTEGER(contents->package_ids[contents->entries[placed->entry].package])))
        return false;
    while (rows_next(&rows)) {
        enum severity severity = (enum severity)rows_integer(&rows, 0);
        int kind = kind_of(severity, rows_boolean(&rows, 1), (enum threat)rows_integer(&rows, 2));
        row->tally.kinds[kind] += rows_integer(&rows, 3);
        row->findings += rows_integer(&rows, 3);
        if (severity > row->worst)
            row->worst = severity;
    }
    return rows_finish(&rows, err);
}

static bool is_wanted(const struct package_query *query, const struct package_row *row)
{
    bool is_found = query->search.size == 0 || text_has(row->package.name, query->search) ||
                    text_has(row->package.source_name, query->search) || text_has(row->path, query->search);
    return is_found && (query->layers == LAYERS_ALL || row->is_base == (query->layers == LAYERS_BASE)) &&
           (query->type.size == 0 || view_is(query->type, package_type_name(row->package.type)));
}

static bool has_kinds(struct kind_filter kinds)
{
    return kinds.severities + kinds.fixable + kinds.threats > 0;
}

/* Findings are counted here only if they decide what is shown and where. */
static bool choose_packages(
    struct contents *contents, const struct package_query *query, struct placed_list *list, struct error *err)
{
    struct image_layers layers;
    bool counts = query->is_by_danger || has_kinds(query->kinds);
    if (!image_layers_read(&contents->reader, contents->found.image, &layers, err))
        return false;
    for (size_t i = 0; i < contents->entry_count; i++) {
        const struct packed_entry *entry = &contents->entries[i];
        struct placed placed = {.entry = i,
            .row = {.path = entry->path,
                .owner = entry->owner,
                .analyzer = entry->analyzer,
                .licenses = entry->licenses,
                .commit = entry->commit,
                .is_third_party = entry->is_third_party,
                .is_development = entry->is_development,
                .layer_index = entry->layer,
                .is_base = entry->layer < layers.base_layers}};
        if (!contents_package(contents, entry->package, &placed.row.package, err))
            return false;
        if (!is_wanted(query, &placed.row))
            continue;
        if (counts && !count_findings(contents, &placed, err))
            return false;
        if (has_kinds(query->kinds) && tally_count(&placed.row.tally, query->kinds) == 0)
            continue;
        *(struct placed *)ARENA_PUSH(contents->reader.arena, list) = placed;
    }
    return true;
}

/* Most critical findings first, then most high ones, and so on; packages that have the same are in the order of the inventory. */
static int compare_danger(const void *a, const void *b)
{
    const struct placed *left = a;
    const struct placed *right = b;
    if (left->row.danger != right->row.danger)
        return left->row.danger > right->row.danger ? -1 : 1;
    return (left->entry > right->entry) - (left->entry < right->entry);
}

/* Stored entries are in the order of type, name, version, arch and path. A cursor is the position in the inventory from 1, and for
   a list by danger what the row was sorted by. */
static bool parse_cursor(const struct package_query *query, struct placed *cursor, struct error *err)
{
    struct view text = {NULL, 0};
    struct view at = query->page.before.size > 0 ? query->page.before : query->page.after;
    int64_t position = 0;
    if (at.size == 0)
        return true;
    if (!page_parse(at, &position, &text, err))
        return false;
    if (position < 1 || query->is_by_danger == (text.size == 0) ||
        (query->is_by_danger && !view_to_integer(text, &cursor->row.danger)))
        return error_set(err, ERROR_INVALID, "the cursor is of a list in another order: start again without one");
    cursor->entry = (size_t)position - 1;
    return true;
}

static bool finish_row(
    struct contents *contents, const struct package_query *query, struct placed *placed, struct error *err)
{
    struct arena *arena = contents->reader.arena;
    struct package_row *row = &placed->row;
    int64_t position = (int64_t)placed->entry + 1;
    row->cursor = page_cursor(arena, position);
    if (query->is_by_danger)
        row->cursor = page_cursor_text(arena, position, page_cursor(arena, row->danger));
    row->purl =
        package_purl(arena, &row->package, contents->found.distribution_id, contents->found.distribution_version);
    return query->is_by_danger || has_kinds(query->kinds) || count_findings(contents, placed, err);
}

struct package_page {
    struct package_row *items;
    size_t count;
    size_t total;
    bool has_more;
};

static bool list_packages(
    struct contents *contents, const struct package_query *query, struct package_page *page, struct error *err)
{
    struct placed cursor = {.entry = 0};
    struct placed_list list = {0};
    struct list_place place = {0};
    size_t start = 0;
    bool has_cursor = query->page.before.size + query->page.after.size > 0;
    if (!page_check(&query->page, err) || !parse_cursor(query, &cursor, err) ||
        !choose_packages(contents, query, &list, err))
        return false;
    for (size_t i = 0; i < list.count && query->is_by_danger; i++)
        list.items[i].row.danger = tally_rank(&list.items[i].row.tally);
    if (query->is_by_danger && list.count > 0)
        qsort(list.items, list.count, sizeof(list.items[0]), compare_danger);
    for (size_t i = 0; has_cursor && i < list.count; i++) {
        int order = compare_danger(&list.items[i], &cursor);
        place.after += order <= 0;
        place.from += order < 0;
    }
    page->total = list.count;
    page->has_more = page_cut(&query->page, list.count, place, &start, &page->count);
    page->items = ARENA_ARRAY(contents->reader.arena, struct package_row, page->count);
    for (size_t i = 0; i < page->count; i++) {
        assert(list.items != NULL);
        if (!finish_row(contents, query, &list.items[start + i], err))
            return false;
        page->items[i] = list.items[start + i].row;
    }
    return true;
}

bool store_list_packages(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    const struct package_query *query, struct package_row **items, size_t *count, size_t *total, bool *has_more,
    struct error *err)
{
    struct transaction transaction;
    struct contents contents = {0};
    struct package_page made = {0};
    if (!search_check(query->search, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            contents_begin(&contents, &transaction, arena, organization, row, err) &&
                list_packages(&contents, query, &made, err),
            err))
        return false;
    *items = made.items;
    *count = made.count;
    *total = made.total;
    *has_more = made.has_more;
    return true;
}
