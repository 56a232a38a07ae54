/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/merge.h"

/* A layer as the merge asks for it. */
struct layer_side {
    struct rootfs_layer layer;
    const struct layer_record *record;
    struct map named; /* paths of its links and files */
};

static bool side_has_directory(const void *context, struct view path)
{
    return record_has(&((const struct layer_side *)context)->record->directories, path);
}

static bool side_has_other(const void *context, struct view path)
{
    const struct layer_side *side = context;
    return record_has(&side->record->paths, path) || map_get(&side->named, path) != NULL;
}

static const struct rootfs_layer *side_new(struct arena *arena, const struct layer_record *record)
{
    struct layer_side *side = ARENA_NEW(arena, struct layer_side);
    side->record = record;
    map_init(&side->named, arena);
    for (size_t i = 0; i < record->link_count; i++)
        map_set(&side->named, record->links[i].path, side);
    for (size_t i = 0; i < record->file_count; i++)
        map_set(&side->named, record->files[i].path, side);
    side->layer = (struct rootfs_layer){side, side_has_directory, side_has_other, record->whiteouts,
        record->whiteout_count, record->opaques, record->opaque_count};
    return &side->layer;
}

void merge_layer(struct rootfs *rootfs, struct layer_record *record)
{
    rootfs_begin_layer(rootfs, side_new(rootfs->arena, record));
    for (size_t i = 0; i < record->link_count; i++)
        rootfs_add_link(rootfs, record->links[i].path, record->links[i].target, record->links[i].is_hard);
    for (size_t i = 0; i < record->file_count; i++)
        rootfs_add_file(rootfs, record->files[i].path, &record->files[i]);
}
