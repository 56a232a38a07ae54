/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stored_image.h"

#include "store/image_configs.h"
#include "store/image_rows.h"
#include "store/packed.h"

#include <stdlib.h>
#include <string.h>

/* A package with its findings, as every image has them. */
struct package_with_findings {
    struct package package;
    struct finding *items;
    size_t count;
    size_t capacity;
    bool is_found;
};

void image_reader_begin(struct image_reader *reader, struct transaction *transaction, struct arena *arena)
{
    *reader = (struct image_reader){.transaction = transaction, .arena = arena};
    map_init(&reader->packages, arena);
}

void image_reader_want_id(struct image_reader *reader, struct view id)
{
    *(struct view *)ARENA_PUSH(reader->arena, &reader->wanted_ids) = id;
}

static bool names_wanted_id(const struct image_reader *reader, struct view detail)
{
    for (size_t i = 0; i < reader->wanted_ids.count; i++) {
        struct view id = reader->wanted_ids.items[i];
        for (size_t k = 0; k + id.size <= detail.size; k++) {
            if (view_equal_ignoring_case(view_slice(detail, k, id.size), id))
                return true;
        }
    }
    return false;
}

/* Most findings have no alias that anybody asks for: their details are not parsed. */
static bool read_aliases(
    const struct image_reader *reader, struct view detail, struct finding *finding, struct error *err)
{
    struct finding whole = {0};
    if (!reader->wants_aliases && !names_wanted_id(reader, detail))
        return true;
    if (!finding_read_detail(reader->arena, detail, &whole, err))
        return false;
    finding->aliases = whole.aliases;
    finding->alias_count = whole.alias_count;
    return true;
}

/* So many packages are asked for at once: each statement has a price of its own. */
enum { BATCH_PACKAGES = 32 };
#define BATCH_KEYS                                                                                                     \
    "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, "      \
    "$24, $25, $26, $27, $28, $29, $30, $31, $32)"

static struct package_with_findings *package_of_row(const struct image_reader *reader, const struct rows *rows)
{
    int64_t key = rows_integer(rows, 0);
    return map_get(&reader->packages, view_of(&key, sizeof(key)));
}

static bool read_packages(struct image_reader *reader, const struct sql_value *keys, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!sql_query(reader->transaction->connection, &rows, err,
            "SELECT id, " PACKAGE_COLUMNS " FROM packages WHERE id IN " BATCH_KEYS, keys, BATCH_PACKAGES))
        return false;
    while (rows_next(&rows)) {
        struct package_with_findings *stored = package_of_row(reader, &rows);
        if (!package_read(&rows, 1, reader->arena, &stored->package, err))
            return false;
        stored->is_found = true;
    }
    return rows_finish(&rows, err);
}

static bool read_findings(struct image_reader *reader, const struct sql_value *keys, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!sql_query(reader->transaction->connection, &rows, err,
            "SELECT package_id, name, severity, fix_state, detail, ratings, " FACTS_COLUMNS " FROM package_findings "
            "JOIN vulnerabilities ON vulnerabilities.id = vulnerability_id WHERE package_id IN " BATCH_KEYS,
            keys, BATCH_PACKAGES))
        return false;
    while (rows_next(&rows)) {
        struct package_with_findings *stored = package_of_row(reader, &rows);
        struct finding *finding = ARENA_PUSH(reader->arena, stored);
        finding->id = rows_copy(&rows, reader->arena, 1);
        finding->severity = (enum severity)rows_integer(&rows, 2);
        finding->fix_state = (enum fix_state)rows_integer(&rows, 3);
        finding->facts = facts_read(&rows, 6, reader->arena);
        if (!read_aliases(reader, rows_view(&rows, 4), finding, err) ||
            !ratings_read(reader->arena, rows_view(&rows, 5), &finding->ratings, &finding->rating_count, err))
            return false;
    }
    return rows_finish(&rows, err);
}

static int compare_findings(const void *a, const void *b)
{
    return view_compare(((const struct finding *)a)->id, ((const struct finding *)b)->id);
}

/* Keys that wait until they are enough to be asked for. */
struct batch {
    int64_t keys[BATCH_PACKAGES];
    size_t count;
    bool (*read)(struct image_reader *reader, const struct sql_value *keys, struct error *err);
};

static bool batch_end(struct image_reader *reader, struct batch *batch, struct error *err)
{
    struct sql_value values[BATCH_PACKAGES];
    if (batch->count == 0)
        return true;
    for (size_t i = 0; i < BATCH_PACKAGES; i++)
        values[i] = SQL_INTEGER(batch->keys[i < batch->count ? i : batch->count - 1]);
    batch->count = 0;
    return batch->read(reader, values, err);
}

static bool batch_add(struct image_reader *reader, struct batch *batch, int64_t key, struct error *err)
{
    batch->keys[batch->count++] = key;
    return batch->count < BATCH_PACKAGES || batch_end(reader, batch, err);
}

