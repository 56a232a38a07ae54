/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of an image beside its packages, for the files of this folder. */
#ifndef STORE_INVENTORY_DETAILS_H
#define STORE_INVENTORY_DETAILS_H

#include "scan/scan.h"
#include "store/transaction.h"

/* Stores the details of a scanned image in place of earlier ones. */
bool inventory_details_write(struct transaction *transaction, struct arena *arena, int64_t image,
    const struct scan_image *scanned, struct error *err) MUST_CHECK;

#endif
