/* SPDX-License-Identifier: Apache-2.0 */
/* Semantic versions as constraints write them: "1", "1.2", "1.2.x", "1.2.3-rc.1". Numbers go up to 2^63 - 2. */
#ifndef VERSION_PARTIAL_H
#define VERSION_PARTIAL_H

#include "base/view.h"

#include <stdbool.h>

struct partial {
    int64_t numbers[3]; /* 0 where there is none */
    int count; /* numbers that are stated: 0 to 3 */
    bool has_wildcard; /* "x", "X" or "*" in place of one; what follows it does not count */
    struct view prerelease; /* without '-'; empty = none */
};

/* By the letter of semantic versions but for what is missing; build metadata may follow three numbers. Without
   `takes_bare_prerelease` a prerelease needs three numbers as well. */
bool partial_parse(struct view text, bool takes_bare_prerelease, struct partial *partial);

/* -1, 0 or 1 by numbers and prerelease; a prerelease is older than none. */
int partial_compare(const struct partial *a, const struct partial *b);

/* By the first `count` numbers alone. */
int partial_compare_numbers(const struct partial *a, const struct partial *b, int count);

/* The first version behind all that begin with the first `count` numbers of `partial`: "1.2" becomes "1.3.0-0". */
struct partial partial_bump(const struct partial *partial, int count);

#endif
