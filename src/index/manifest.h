/* SPDX-License-Identifier: Apache-2.0 */
/* generations/<number>.json: what a generation consists of. Texts live in the arena and end with NUL. */
#ifndef INDEX_MANIFEST_H
#define INDEX_MANIFEST_H

#include "base/buffer.h"
#include "index/index.h"

#define INDEX_MANIFEST_BYTES_MAX (4u * 1024 * 1024)
#define MANIFEST_DATABASES_MAX 1000

/* "generations/" + 20 digits + ".json" + NUL, and room for the name of a temporary file */
#define MANIFEST_PATH_SIZE 100

/* Deltas that a generation can name: the changes of so many commits before it can be told. */
#define MANIFEST_DELTAS_MAX 8

/* deltas/<number>: what changed from generation `from` to `number`. */
struct index_delta_entry {
    uint64_t number;
    uint64_t from;
    struct digest from_digest; /* of the manifest of `from` */
    struct digest digest; /* of the file */
};

struct index_manifest {
    struct digest digest; /* of its text; set by reading */
    uint64_t number;
    int64_t created_ms;
    struct index_database *databases; /* ordered by feed, then ecosystem */
    size_t database_count;
    struct index_delta_entry *deltas; /* newest first */
    size_t delta_count; /* at most MANIFEST_DELTAS_MAX */
};

void index_manifest_path(uint64_t number, char path[MANIFEST_PATH_SIZE]);

/* "7.json" → 7. */
bool index_manifest_number_of(const char *file_name, uint64_t *number);

void index_manifest_write(struct buffer *out, const struct index_manifest *manifest);

/* ERROR_CORRUPT for everything that index_manifest_write does not write. */
bool index_manifest_parse(
    struct arena *arena, struct view text, struct index_manifest *manifest, struct error *err) MUST_CHECK;

/* The content of `current`: "7 sha256:…", so that no byte of the list may change. */
void index_manifest_write_current(struct buffer *out, uint64_t number, struct view manifest);

/* What `current` says. ERROR_NOT_FOUND if the folder has none. */
bool index_manifest_current_number(const char *folder, uint64_t *number, struct error *err) MUST_CHECK;

/* The manifest that `current` names, with its digest. ERROR_NOT_FOUND if the folder has no `current`. */
bool index_manifest_read_current(
    const char *folder, struct arena *arena, struct index_manifest *manifest, struct error *err) MUST_CHECK;

#endif