/* Reads those of the packages that no image before had. */
static bool read_missing(struct image_reader *reader, const int64_t *keys, size_t count, struct error *err)
{
    struct batch findings = {.read = read_findings}, packages = {.read = read_packages};
    size_t first = reader->packages.count;
    for (size_t i = 0; i < count; i++) {
        struct view key = view_of(&keys[i], sizeof(keys[i]));
        if (map_get(&reader->packages, key) != NULL)
            continue;
        map_set(
            &reader->packages, arena_copy(reader->arena, key), ARENA_NEW(reader->arena, struct package_with_findings));
        if (!batch_add(reader, &findings, keys[i], err))
            return false;
    }
    if (!batch_end(reader, &findings, err))
        return false;
    for (size_t i = first; i < reader->packages.count; i++) {
        struct package_with_findings *stored = reader->packages.entries[i].value;
        int64_t key;
        memcpy(&key, reader->packages.entries[i].key.data, sizeof(key));
        if (stored->count > 1)
            qsort(stored->items, stored->count, sizeof(stored->items[0]), compare_findings);
        if ((stored->count > 0 || reader->wants_clean) && !batch_add(reader, &packages, key, err))
            return false;
    }
    return batch_end(reader, &packages, err);
}

static bool read_gaps(
    struct image_reader *reader, struct arena *arena, int64_t image, struct gap_list *gaps, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(reader->transaction->connection, &rows, err,
            "SELECT kind, path, reason FROM scan_gaps WHERE image_id = $1 ORDER BY position", SQL_INTEGER(image)))
        return false;
    while (rows_next(&rows)) {
        struct gap *gap = ARENA_PUSH(arena, gaps);
        gap->path = rows_copy(&rows, arena, 1);
        gap->reason = rows_copy(&rows, arena, 2);
        if (!gap_kind_parse(rows_view(&rows, 0), &gap->kind))
            return error_set(err, ERROR_CORRUPT, "stored gap is of an unknown kind");
    }
    return rows_finish(&rows, err);
}

/* What an inventory has, before its packages are looked up. */
struct packed_inventory {
    int64_t *keys;
    size_t key_count;
    struct packed_entry *entries;
    size_t count;
    struct view *ecosystems;
    size_t ecosystem_count;
};

static bool read_inventory(struct image_reader *reader, struct arena *arena, int64_t image,
    struct packed_inventory *inventory, struct error *err)
{
    AUTO_ROWS rows = {0};
    *inventory = (struct packed_inventory){.count = 0};
    if (!QUERY(reader->transaction->connection, &rows, err,
            "SELECT package_ids, entries, ecosystems FROM inventories WHERE image_id = $1", SQL_INTEGER(image)))
        return false;
    if (!rows_next(&rows))
        return rows_finish(&rows, err);
    row_split_lines(arena, rows_copy(&rows, arena, 2), &inventory->ecosystems, &inventory->ecosystem_count);
    return packed_read_keys(arena, rows_copy(&rows, arena, 0), &inventory->keys, &inventory->key_count, err) &&
           packed_read_entries(
               arena, rows_copy(&rows, arena, 1), inventory->key_count, &inventory->entries, &inventory->count, err) &&
           rows_finish(&rows, err);
}

static void fill_package(struct arena *arena, const struct packed_entry *entry,
    const struct package_with_findings *stored, struct inventory_package *installed, struct finding_list *findings)
{
    *installed = (struct inventory_package){.package = stored->package,
        .path = entry->path,
        .layer = entry->layer,
        .owner = entry->owner,
        .is_third_party = entry->is_third_party};
    findings->count = stored->count;
    findings->items = ARENA_ARRAY(arena, struct finding, stored->count);
    if (stored->count > 0)
        memcpy(findings->items, stored->items, stored->count * sizeof(struct finding));
}

static bool fill_packages(struct image_reader *reader, struct arena *arena, const struct packed_inventory *packed,
    struct scan_image *scan, struct error *err)
{
    struct inventory *inventory = &scan->inventory;
    size_t room = packed->count + packed->ecosystem_count;
    if (!read_missing(reader, packed->keys, packed->key_count, err))
        return false;
    inventory->packages = ARENA_ARRAY(arena, struct inventory_package, room);
    scan->findings = ARENA_ARRAY(arena, struct finding_list, room);
    for (size_t i = 0; i < packed->count; i++) {
        int64_t key = packed->keys[packed->entries[i].package];
        const struct package_with_findings *stored = map_get(&reader->packages, view_of(&key, sizeof(key)));
        size_t at = inventory->package_count;
        if (stored->count == 0 && !reader->wants_clean)
            continue;
        if (!stored->is_found)
            return error_set(err, ERROR_CORRUPT, "a package of the inventory is not stored");
        fill_package(arena, &packed->entries[i], stored, &inventory->packages[at], &scan->findings[at]);
        inventory->package_count++;
    }
    for (size_t i = 0; i < packed->ecosystem_count && !reader->wants_clean; i++)
        inventory->packages[inventory->package_count++].package.ecosystem = packed->ecosystems[i];
    return true;
}

bool stored_image_read(struct image_reader *reader, struct arena *arena, int64_t image, struct scan_image *scan,
    bool *has_config, struct error *err)
{
    struct packed_inventory packed;
    *scan = (struct scan_image){.layers_fetched = 0};
    return read_inventory(reader, arena, image, &packed, err) && fill_packages(reader, arena, &packed, scan, err) &&
           read_gaps(reader, arena, image, &scan->inventory.gaps, err) &&
           image_config_load(reader->transaction, arena, image, &scan->config, has_config, err);
}
