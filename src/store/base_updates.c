/* SPDX-License-Identifier: Apache-2.0 */
/* What an image was built on, and what newer ones of that would change of it. */
#include "store/base_images.h"

#include "base/map.h"
#include "image/history.h"
#include "store/image_configs.h"
#include "store/image_contents.h"
#include "store/image_layers.h"

#include <assert.h>

/* Rows of one repository that are looked at, newest first. */
enum { CANDIDATES_MAX = 20000 };

struct candidate {
    struct uuid row;
    struct view tag;
    int64_t id;
    int64_t project;
    bool is_custom;
    bool is_recommended;
    bool is_selected;
};

/* The base's row, and those that would do in its place. */
struct updating {
    struct transaction *transaction;
    struct arena *arena;
    int64_t organization;
    struct uuid row; /* of the image */
    struct image_layers layers;
    struct uuid base;
    struct view base_tag;
    struct view platform;
    int64_t base_project;
    int64_t repository;
    struct base_versioning versioning;
    struct regex *expression;
    bool has_custom; /* the repository has custom base images: only those that are recommended count */
    struct {
        struct candidate *items;
        size_t count, capacity;
    } candidates;
    const struct candidate *best[BASE_UPDATE_KIND_COUNT];
};

static bool read_base(struct updating *updating, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(updating->transaction->connection, &rows, err,
            "SELECT s.uuid, projects.tag, s.platform, projects.id, snapshots.repository_id FROM snapshot_images AS s "
            "JOIN snapshots ON snapshots.id = s.snapshot_id JOIN projects ON projects.id = snapshots.project_id "
            "WHERE s.id = $1",
            SQL_INTEGER(updating->layers.base_row)))
        return false;
    if (rows_next(&rows)) {
        if (!uuid_parse(rows_view(&rows, 0), &updating->base))
            return error_set(err, ERROR_CORRUPT, "the row of a base image has no UUID");
        updating->base_tag = rows_copy(&rows, updating->arena, 1);
        updating->platform = rows_copy(&rows, updating->arena, 2);
        updating->base_project = rows_integer(&rows, 3);
        updating->repository = rows_integer(&rows, 4);
    }
    return rows_finish(&rows, err);
}

static bool read_versioning(struct updating *updating, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct view expression = view_text("");
    if (!QUERY(updating->transaction->connection, &rows, err,
            "SELECT base.schema, base.expression FROM custom_base_images AS base "
            "JOIN projects ON projects.id = base.project_id JOIN targets ON targets.id = projects.target_id "
            "WHERE base.organization_id = $1 AND targets.repository_id = $2 AND projects.deleted_ms = 0 LIMIT 1",
            SQL_INTEGER(updating->organization), SQL_INTEGER(updating->repository)))
        return false;
    updating->has_custom = rows_next(&rows);
    if (updating->has_custom && !base_schema_parse(rows_view(&rows, 0), &updating->versioning.schema))
        return error_set(err, ERROR_CORRUPT, "a stored base image has an unknown versioning schema");
    if (updating->has_custom)
        expression = rows_copy(&rows, updating->arena, 1);
    if (!rows_finish(&rows, err))
        return false;
    if (updating->versioning.schema == BASE_SCHEMA_CUSTOM && !regex_compile(expression, &updating->expression, err))
        return false;
    updating->versioning.expression = updating->expression;
    return true;
}

static bool read_candidates(struct updating *updating, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(updating->transaction->connection, &rows, err,
            "SELECT s.uuid, projects.tag, s.id, projects.id, base.id IS NOT NULL, coalesce(base.is_recommended, 0), "
            "coalesce(base.is_selected, 0) FROM projects JOIN targets ON targets.id = projects.target_id "
            "JOIN snapshot_images AS s ON s.snapshot_id = projects.snapshot_id "
            "LEFT JOIN custom_base_images AS base ON base.project_id = projects.id "
            "WHERE targets.repository_id = $1 AND projects.deleted_ms = 0 AND projects.organization_id = $2 "
            "AND s.platform = $3 AND s.state = 1 AND s.is_image = 1 ORDER BY s.id DESC LIMIT $4",
            SQL_INTEGER(updating->repository), SQL_INTEGER(updating->organization), SQL_TEXT(updating->platform),
            SQL_INTEGER(CANDIDATES_MAX)))
        return false;
    while (rows_next(&rows)) {
        struct candidate *candidate = ARENA_PUSH(updating->arena, &updating->candidates);
        *candidate = (struct candidate){.tag = rows_copy(&rows, updating->arena, 1),
            .id = rows_integer(&rows, 2),
            .project = rows_integer(&rows, 3),
            .is_custom = rows_integer(&rows, 4) != 0,
            .is_recommended = rows_integer(&rows, 5) != 0,
            .is_selected = rows_integer(&rows, 6) != 0};
        if (!uuid_parse(rows_view(&rows, 0), &candidate->row))
            return error_set(err, ERROR_CORRUPT, "the row of an image has no UUID");
    }
    return rows_finish(&rows, err);
}

