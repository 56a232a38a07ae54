/* SPDX-License-Identifier: Apache-2.0 */
/* Intervals as Maven and NuGet write them: "[1.0,2.0)", "(,1.5]", "[1.2]". */
#ifndef VERSION_INTERVAL_H
#define VERSION_INTERVAL_H

#include "version/range.h"

struct interval {
    struct view lower, upper; /* empty = none */
    bool has_lower_bound, has_upper_bound; /* the bound itself belongs to it: '[' and ']' */
};

/* Takes an interval from the start away. False if there is none; one version alone must stand in '[' and ']'. */
bool interval_cut(struct view *rest, struct interval *interval);

bool interval_contains(const struct interval *interval, const struct version_order *order, struct view version);

#endif
