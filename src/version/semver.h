/* SPDX-License-Identifier: Apache-2.0 */
/* Semantic Versioning 2.0.0, shared by the orders that follow it. */
#ifndef VERSION_SEMVER_H
#define VERSION_SEMVER_H

#include "base/view.h"

#include <stdbool.h>

struct semver {
    struct view numbers[3]; /* major, minor, patch as digits; empty = missing, counts as 0 */
    int number_count; /* numbers in the text, also those beyond the third, which are ignored */
    struct view prerelease; /* without '-'; empty = none */
    bool has_prerelease; /* a '-' that nothing follows is one, though not a valid one */
    struct view build; /* without '+' */
    bool has_build;
};

/* Reads "1.2.3-rc.1+build" and what people write instead: blanks around it, "v" or "=" in front, missing or more numbers,
   a prerelease without '-' or behind a '.'. False for other texts. */
bool semver_parse(struct view text, struct semver *semver);

/* Whether the text is a semantic version by the letter of the specification; a "v" in front is fine. */
bool semver_is_valid(struct view text);

/* Whether semver_parse can read it. */
bool semver_is_comparable(struct view text);

/* Whether the text is a list of identifiers by the letter: letters, digits and '-', apart by dots, none of them empty, and,
   if `refuses_leading_zero`, no number with a zero in front. */
bool semver_are_identifiers(struct view text, bool refuses_leading_zero);

/* -1, 0 or 1 for two lists of identifiers (section 11.4); an empty list comes first. */
int semver_compare_identifiers(struct view a, struct view b);

/* Precedence (section 11): build metadata does not count. What cannot be read sorts by bytes before all that can. */
int semver_compare(struct view a, struct view b);

#endif
