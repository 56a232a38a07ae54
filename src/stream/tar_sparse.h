/* SPDX-License-Identifier: Apache-2.0 */
/* The map of a sparse file in a tar archive: which ranges of the file are stored, behind each other; the rest are zeros. */
#ifndef STREAM_TAR_SPARSE_H
#define STREAM_TAR_SPARSE_H

#include "base/error.h"
#include "base/view.h"

#include <stddef.h>
#include <stdint.h>

/* Ranges of one file. */
#define TAR_RANGES_MAX (1u << 17)

struct tar_range {
    int64_t start;
    int64_t end;
};

struct tar_map {
    struct tar_range *items; /* in order */
    size_t count;
    size_t capacity;
    size_t next; /* the range that is read at present */
};

/* Empties it and keeps the memory. */
void tar_map_clear(struct tar_map *map);
void tar_map_done(struct tar_map *map);

/* ERROR_INVALID if the range is none or begins before the end of the one before; ERROR_LIMIT. */
bool tar_map_add(struct tar_map *map, int64_t offset, int64_t length, struct error *err) MUST_CHECK;

/* The pairs of GNU's own header: `count` of them at most. */
bool tar_map_add_block(struct tar_map *map, const char *pairs, size_t count, struct error *err) MUST_CHECK;

/* `count` pairs as numbers with `separator` between them: all of a list with commas, the first lines of a text. */
bool tar_map_add_text(
    struct tar_map *map, struct view numbers, char separator, struct view count, struct error *err) MUST_CHECK;

/* Whether all ranges are inside a file of this size. */
bool tar_map_fits(const struct tar_map *map, int64_t size);

/* A number with or without a sign. */
bool tar_decimal(struct view text, int64_t *number);

#endif
