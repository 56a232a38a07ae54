/* SPDX-License-Identifier: Apache-2.0 */
/* Docker's withdrawn manifest format schema 1, which old registries still hold: layers from the top down, and facts about
   the image in the history of its layers instead of a config. Inside image/ only, but for the payload. Pure. */
#ifndef IMAGE_SCHEMA1_H
#define IMAGE_SCHEMA1_H

#include "base/json.h"
#include "image/manifest.h"

/* Whether a manifest has this format, by its media type, members or version. */
bool schema1_is(struct json root, struct view media_type);

/* Reads layers and history; a config of what the history tells becomes manifest->config with its content. Layers have no
   size (DESCRIPTOR_SIZE_UNKNOWN). */
bool schema1_parse(struct arena *arena, struct json root, struct manifest *manifest, struct error *err) MUST_CHECK;

/* What was signed of a signed document, which its digest covers and which is all that may be read of it; any other
   document is its own payload. ERROR_INVALID if the signatures do not fit the document. They are not checked: the digest
   is what counts. */
bool schema1_payload(struct arena *arena, struct view document, struct view *payload, struct error *err) MUST_CHECK;

#endif
