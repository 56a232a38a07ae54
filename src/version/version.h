/* SPDX-License-Identifier: Apache-2.0 */
/* Version orders of package managers: one file version_<name>.c and one row in versions.def each; ecosystems.def says which
   ecosystem uses which. Pure, no allocation, no limit on the length of numbers unless the package manager has one; fuzzed
   for the laws of an order. */
#ifndef VERSION_VERSION_H
#define VERSION_VERSION_H

#include "base/view.h"

#include <stdbool.h>

struct version_order {
    const char *name; /* "dpkg" */

    /* Whether the text is a version in this order, by the letter of its rules. */
    bool (*is_valid)(struct view version);

    /* Whether the package manager itself would order the text, valid or not: "1.0bc" in apk, "1.2" in npm. True for every
       valid version. What is not comparable must not decide whether a package is affected. */
    bool (*is_comparable)(struct view version);

    /* -1, 0 or 1; defined for all other texts as well, since databases hold such. */
    int (*compare)(struct view a, struct view b);

    /* The package manager's own rules run in circles on odd texts ("1.1" < "1..a" < "1.." < "1.1" in pacman), and we follow
       them. Antisymmetric all the same. */
    bool has_circles;
};

/* All rows of versions.def, in that order. */
extern const struct version_order *const version_orders[];
extern const size_t version_order_count;

/* By name ("dpkg"); NULL if unknown. */
const struct version_order *version_order_named(struct view name);

/* By OSV ecosystem ("Debian:12" → dpkg); NULL if we have no order for it. */
const struct version_order *version_order_for_ecosystem(struct view ecosystem);

#endif
