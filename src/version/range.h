/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of versions in the constraint language of each package manager: one file range_<name>.c and one row in ranges.def
   each. An order without a language of its own has the generic one: comparisons apart by ',' or blanks, "||" between
   alternatives. Pure; only Conda's regular expressions allocate. */
#ifndef VERSION_RANGE_H
#define VERSION_RANGE_H

#include "version/version.h"

enum range_match {
    RANGE_MATCH_NO,
    RANGE_MATCH_YES,
    RANGE_MATCH_INVALID, /* the range cannot be read; a version that cannot be read is in no range */
};

struct range_language {
    const char *name; /* that of its order, or "generic" */

    /* Whether `range` contains `version`. `order` is the language's own, but for the generic one. */
    enum range_match (*match)(const struct version_order *order, struct view range, struct view version);
};

/* Ranges longer than this are RANGE_MATCH_INVALID: a term costs up to the length of the version. */
#define RANGE_BYTES_MAX 65536

/* By the name of an order, or "generic" for versions of no known system, which are ordered as RubyGems does. False if there
   is no such name. */
bool range_named(struct view name, const struct range_language **language, const struct version_order **order);

/* `match` with the limit on the length of the range. */
enum range_match range_match(
    const struct range_language *language, const struct version_order *order, struct view range, struct view version);

#endif