static enum base_update_kind kind_of_candidate(const struct updating *updating, const struct candidate *candidate)
{
    if (candidate->id == updating->layers.base_row)
        return BASE_UPDATE_NONE;
    if (candidate->project == updating->base_project)
        return BASE_UPDATE_REBUILD;
    if (updating->has_custom && !candidate->is_recommended)
        return BASE_UPDATE_NONE;
    if (updating->versioning.schema == BASE_SCHEMA_SINGLE_SELECTION)
        return candidate->is_selected ? BASE_UPDATE_ALTERNATIVE : BASE_UPDATE_NONE;
    return base_update_kind(&updating->versioning, updating->base_tag, candidate->tag);
}

static void choose_best(struct updating *updating)
{
    for (size_t i = 0; i < updating->candidates.count; i++) {
        const struct candidate *candidate = &updating->candidates.items[i];
        const struct candidate **best = &updating->best[kind_of_candidate(updating, candidate)];
        if (*best == NULL || base_tags_compare(&updating->versioning, (*best)->tag, candidate->tag) < 0)
            *best = candidate;
    }
}

/* A vulnerability is gone only if it is gone from all packages, and new only if no package had it. */
static void count_changes(struct arena *arena, struct base_update *update)
{
    struct map seen;
    map_init(&seen, arena);
    for (size_t i = 0; i < update->change_count; i++) {
        struct map_entry *entry = map_entry(&seen, update->changes[i].vulnerability);
        enum image_change *change = entry->value;
        if (change == NULL) {
            entry->value = change = ARENA_NEW(arena, enum image_change);
            *change = update->changes[i].change;
        } else if (*change != update->changes[i].change) {
            *change = IMAGE_CHANGE_NONE;
        }
    }
    for (size_t i = 0; i < seen.count; i++)
        update->counts[*(const enum image_change *)seen.entries[i].value]++;
}

static bool add_update(
    struct updating *updating, enum base_update_kind kind, struct base_updates *updates, struct error *err)
{
    struct contents before = {0};
    struct contents after = {0};
    struct base_update *update = &updates->items[updates->count];
    const struct candidate *candidate = updating->best[kind];
    assert(candidate != NULL);
    *update = (struct base_update){.kind = kind};
    if (!contents_begin(&before, updating->transaction, updating->arena, updating->organization, &updating->row, err) ||
        !contents_begin(&after, updating->transaction, updating->arena, updating->organization, &candidate->row, err) ||
        !contents_compare(&before, updating->layers.known_layers, &after, &update->changes, &update->change_count, err))
        return false;
    update->image = after.found.row;
    count_changes(updating->arena, update);
    updates->count++;
    return true;
}

static bool find_updates(struct updating *updating, struct base_updates *updates, struct error *err)
{
    struct contents base = {0};
    if (!read_base(updating, err) || !read_versioning(updating, err) || !read_candidates(updating, err) ||
        !contents_begin(&base, updating->transaction, updating->arena, updating->organization, &updating->base, err))
        return false;
    updates->is_known = true;
    updates->image = base.found.row;
    choose_best(updating);
    updates->items = ARENA_ARRAY(updating->arena, struct base_update, BASE_UPDATE_KIND_COUNT);
    for (int kind = BASE_UPDATE_REBUILD; kind < BASE_UPDATE_KIND_COUNT; kind++) {
        if (updating->best[kind] != NULL && !add_update(updating, (enum base_update_kind)kind, updates, err))
            return false;
    }
    return true;
}

static bool list_updates(struct updating *updating, struct base_updates *updates, struct error *err)
{
    struct row_reader reader;
    struct found_row found;
    struct image_config config;
    bool has_config = false;
    if (!row_reader_begin(&reader, updating->transaction, updating->arena, updating->organization, NULL, err) ||
        !row_find(&reader, &updating->row, &found, err))
        return false;
    if (found.row.state != IMAGE_SCANNED)
        return error_set(
            err, ERROR_CONFLICT, "image \"%.*s\" has not been scanned yet", VIEW_PRINT(found.row.reference));
    if (!image_layers_read(&reader, found.image, &updating->layers, err) ||
        !image_config_load(updating->transaction, updating->arena, found.image, &config, &has_config, err))
        return false;
    updates->base = updating->layers.base_row != 0 ? updating->layers.base_reference : image_base_label(&config);
    updates->layer_count = updating->layers.base_layers;
    return updating->layers.base_row == 0 || find_updates(updating, updates, err);
}

bool store_list_base_updates(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct base_updates *updates, struct error *err)
{
    struct transaction transaction;
    struct base_updates found = {.count = 0};
    struct updating updating = {.transaction = &transaction, .arena = arena, .organization = organization, .row = *row};
    if (!transaction_read(store, &transaction, err))
        return false;
    bool is_done = transaction_end(&transaction, list_updates(&updating, &found, err), err);
    regex_free(updating.expression);
    if (is_done)
        *updates = found;
    return is_done;
}
