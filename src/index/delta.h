/* SPDX-License-Identifier: Apache-2.0 */
/* deltas/<number>: what changed from one generation to the next, found by comparing the databases of both. A delta is a
   help and never needed: where there is none, or it cannot be trusted, everything counts as changed. */
#ifndef INDEX_DELTA_H
#define INDEX_DELTA_H

#include "base/buffer.h"
#include "index/manifest.h"

/* A larger one is not kept: then matching everything again costs little more. */
#define DELTA_BYTES_MAX (64u * 1024 * 1024)

/* "deltas/" + 20 digits + NUL */
#define DELTA_PATH_SIZE 32
void delta_path(uint64_t number, char path[DELTA_PATH_SIZE]);

/* Reads all databases that only one of them has. Fails if one is damaged or missing. */
bool delta_compare(const char *folder, const struct index_manifest *before, const struct index_manifest *after,
    struct arena *arena, struct index_delta *delta, struct error *err) MUST_CHECK;

/* The content of the file. */
void delta_write(struct buffer *out, const struct index_delta *delta);

/* ERROR_CORRUPT for everything that delta_write does not write. Texts borrow from `content`. */
bool delta_parse(struct arena *arena, struct view content, struct index_delta *delta, struct error *err) MUST_CHECK;

/* All changes since the generation with this number and digest, from as many deltas as lie between; see index_delta_since. */
bool delta_since(const char *folder, const struct index_manifest *manifest, uint64_t number,
    const struct digest *digest, struct arena *arena, struct index_delta *delta);

#endif
