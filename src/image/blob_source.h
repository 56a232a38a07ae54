/* SPDX-License-Identifier: Apache-2.0 */
/* Where documents and layers of an image come from: a registry, an OCI layout, an archive. Implemented by registry/ and
   layer/. Content is addressed by digest; whoever reads verifies it (image_open_* below do). One thread at a time. */
#ifndef IMAGE_BLOB_SOURCE_H
#define IMAGE_BLOB_SOURCE_H

#include "base/arena.h"
#include "image/manifest.h"
#include "stream/source.h"

struct blob_source;

struct blob_source_type {
    const char *name; /* "registry", "oci layout" */

    /* The raw document of the manifest with this digest, or of the reference's own tag if `digest` is unset; `*found` is
       its real digest (computed, not claimed). At most MANIFEST_BYTES_MAX. */
    bool (*manifest)(struct blob_source *source, struct arena *arena, const struct digest *digest,
        struct view *document, struct digest *found, struct error *err);

    /* Opens a blob for reading; the stream is not verified yet. `descriptor` gives digest and size. */
    bool (*open)(
        struct blob_source *source, const struct descriptor *descriptor, struct source **content, struct error *err);

    void (*close)(struct blob_source *source);
};

struct blob_source {
    const struct blob_source_type *type;
};

/* Fetches, verifies and parses. */
bool image_read_manifest(struct blob_source *source, struct arena *arena, const struct digest *digest,
    struct manifest *manifest, struct error *err) MUST_CHECK;
bool image_read_config(struct blob_source *source, struct arena *arena, const struct descriptor *descriptor,
    struct image_config *config, struct error *err) MUST_CHECK;

/* A layer blob whose digest and size are verified at the end of the stream. */
bool image_open_layer(struct blob_source *source, const struct descriptor *descriptor, struct source **content,
    struct error *err) MUST_CHECK;

static inline void blob_source_close(struct blob_source *source)
{
    if (source != NULL)
        source->type->close(source);
}

/* One image manifest of an index, or the manifest itself. */
struct image_choice {
    struct manifest manifest;
    struct platform platform; /* from the index, or empty: then the config tells */
};

/* All runnable images below a manifest or (nested) index, attestations and artifacts left out, at most
   INDEX_CHILDREN_MAX. With `wanted`, only those that match; none is ERROR_NOT_FOUND and names what there is. A child that
   the source lacks is passed over and counted in `*missing`. An artifact, or an index of nothing else, is
   ERROR_UNSUPPORTED and says "not an image". */
bool image_choose(struct blob_source *source, struct arena *arena, const struct manifest *root,
    const struct platform *wanted, struct image_choice **choices, size_t *count, size_t *missing,
    struct error *err) MUST_CHECK;

#endif
