/* SPDX-License-Identifier: Apache-2.0 */
/* RubyGems' versions as runs of digits and of letters, for their order and for the requirements that select them. */
#ifndef VERSION_RUBYGEMS_H
#define VERSION_RUBYGEMS_H

#include "base/view.h"

#include <stdbool.h>

/* Gem::Version::ANCHORED_VERSION_PATTERN; blanks around and nothing at all, which is "0", included. */
bool rubygems_is_version(struct view text);

/* -1, 0 or 1; for all texts. */
int rubygems_compare(struct view a, struct view b);

/* Whether `version` is older than what `base` becomes when its last number but one (of its numbers before the first
   letters) is counted up: the upper end of "~> base". Letters in `version` do not count. */
bool rubygems_is_below_bump(struct view version, struct view base);

#endif
