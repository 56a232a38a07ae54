/* SPDX-License-Identifier: Apache-2.0 */
/* What images have, each vulnerability and package once. For the files of this folder. */
#ifndef STORE_COUNTERS_H
#define STORE_COUNTERS_H

#include "store/matching.h"

/* What several images have together: each vulnerability at the highest severity that a package of the images gives it. */
bool counters_of_images(struct transaction *transaction, struct arena *arena, const int64_t *images, size_t count,
    struct tally *counts, struct error *err) MUST_CHECK;

/* Counts the images that were scanned and never counted, as a migration leaves them. */
bool counters_complete(struct transaction *transaction, struct error *err) MUST_CHECK;

/* No feed tells any more what is known to be exploited. */
bool counters_forget_kev(struct transaction *transaction, struct error *err) MUST_CHECK;

#endif
