/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/rootfs.h"

#include "base/path.h"

enum { LINKS_FOLLOWED_MAX = 40 }; /* as Linux (path_resolution(7)) */

void rootfs_init(struct rootfs *rootfs, struct arena *arena)
{
    *rootfs = (struct rootfs){.arena = arena};
    map_init(&rootfs->files, arena);
    map_init(&rootfs->links, arena);
}

static const struct rootfs_link *live_link(const struct rootfs *rootfs, struct view path)
{
    const struct rootfs_link *link = map_get(&rootfs->links, path);
    return link != NULL && link->is_alive ? link : NULL;
}

/* Length of the shortest prefix of `path`, ending at a '/' or the end, that is a live symbolic link; 0 if none is. */
static size_t find_link_prefix(const struct rootfs *rootfs, struct view path, bool follow_last)
{
    for (size_t size = 1; size <= path.size; size++) {
        if (size < path.size && path.data[size] != '/')
            continue;
        if (size == path.size && !follow_last)
            return 0;
        const struct rootfs_link *link = live_link(rootfs, view_slice(path, 0, size));
        if (link != NULL && !link->is_hard)
            return size;
    }
    return 0;
}

bool rootfs_resolve(const struct rootfs *rootfs, struct view path, bool follow_last, struct view *resolved)
{
    for (int followed = 0; followed <= LINKS_FOLLOWED_MAX; followed++) {
        size_t size = find_link_prefix(rootfs, path, follow_last);
        if (size == 0) {
            *resolved = path;
            return true;
        }
        struct error ignored;
        struct view target;
        struct view prefix = view_slice(path, 0, size);
        if (!path_resolve_link(rootfs->arena, prefix, live_link(rootfs, prefix)->target, &target, &ignored))
            return false;
        struct view rest = view_from(path, size); /* empty or starts with '/' */
        if (target.size + rest.size > PATH_BYTES_MAX)
            return false;
        path = target.size == 0 ? view_from(rest, rest.size > 0)
                                : arena_format(rootfs->arena, "%.*s%.*s", VIEW_PRINT(target), VIEW_PRINT(rest));
    }
    return false;
}

/* Where an entry of the layer at hand lands: its parents are followed through links. */
static struct view place(const struct rootfs *rootfs, struct view path)
{
    struct view resolved;
    return rootfs->links.count > 0 && rootfs_resolve(rootfs, path, false, &resolved) ? resolved : path;
}

struct rootfs_side {
    const struct rootfs_layer *layer;
    struct map whiteouts; /* paths, with links in their parents followed */
    struct map opaques;
};

/* Whether the layer at hand hides what lower layers have at the path. */
static bool hides(const struct rootfs_side *side, struct view path)
{
    const struct rootfs_layer *layer = side->layer;
    if (layer->has_directory(layer->context, path) || layer->has_other(layer->context, path) ||
        map_get(&side->whiteouts, path) != NULL)
        return true;
    for (struct view parent = path_directory(path); parent.size > 0; parent = path_directory(parent)) {
        if (layer->has_other(layer->context, parent) || map_get(&side->whiteouts, parent) != NULL ||
            map_get(&side->opaques, parent) != NULL)
            return true;
    }
    return map_get(&side->opaques, view_text("")) != NULL;
}

static void prepare_side(struct rootfs *rootfs, const struct rootfs_layer *layer, struct rootfs_side *side)
{
    side->layer = layer;
    map_init(&side->whiteouts, rootfs->arena);
    map_init(&side->opaques, rootfs->arena);
    for (size_t i = 0; i < layer->whiteout_count; i++)
        map_set(&side->whiteouts, place(rootfs, layer->whiteouts[i]), side);
    for (size_t i = 0; i < layer->opaque_count; i++) {
        /* A directory that the layer makes anew stands where it is named, even over a link. */
        bool is_own = layer->has_directory(layer->context, layer->opaques[i]);
        struct view directory;
        if (is_own || !rootfs_resolve(rootfs, layer->opaques[i], true, &directory))
            directory = place(rootfs, layer->opaques[i]);
        map_set(&side->opaques, directory, side);
    }
}

void rootfs_begin_layer(struct rootfs *rootfs, const struct rootfs_layer *layer)
{
    struct rootfs_side *side = arena_push(
        rootfs->arena, (void **)&rootfs->sides, &rootfs->side_count, &rootfs->side_capacity, sizeof(rootfs->sides[0]));
    prepare_side(rootfs, layer, side);
    for (size_t i = 0; i < rootfs->links.count; i++) {
        struct rootfs_link *link = rootfs->links.entries[i].value;
        if (link->is_alive && hides(side, rootfs->links.entries[i].key))
            link->is_alive = false;
    }
    for (size_t i = 0; i < rootfs->files.count; i++) {
        struct rootfs_file *file = rootfs->files.entries[i].value;
        if (file->file != NULL && hides(side, file->path))
            file->file = NULL;
    }
}

void rootfs_add_link(struct rootfs *rootfs, struct view path, struct view target, bool is_hard)
{
    size_t layer = rootfs->side_count - 1;
    path = place(rootfs, path);
    struct rootfs_file *file = map_get(&rootfs->files, path);
    if (file != NULL && file->layer < layer)
        file->file = NULL;
    struct map_entry *entry = map_entry(&rootfs->links, path);
    if (entry->value == NULL)
        entry->value = ARENA_NEW(rootfs->arena, struct rootfs_link);
    *(struct rootfs_link *)entry->value = (struct rootfs_link){target, layer, is_hard, true};
}

void rootfs_add_file(struct rootfs *rootfs, struct view path, void *file)
{
    size_t layer = rootfs->side_count - 1;
    path = place(rootfs, path);
    struct rootfs_link *link = map_get(&rootfs->links, path);
    if (link != NULL && link->layer < layer)
        link->is_alive = false;
    struct map_entry *entry = map_entry(&rootfs->files, path);
    if (entry->value == NULL)
        entry->value = ARENA_NEW(rootfs->arena, struct rootfs_file);
    *(struct rootfs_file *)entry->value = (struct rootfs_file){path, layer, file};
}

const struct rootfs_file *rootfs_find(const struct rootfs *rootfs, struct view path)
{
    struct view resolved;
    if (!rootfs_resolve(rootfs, path, true, &resolved))
        return NULL;
    const struct rootfs_link *link = live_link(rootfs, resolved);
    if (link != NULL && link->is_hard)
        resolved = link->target;
    const struct rootfs_file *file = map_get(&rootfs->files, resolved);
    return file != NULL && file->file != NULL ? file : NULL;
}

bool rootfs_exists(const struct rootfs *rootfs, struct view path)
{
    for (size_t i = rootfs->side_count; i-- > 0;) {
        const struct rootfs_side *side = &rootfs->sides[i];
        if (side->layer->has_other(side->layer->context, path))
            return true;
        if (hides(side, path))
            return false;
    }
    return false;
}
