/* SPDX-License-Identifier: Apache-2.0 */
/* Databases of several files, which may lie in several layers: the kept files of each directory, as the image has them after
   each layer, are read together in the sandbox. One thread; everything lives in the arena. */
#ifndef SCAN_TOGETHER_H
#define SCAN_TOGETHER_H

#include "scan/scan.h"

/* What stands instead of a database file from a layer on, until the next one of the same path. */
struct together {
    size_t layer;
    struct view path; /* in the merged tree */
    const struct record_file *file;
    const struct layer_record *record; /* NULL: the file stands for itself again */
};

struct together_list {
    struct together *items; /* by layer */
    size_t count;
    size_t capacity;
};

/* Reads all of them. What cannot be read is a gap in `gaps`; fails only on cancel and for want of a sandbox. */
bool together_read(const struct scan_context *context, struct arena *arena, struct layer_record *records, size_t count,
    struct together_list *list, struct gap_list *gaps, struct error *err) MUST_CHECK;

#endif
