/* SPDX-License-Identifier: Apache-2.0 */
/* Version orders of package managers: one file version_<name>.c and one row in versions.def each. Pure, no allocation, no
   limit on the length of numbers; fuzzed for the laws of an order. */
#ifndef VERSION_VERSION_H
#define VERSION_VERSION_H

#include "base/view.h"

#include <stdbool.h>

struct version_order {
    const char *name; /* "dpkg" */

    /* Whether the text is a version in this order. */
    bool (*is_valid)(struct view version);

    /* -1, 0 or 1; defined for invalid texts as well (some total order), since databases hold such. */
    int (*compare)(struct view a, struct view b);
};

/* By name ("dpkg"); NULL if unknown. */
const struct version_order *version_order_named(struct view name);

/* By OSV ecosystem ("Debian:12" → dpkg); NULL if we have no order for it. */
const struct version_order *version_order_for_ecosystem(struct view ecosystem);

#endif
