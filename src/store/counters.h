/* SPDX-License-Identifier: Apache-2.0 */
/* What several images have together, each vulnerability and package once. For the files of this folder. */
#ifndef STORE_COUNTERS_H
#define STORE_COUNTERS_H

#include "package/package.h"
#include "scan/scan.h"
#include "store/transaction.h"

struct union_counts {
    int64_t packages;
    int64_t vulnerabilities;
    int64_t by_severity[SEVERITY_COUNT]; /* each at the highest that a package of the images gives it */
};

bool counters_of_images(struct transaction *transaction, struct arena *arena, const int64_t *images, size_t count,
    struct union_counts *counts, struct error *err) MUST_CHECK;

#endif
