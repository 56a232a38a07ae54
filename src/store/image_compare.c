/* SPDX-License-Identifier: Apache-2.0 */
/* Two images side by side, and the images that a tag named one after the other. */
#include "base/map.h"
#include "store/image_contents.h"
#include "store/page.h"

#include <stdlib.h>

static const char *const change_names[IMAGE_CHANGE_COUNT] = {"new", "fixed", "unchanged"};

const char *image_change_name(enum image_change change)
{
    return change_names[change];
}

/* The rows by "vulnerability, type and name of the package". */
struct comparison {
    struct arena *arena;
    struct map changes;
};

static bool has_item(struct view list, struct view item)
{
    while (list.size > 0) {
        if (view_equal(view_trim(view_cut(&list, ',')), item))
            return true;
    }
    return false;
}

static void add_version(struct arena *arena, struct view *versions, struct view version)
{
    if (versions->size == 0)
        *versions = version;
    else if (!has_item(*versions, version))
        *versions = arena_format(arena, "%.*s, %.*s", VIEW_PRINT(*versions), VIEW_PRINT(version));
}

static struct change_row *change_of(
    struct comparison *comparison, const struct finding_brief *brief, const struct package *package)
{
    struct view key = arena_format(comparison->arena, "%.*s\n%d\n%.*s", VIEW_PRINT(brief->vulnerability),
        (int)package->type, VIEW_PRINT(package->name));
    struct map_entry *entry = map_entry(&comparison->changes, key);
    if (entry->value == NULL) {
        struct change_row *change = ARENA_NEW(comparison->arena, struct change_row);
        *change =
            (struct change_row){.vulnerability = brief->vulnerability, .type = package->type, .package = package->name};
        entry->value = change;
    }
    return entry->value;
}

/* By the lowest layer that records the package. */
static bool is_below(const struct contents *contents, size_t position, size_t layers)
{
    for (size_t i = 0; i < contents->entry_count; i++) {
        if (contents->entries[i].package == position && contents->entries[i].layer < layers)
            return true;
    }
    return false;
}

/* The findings of one of the two images, of its lowest layers if `layers` is not 0. The later one is added last: what it says of a
   finding counts. */
static bool add_image(
    struct comparison *comparison, struct contents *contents, size_t layers, bool is_after, struct error *err)
{
    struct finding_brief *briefs = NULL;
    size_t count = 0;
    struct package package = {0};
    if (contents->found.row.state != IMAGE_SCANNED)
        return error_set(
            err, ERROR_CONFLICT, "image \"%.*s\" has not been scanned yet", VIEW_PRINT(contents->found.row.reference));
    if (!contents_briefs(contents, &briefs, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (layers > 0 && !is_below(contents, briefs[i].position, layers))
            continue;
        /* Findings come package by package. */
        if ((i == 0 || briefs[i].position != briefs[i - 1].position) &&
            !contents_package(contents, briefs[i].position, &package, err))
            return false;
        struct change_row *change = change_of(comparison, &briefs[i], &package);
        bool is_first = (is_after ? change->after : change->before).size == 0;
        add_version(comparison->arena, is_after ? &change->after : &change->before, package.version);
        if (is_first) {
            change->severity = briefs[i].severity;
            change->is_fixable = briefs[i].is_fixable;
        } else {
            change->severity = briefs[i].severity > change->severity ? briefs[i].severity : change->severity;
            change->is_fixable |= briefs[i].is_fixable;
        }
    }
    return true;
}

static int compare_changes(const void *a, const void *b)
{
    const struct change_row *left = a;
    const struct change_row *right = b;
    if (left->change != right->change)
        return left->change < right->change ? -1 : 1;
    if (left->severity != right->severity)
        return left->severity > right->severity ? -1 : 1;
    int order = view_compare(left->vulnerability, right->vulnerability);
    if (order == 0)
        order = view_compare(left->package, right->package);
    return order != 0 ? order : (left->type > right->type) - (left->type < right->type);
}

/* The row that the tag had before on the same platform; empty if there was none. */
static bool find_earlier(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *after, struct uuid *before, struct error *err)
{
    AUTO_ROWS rows = {0};
    before->text[0] = '\0';
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT other.uuid FROM snapshot_images AS this JOIN snapshots AS mine ON mine.id = this.snapshot_id "
            "JOIN snapshots ON snapshots.project_id = mine.project_id JOIN snapshot_images AS other "
            "ON other.snapshot_id = snapshots.id AND other.platform = this.platform AND other.state = 1 "
            "WHERE this.organization_id = $1 AND this.uuid = $2 AND other.id < this.id ORDER BY other.id DESC LIMIT 1",
            SQL_INTEGER(organization), SQL_WORD(after->text)))
        return false;
    if (rows_next(&rows))
        uuid_parse(rows_copy(&rows, arena, 0), before);
    return rows_finish(&rows, err);
}

