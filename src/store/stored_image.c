/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stored_image.h"

#include "store/image_configs.h"
#include "store/packed.h"

/* A package with its findings, as every image has them. */
struct stored_package_findings {
    struct package package;
    struct finding_list findings;
};

void image_reader_begin(struct image_reader *reader, struct transaction *transaction, struct arena *arena)
{
    *reader = (struct image_reader){.transaction = transaction, .arena = arena};
    map_init(&reader->packages, arena);
}

static bool names_wanted_id(const struct image_reader *reader, struct view detail)
{
    for (size_t i = 0; i < reader->wanted_id_count; i++) {
        struct view id = reader->wanted_ids[i];
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

struct growing_findings {
    struct finding *items;
    size_t count;
    size_t capacity;
};

static bool read_findings(
    struct image_reader *reader, int64_t package, struct stored_package_findings *stored, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct growing_findings list = {0};
    if (!QUERY(reader->transaction->connection, &rows, err,
            "SELECT name, severity, fix_state, detail, ratings, " FACTS_COLUMNS " FROM package_findings "
            "JOIN vulnerabilities ON vulnerabilities.id = vulnerability_id WHERE package_id = $1 ORDER BY name",
            SQL_INTEGER(package)))
        return false;
    while (rows_next(&rows)) {
        struct finding *finding = ARENA_PUSH(reader->arena, &list);
        finding->id = rows_copy(&rows, reader->arena, 0);
        finding->severity = (enum severity)rows_integer(&rows, 1);
        finding->fix_state = (enum fix_state)rows_integer(&rows, 2);
        finding->facts = facts_read(&rows, 5, reader->arena);
        if (!read_aliases(reader, rows_view(&rows, 3), finding, err) ||
            !ratings_read(reader->arena, rows_view(&rows, 4), &finding->ratings, &finding->rating_count, err))
            return false;
    }
    stored->findings = (struct finding_list){.items = list.items, .count = list.count};
    return rows_finish(&rows, err);
}

static bool read_package(
    struct image_reader *reader, int64_t package, struct stored_package_findings *stored, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(reader->transaction->connection, &rows, err, "SELECT " PACKAGE_COLUMNS " FROM packages WHERE id = $1",
            SQL_INTEGER(package)))
        return false;
    if (!rows_next(&rows))
        return rows_finish(&rows, err) && error_set(err, ERROR_CORRUPT, "a package of the inventory is not stored");
    return package_read(&rows, 0, reader->arena, &stored->package, err) && rows_finish(&rows, err) &&
           read_findings(reader, package, stored, err);
}

static bool find_package(
    struct image_reader *reader, int64_t package, struct stored_package_findings **stored, struct error *err)
{
    struct view key = view_of(&package, sizeof(package));
    *stored = map_get(&reader->packages, key);
    if (*stored != NULL)
        return true;
    *stored = ARENA_NEW(reader->arena, struct stored_package_findings);
    if (!read_package(reader, package, *stored, err))
        return false;
    map_set(&reader->packages, arena_copy(reader->arena, key), *stored);
    return true;
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
};

static bool read_inventory(struct image_reader *reader, struct arena *arena, int64_t image,
    struct packed_inventory *inventory, struct error *err)
{
    AUTO_ROWS rows = {0};
    *inventory = (struct packed_inventory){.count = 0};
    if (!QUERY(reader->transaction->connection, &rows, err,
            "SELECT package_ids, entries FROM inventories WHERE image_id = $1", SQL_INTEGER(image)))
        return false;
    if (!rows_next(&rows))
        return rows_finish(&rows, err);
    return packed_read_keys(arena, rows_copy(&rows, arena, 0), &inventory->keys, &inventory->key_count, err) &&
           packed_read_entries(
               arena, rows_copy(&rows, arena, 1), inventory->key_count, &inventory->entries, &inventory->count, err) &&
           rows_finish(&rows, err);
}

static bool fill_packages(struct image_reader *reader, struct arena *arena, const struct packed_inventory *packed,
    struct scan_image *scan, struct error *err)
{
    struct inventory *inventory = &scan->inventory;
    inventory->packages = ARENA_ARRAY(arena, struct inventory_package, packed->count);
    inventory->package_count = packed->count;
    scan->findings = ARENA_ARRAY(arena, struct finding_list, packed->count);
    for (size_t i = 0; i < packed->count; i++) {
        struct stored_package_findings *stored = NULL;
        if (!find_package(reader, packed->keys[packed->entries[i].package], &stored, err))
            return false;
        inventory->packages[i].package = stored->package;
        inventory->packages[i].path = packed->entries[i].path;
        inventory->packages[i].layer = packed->entries[i].layer;
        inventory->packages[i].owner = packed->entries[i].owner;
        inventory->packages[i].is_third_party = packed->entries[i].is_third_party;
        scan->findings[i].count = stored->findings.count;
        scan->findings[i].items = ARENA_ARRAY(arena, struct finding, stored->findings.count);
        if (stored->findings.count > 0)
            memcpy(scan->findings[i].items, stored->findings.items, stored->findings.count * sizeof(struct finding));
    }
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
