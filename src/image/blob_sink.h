/* SPDX-License-Identifier: Apache-2.0 */
/* Where an artifact goes: a registry, or an OCI image layout as a folder or a tar. Implemented by registry/ and layer/. First
   its blobs, then the one manifest that names them, which makes it visible. One thread. */
#ifndef IMAGE_BLOB_SINK_H
#define IMAGE_BLOB_SINK_H

#include "base/digest.h"
#include "base/error.h"
#include "stream/source.h"

struct blob_sink;

struct blob_sink_type {
    /* Takes `size` bytes; what is there already is not sent again. The content is read to its end or not at all, and not
       closed. */
    bool (*blob)(
        struct blob_sink *sink, const struct digest *digest, uint64_t size, struct source *content, struct error *err);

    /* Once, at the end. */
    bool (*manifest)(struct blob_sink *sink, struct view document, struct view media_type, struct error *err);

    /* Without a manifest nothing is left that others would take for an artifact. */
    void (*close)(struct blob_sink *sink);
};

struct blob_sink {
    const struct blob_sink_type *type;
};

static inline void blob_sink_cleanup(struct blob_sink **sink)
{
    if (*sink != NULL)
        (*sink)->type->close(*sink);
}
#define AUTO_BLOB_SINK CLEANUP(blob_sink_cleanup) struct blob_sink

#endif
