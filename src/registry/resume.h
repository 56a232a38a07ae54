/* SPDX-License-Identifier: Apache-2.0 */
/* A blob that is fetched on from where the connection broke. Inside registry/ only. */
#ifndef REGISTRY_RESUME_H
#define REGISTRY_RESUME_H

#include "registry/connection.h"

/* How often the rest is asked for before the failure stands; the count starts anew after RESUME_PROGRESS_BYTES. */
#define RESUMES_MAX 5
#define RESUME_PROGRESS_BYTES (8u * 1024 * 1024)

/* Opens a blob at an offset: `*first` is where the answer begins, 0 for a registry that does not know ranges. A blob that
   ends at the offset has an empty rest. */
struct blob_place {
    struct view repository;
    struct digest digest;
    uint64_t size; /* UINT64_MAX: unknown */
};
bool registry_blob_open_at(struct registry *registry, const struct blob_place *place, uint64_t offset,
    struct source **content, uint64_t *first, struct error *err) MUST_CHECK;

/* The content as one stream, whatever happens to connections in between; nothing that was read is asked for again, except
   from registries that do not know ranges. The digest, which the reader checks, covers the whole. The registry is
   borrowed. */
struct source *registry_resuming_source(
    struct registry *registry, const struct blob_place *place, struct source *content);

#endif
