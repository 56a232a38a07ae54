/* SPDX-License-Identifier: Apache-2.0 */
/* Which EPSS scores verdicts hang on. EPSS gives nearly all vulnerabilities another score each day, and most verdicts ask for
   none: only a score that passes a limit of some standing policy concerns images. For the files of this
   folder. */
#ifndef STORE_SCORE_LIMITS_H
#define STORE_SCORE_LIMITS_H

#include "advisory/lookup.h"
#include "store/transaction.h"

struct score_limits;

/* Of the policies of all organizations; lives in the arena. */
bool score_limits_read(
    struct transaction *transaction, struct arena *arena, struct score_limits **limits, struct error *err) MUST_CHECK;

/* Whether a policy answers otherwise with the facts after than with those before, by their scores alone. */
bool score_limits_passed(const struct score_limits *limits, const struct vulnerability_facts *before,
    const struct vulnerability_facts *after);

#endif