static void list_changes(const struct comparison *comparison, struct change_row **items, size_t *count)
{
    size_t all = comparison->changes.count;
    struct change_row *rows = ARENA_ARRAY(comparison->arena, struct change_row, all);
    for (size_t i = 0; i < all; i++) {
        rows[i] = *(const struct change_row *)comparison->changes.entries[i].value;
        bool was_there = rows[i].before.size > 0;
        bool is_there = rows[i].after.size > 0;
        rows[i].change = was_there && is_there ? IMAGE_CHANGE_NONE : is_there ? IMAGE_CHANGE_NEW : IMAGE_CHANGE_FIXED;
    }
    if (all > 0)
        qsort(rows, all, sizeof(*rows), compare_changes);
    *items = rows;
    *count = all;
}

bool contents_compare(struct contents *before, size_t layers, struct contents *after, struct change_row **items,
    size_t *count, struct error *err)
{
    struct comparison comparison = {.arena = after->reader.arena};
    map_init(&comparison.changes, comparison.arena);
    if ((before != NULL && !add_image(&comparison, before, layers, false, err)) ||
        !add_image(&comparison, after, 0, true, err))
        return false;
    list_changes(&comparison, items, count);
    return true;
}

static bool compare(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *before, const struct uuid *after, struct change_row **items, size_t *count, struct error *err)
{
    struct uuid earlier = {{0}};
    struct contents old = {0};
    struct contents new = {0};
    if (before != NULL)
        earlier = *before;
    else if (!find_earlier(transaction, arena, organization, after, &earlier, err))
        return false;
    bool has_earlier = earlier.text[0] != '\0';
    return (!has_earlier || contents_begin(&old, transaction, arena, organization, &earlier, err)) &&
           contents_begin(&new, transaction, arena, organization, after, err) &&
           contents_compare(has_earlier ? &old : NULL, 0, &new, items, count, err);
}

bool store_compare_images(struct store *store, struct arena *arena, int64_t organization, const struct uuid *before,
    const struct uuid *after, struct change_row **items, size_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(
               &transaction, compare(&transaction, arena, organization, before, after, items, count, err), err);
}

static const char *history_sql(struct arena *arena, const struct key_page *key_page)
{
    return arena_format(arena,
        ROW_SELECT
        "(SELECT other.id FROM snapshot_images AS this JOIN snapshots AS mine ON mine.id = this.snapshot_id "
        "JOIN snapshots ON snapshots.project_id = mine.project_id "
        "JOIN snapshot_images AS other ON other.snapshot_id = snapshots.id AND other.platform = this.platform "
        "WHERE this.id = $1 AND other.id %c $2 ORDER BY other.id %s LIMIT $3) AS page" ROW_JOINS "ORDER BY s.id %s",
        key_page->is_downward ? '<' : '>', key_page->is_downward ? "DESC" : "ASC",
        key_page->is_downward ? "DESC" : "ASC")
        .data;
}

static bool list_history(const struct row_reader *reader, const struct uuid *uuid, const struct key_page *key_page,
    struct image_row *items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct found_row found;
    if (!row_find(reader, uuid, &found, err) ||
        !QUERY(reader->transaction->connection, &rows, err, history_sql(reader->arena, key_page), SQL_INTEGER(found.id),
            SQL_INTEGER(key_page->from), SQL_INTEGER(key_page->limit)))
        return false;
    for (*count = 0; rows_next(&rows); (*count)++) {
        if (!row_read(reader, &rows, &found, err))
            return false;
        items[*count] = found.row;
        items[*count].cursor = page_cursor(reader->arena, found.id);
    }
    return rows_finish(&rows, err);
}

bool store_list_image_history(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    const struct page_request *page, struct image_row **rows, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct row_reader reader;
    struct key_page key_page;
    if (!page_begin(page, true, &key_page, err) || !transaction_read(store, &transaction, err))
        return false;
    struct image_row *items = ARENA_ARRAY(arena, struct image_row, (size_t)key_page.limit);
    if (!transaction_end(&transaction,
            row_reader_begin(&reader, &transaction, arena, organization, NULL, err) &&
                list_history(&reader, row, &key_page, items, count, err),
            err))
        return false;
    page_finish(items, sizeof(*items), count, page->limit, key_page.is_reversed, has_more);
    *rows = items;
    return true;
}
