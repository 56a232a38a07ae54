/* SPDX-License-Identifier: Apache-2.0 */
/* A look over all repositories with an import policy, by what the store holds: how many tags it selects, and why not the
   others. For runs that have ended and for policies that were just saved; nothing is changed. */
#ifndef JOB_REVIEW_H
#define JOB_REVIEW_H

#include "base/cancel.h"
#include "job/plan_repository.h"

/* Counts into planner->totals, from nothing. `run`: only repositories that it listed have tags; 0 = all have. */
bool review_policy(struct planner *planner, int64_t run, const struct cancel *cancel, struct error *err) MUST_CHECK;

/* What the policy still has to import after a run, because the run reached its cap. */
int64_t review_backlog(const struct plan_totals *totals, int64_t imported);

#endif
