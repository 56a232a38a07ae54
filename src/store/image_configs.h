/* SPDX-License-Identifier: Apache-2.0 */
/* What a stored image's config says of how it runs and was made. For the files of this folder. */
#ifndef STORE_IMAGE_CONFIGS_H
#define STORE_IMAGE_CONFIGS_H

#include "image/manifest.h"
#include "store/transaction.h"

bool image_config_save(
    struct transaction *transaction, int64_t image, const struct image_config *config, struct error *err) MUST_CHECK;

/* User, environment, labels, ports, instructions, the command of each layer, and when it was created; `*found` is false of
   an image that was stored without. */
bool image_config_load(struct transaction *transaction, struct arena *arena, int64_t image, struct image_config *config,
    bool *found, struct error *err) MUST_CHECK;

#endif
