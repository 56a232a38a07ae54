/* SPDX-License-Identifier: Apache-2.0 */
/* Whether something can be done about a finding: a fixed version, or the distribution's word on why there is none. Pure. */
#ifndef FINDING_FIX_H
#define FINDING_FIX_H

#include "finding/finding.h"

/* What one advisory says about a version that it affects. */
enum fix_state fix_state_of(const struct affected *affected, const struct applicability_result *result);

/* Of two advisories: a fix that exists counts, then the more final word. */
enum fix_state fix_state_merge(enum fix_state a, enum fix_state b);

#endif
