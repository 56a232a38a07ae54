/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts on disk: an OCI image layout (OCI image spec 1.1, image-layout.md) with one manifest, in a folder or in a tar.
   The same artifact makes the same bytes. */
#ifndef LAYER_OUTPUT_H
#define LAYER_OUTPUT_H

#include "image/blob_sink.h"

/* Makes the folder if it is missing; its index.json is replaced at the end. */
bool layout_writer_open(const char *directory, struct blob_sink **sink, struct error *err) MUST_CHECK;

/* Replaces the file at the end. */
bool archive_writer_open(const char *file, struct blob_sink **sink, struct error *err) MUST_CHECK;

#endif
