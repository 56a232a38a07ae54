/* SPDX-License-Identifier: Apache-2.0 */
/* What images have, each vulnerability and package once. For the files of this folder. */
#ifndef STORE_COUNTERS_H
#define STORE_COUNTERS_H

#include "store/matching.h"

/* What several images have together: each vulnerability at the highest severity that a package of the images gives it. */
bool counters_of_images(struct transaction *transaction, struct arena *arena, const int64_t *images, size_t count,
    struct tally *counts, struct error *err) MUST_CHECK;

/* Stores the counters of an image, and what lists sort and filter its rows by, for all organizations that have it. `before`: what
   is stored; NULL: nobody knows, or nothing is. */
bool tally_write(struct matching *matching, int64_t image, const struct tally *tally, const struct tally *before,
    struct error *err) MUST_CHECK;

/* Counts the images again whose counters an earlier program left without kinds. */
bool counters_complete(struct transaction *transaction, struct error *err) MUST_CHECK;

#endif
