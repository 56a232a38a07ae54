/* SPDX-License-Identifier: Apache-2.0 */
/* The layers of a stored image, for the files of this folder. */
#ifndef STORE_IMAGE_LAYERS_H
#define STORE_IMAGE_LAYERS_H

#include "scan/extent.h"
#include "store/image_rows.h"

struct image_layers {
    struct view *digests; /* of the blobs, from the bottom up */
    size_t count;
    size_t base_layers; /* the lowest ones that are another image's */
    size_t known_layers; /* of these, the ones of an image that the organization has */
    struct view base_reference; /* its name */
    int64_t base_row; /* of the image list; 0 = there is none */
};

/* Of an image that the reader's organization may see; none if there is no such image. */
bool image_layers_read(
    const struct row_reader *reader, int64_t image, struct image_layers *layers, struct error *err) MUST_CHECK;

/* What tells images apart that have these layers: each extent that they are stored to. */
void image_layers_digest(struct view layers, const struct scan_extent *extent, struct digest *digest);

#endif
