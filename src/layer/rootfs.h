/* SPDX-License-Identifier: Apache-2.0 */
/* The merged file system of an image, as far as records know it: which interesting files are still there after all layers,
   from which layer, and where symbolic links lead. Rules: OCI image spec 1.1, layer.md "Applying Changesets", and what
   containerd does where that is silent: a file or link over a directory replaces the subtree, a directory over a file or
   link replaces it, a directory over a directory merges, parents are created through symbolic links, whiteouts hide only
   lower layers. Pure; everything lives in the arena. */
#ifndef LAYER_ROOTFS_H
#define LAYER_ROOTFS_H

#include "base/arena.h"
#include "base/map.h"

/* One layer's side of the merge. Paths are clean. */
struct rootfs_layer {
    const void *context; /* for has_directory and has_other */
    /* Whether the layer has an entry at exactly this path: a directory, or anything else. */
    bool (*has_directory)(const void *context, struct view path);
    bool (*has_other)(const void *context, struct view path);
    const struct view *whiteouts;
    size_t whiteout_count;
    const struct view *opaques;
    size_t opaque_count;
};

struct rootfs_file {
    struct view path; /* where it is in the merged tree, parents resolved */
    size_t layer;
    void *file; /* the caller's, as given to rootfs_add_file; NULL = hidden by an upper layer */
};

struct rootfs_link {
    struct view target; /* as written */
    size_t layer;
    bool is_hard;
    bool is_alive;
};

struct rootfs_side; /* a layer with its whiteouts prepared for look-up */

struct rootfs {
    struct arena *arena;
    struct map files; /* path → struct rootfs_file */
    struct map links; /* path → struct rootfs_link */
    struct rootfs_side *sides;
    size_t side_count;
    size_t side_capacity;
};

void rootfs_init(struct rootfs *rootfs, struct arena *arena);

/* Starts the next layer: hides what it hides. `layer` must outlive the rootfs. Then its links and files are added. */
void rootfs_begin_layer(struct rootfs *rootfs, const struct rootfs_layer *layer);
void rootfs_add_link(struct rootfs *rootfs, struct view path, struct view target, bool is_hard);
void rootfs_add_file(struct rootfs *rootfs, struct view path, void *file);

/* The path with all symbolic links in it followed inside the root, at most 40 of them (a loop gives false). The last
   component is followed too if `follow_last`. */
bool rootfs_resolve(const struct rootfs *rootfs, struct view path, bool follow_last, struct view *resolved);

/* The file that a path names after resolving, NULL if no record knows it. */
const struct rootfs_file *rootfs_find(const struct rootfs *rootfs, struct view path);

/* Whether some layer has the path, other than as a directory, and no layer above hides it. */
bool rootfs_exists(const struct rootfs *rootfs, struct view path);

#endif
