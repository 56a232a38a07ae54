/* SPDX-License-Identifier: Apache-2.0 */
/* The stream between the parent, which walks a directory, and the child, which reads it. Each record is a header, a path
   and a text; a file's content follows in chunks of u32 size and bytes, ended by a size of 0 or by TREE_CHUNK_BROKEN.
   All numbers are little-endian. */
#ifndef LAYER_TREE_FORMAT_H
#define LAYER_TREE_FORMAT_H

#include <stdint.h>

enum tree_record_kind {
    TREE_END,
    TREE_FILE, /* content follows */
    TREE_FILE_UNSENT, /* not wanted, or too large */
    TREE_DIRECTORY,
    TREE_SYMLINK, /* text: target */
    TREE_OTHER,
    TREE_GAP, /* size: the gap kind; text: reason */
    TREE_RECORD_KIND_COUNT
};

struct tree_header {
    uint32_t kind;
    uint32_t mode;
    uint64_t size;
    uint32_t path_size;
    uint32_t text_size;
};

/* The file could not be read on, or became shorter. */
#define TREE_CHUNK_BROKEN UINT32_MAX

enum { TREE_TEXT_BYTES_MAX = 4096, TREE_CHUNK_BYTES = 64 * 1024 };

#endif
