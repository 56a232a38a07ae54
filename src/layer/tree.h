/* SPDX-License-Identifier: Apache-2.0 */
/* A directory as if it were one layer. The parent walks it with openat2(RESOLVE_IN_ROOT) and streams entries; the child
   reads that stream with the same visitor as a tar. Symlinks are never followed while walking; /proc, /sys, /dev and other
   file systems below the root are not entered (a mount point is a directory entry and nothing below it), except that the
   root itself may be any file system. */
#ifndef LAYER_TREE_H
#define LAYER_TREE_H

#include "base/cancel.h"
#include "layer/walk.h"

/* Whose content is sent. Both calls must be fast. */
struct tree_filter {
    /* By what is known before the file is opened. */
    enum tree_answer { TREE_NEVER, TREE_ALWAYS, TREE_LOOK } (*wants)(struct view path, uint64_t size, uint32_t mode);
    /* By its first TREE_HEAD_BYTES bytes, after TREE_LOOK. */
    bool (*wants_head)(struct view path, uint64_t size, uint32_t mode, struct view head);
};

#define TREE_HEAD_BYTES 64

/* A source of entries. Content is sent only for regular files that the filter wants and that are at most `file_bytes_max`
   bytes; a file that cannot be opened becomes a GAP_UNREADABLE_FILE. `cancel` may be NULL; the filter must outlive the
   source. */
bool tree_open(const char *directory, const struct tree_filter *filter, uint64_t file_bytes_max,
    const struct cancel *cancel, struct source **stream, struct error *err) MUST_CHECK;

/* The child's side of it. */
bool tree_walk(struct source *stream, const struct layer_limits *limits, struct layer_visitor *visitor,
    struct layer_totals *totals, struct error *err) MUST_CHECK;

#endif
