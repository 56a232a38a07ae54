/* SPDX-License-Identifier: Apache-2.0 */
/* Images on disk as blob sources: an OCI layout directory (oci:DIR[:NAME]), an OCI layout in a tar (oci-archive:FILE[:NAME]),
   a Docker archive (docker-archive:FILE[:REF]), including what kaniko, containerd and skopeo write. Archives are indexed
   once in the sandbox (names, offsets, small JSON files); blobs are then read by offset, so nothing is unpacked. A
   compressed archive is ERROR_UNSUPPORTED and says how to decompress it. */
#ifndef LAYER_INPUT_H
#define LAYER_INPUT_H

#include "image/blob_source.h"
#include "sandbox/sandbox.h"

/* `name` selects one image by org.opencontainers.image.ref.name; empty means the only one, and it is ERROR_NOT_FOUND with the
   names if there are several. The manifest of an unset digest is that image's. */
bool layout_open(const char *directory, struct view name, struct blob_source **source, struct error *err) MUST_CHECK;

bool oci_archive_open(struct sandbox *sandbox, const char *file, struct view name, struct blob_source **source,
    struct error *err) MUST_CHECK;

/* `name` selects by RepoTags; layers are hashed once, since the archive does not tell their digests. A manifest and
   layer descriptors are made up from manifest.json. */
bool docker_archive_open(struct sandbox *sandbox, const char *file, struct view name, struct blob_source **source,
    struct error *err) MUST_CHECK;

/* The sandbox task that indexes an archive, for the table of tasks. */
extern const struct sandbox_task archive_task;

#endif
