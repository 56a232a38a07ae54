/* SPDX-License-Identifier: Apache-2.0 */
/* Images that something outside reports as running: what the selector RuntimeIntegrations goes by. */
#ifndef STORE_RUNNING_IMAGES_H
#define STORE_RUNNING_IMAGES_H

#include "base/uuid.h"
#include "store/store.h"

#define RUNNING_IMAGES_MAX 5000 /* of one report */
#define RUNNING_PROVIDER_BYTES_MAX 255

/* Reports are kept for so long: the longest interval that a policy may have. */
#define RUNNING_IMAGE_KEPT_MS (INT64_C(8760) * 3600 * 1000)

/* An image is in use if it was reported within this time. */
#define RUNNING_IMAGE_IN_USE_MS (INT64_C(24) * 3600 * 1000)

struct running_report_item {
    struct view name; /* as reported */
    struct view host;
    struct view repository;
    struct view tag; /* empty if only the digest is known */
    struct view digest; /* of the manifest or index; empty if only the tag is known */
    bool is_imported; /* filled: a project that is not deleted has it */
};

/* Notes that all of them run now, and tells which are imported. */
bool store_report_running(struct store *store, int64_t organization, struct view provider,
    struct running_report_item *items, size_t count, struct view who, struct error *err) MUST_CHECK;

/* Within a transaction, for a row of the image list: whether the organization gets reports at all, and whether one of them named
   the row's image, by its digest, or by its tag alone. */
struct transaction;
bool running_image_find(struct transaction *transaction, int64_t organization, int64_t row, bool *knows_use,
    bool *is_in_use, struct error *err) MUST_CHECK;

bool store_prune_running_images(struct store *store, struct error *err) MUST_CHECK;

#endif
