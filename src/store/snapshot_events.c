/* SPDX-License-Identifier: Apache-2.0 */
/* What a new digest of a tag brought and took away. Vulnerabilities are compared, not packages: one that moved to another
   version and kept a vulnerability changed nothing. */
#include "store/events_internal.h"
#include "store/matching.h"
#include "store/packed.h"

#include <stdlib.h>

/* Vulnerabilities that an event names; the others are counted. */
enum { NAMED_MAX = 100 };

struct names {
    struct view *items;
    size_t count;
    size_t capacity;
};

static int compare_names(const void *a, const void *b)
{
    return view_compare(*(const struct view *)a, *(const struct view *)b);
}

static bool add_package(
    struct transaction *transaction, struct arena *arena, int64_t package, struct map *all, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT name FROM package_findings JOIN vulnerabilities ON vulnerabilities.id = vulnerability_id "
            "WHERE package_id = $1",
            SQL_INTEGER(package)))
        return false;
    while (rows_next(&rows)) {
        struct view name = rows_view(&rows, 0);
        if (map_get(all, name) == NULL)
            map_set(all, arena_copy(arena, name), all);
    }
    return rows_finish(&rows, err);
}

/* The vulnerabilities of all images of a snapshot. */
static bool read_vulnerabilities(
    struct transaction *transaction, struct arena *arena, int64_t snapshot, struct map *all, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct map packages;
    map_init(&packages, arena);
    map_init(all, arena);
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT package_ids FROM snapshot_images JOIN inventories ON inventories.image_id = snapshot_images.image_id "
            "WHERE snapshot_id = $1",
            SQL_INTEGER(snapshot)))
        return false;
    while (rows_next(&rows)) {
        int64_t *keys;
        size_t count;
        if (!packed_read_keys(arena, rows_copy(&rows, arena, 0), &keys, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            map_set(&packages, view_of(&keys[i], sizeof(keys[i])), &keys[i]);
    }
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < packages.count; i++) {
        if (!add_package(transaction, arena, *(const int64_t *)packages.entries[i].value, all, err))
            return false;
    }
    return true;
}

/* What one set has and the other has not, sorted. */
static void subtract(struct arena *arena, const struct map *from, const struct map *other, struct names *names)
{
    for (size_t i = 0; i < from->count; i++) {
        if (map_get(other, from->entries[i].key) == NULL)
            *(struct view *)ARENA_PUSH(arena, names) = from->entries[i].key;
    }
    if (names->count > 0)
        qsort(names->items, names->count, sizeof(names->items[0]), compare_names);
}

static struct view join_names(struct arena *arena, const struct names *names)
{
    struct view text = view_text("");
    for (size_t i = 0; i < names->count && i < NAMED_MAX; i++)
        text = arena_format(arena, "%.*s%s%.*s", VIEW_PRINT(text), i > 0 ? "\n" : "", VIEW_PRINT(names->items[i]));
    return text;
}

static bool add_change(struct transaction *transaction, struct arena *arena, struct event_new event,
    const struct names *names, struct error *err)
{
    if (names->count == 0)
        return true;
    *(event.change == CHANGE_NEW ? &event.added : &event.removed) = (int64_t)names->count;
    event.detail = join_names(arena, names);
    return events_add(transaction, &event, err);
}

static bool tell_snapshot(struct transaction *transaction, struct arena *arena, int64_t snapshot, struct error *err)
{
    int64_t previous = 0;
    bool found = false;
    struct map now;
    struct map before;
    struct names came = {0};
    struct names went = {0};
    struct generation_state generation;
    if (!generation_read(transaction, &generation, err) ||
        !LOOKUP(transaction->connection, &previous, &found, err,
            "SELECT id FROM snapshots WHERE project_id = (SELECT project_id FROM snapshots WHERE id = $1) AND id < $1 "
            "AND is_told = 1 ORDER BY id DESC LIMIT 1",
            SQL_INTEGER(snapshot)) ||
        !read_vulnerabilities(transaction, arena, snapshot, &now, err))
        return false;
    struct event_new event = {.generation = generation.number, .cause = CAUSE_IMAGE, .snapshot = snapshot};
    if (!found) {
        event.change = CHANGE_FIRST_SNAPSHOT;
        event.added = (int64_t)now.count;
        return events_add(transaction, &event, err);
    }
    if (!read_vulnerabilities(transaction, arena, previous, &before, err))
        return false;
    subtract(arena, &now, &before, &came);
    subtract(arena, &before, &now, &went);
    event.change = CHANGE_NEW;
    if (!add_change(transaction, arena, event, &came, err))
        return false;
    event.change = CHANGE_RESOLVED;
    return add_change(transaction, arena, event, &went, err);
}

struct snapshots {
    int64_t *items;
    size_t count;
    size_t capacity;
};

static bool find_snapshots(struct transaction *transaction, struct arena *arena, int64_t repository,
    const struct digest *digest, struct snapshots *snapshots, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT id FROM snapshots WHERE digest = $2 AND repository_id = $1 AND is_finished = 1 AND is_told = 0 "
            "AND EXISTS (SELECT 1 FROM snapshot_images WHERE snapshot_id = snapshots.id AND image_id IS NOT NULL) "
            "ORDER BY id",
            SQL_INTEGER(repository), SQL_TEXT(digest_view(digest))))
        return false;
    while (rows_next(&rows))
        *(int64_t *)ARENA_PUSH(arena, snapshots) = rows_integer(&rows, 0);
    return rows_finish(&rows, err);
}

bool events_of_digest(struct transaction *transaction, struct arena *arena, int64_t repository,
    const struct digest *digest, struct error *err)
{
    struct snapshots snapshots = {0};
    if (!find_snapshots(transaction, arena, repository, digest, &snapshots, err))
        return false;
    for (size_t i = 0; i < snapshots.count; i++) {
        if (!tell_snapshot(transaction, arena, snapshots.items[i], err) ||
            !RUN(transaction->connection, err, "UPDATE snapshots SET is_told = 1 WHERE id = $1",
                SQL_INTEGER(snapshots.items[i])))
            return false;
    }
    return true;
}
