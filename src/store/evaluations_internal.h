/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that have to be evaluated again, as other use cases mark them in the transaction of their change. For the files of this
   folder. */
#ifndef STORE_EVALUATIONS_INTERNAL_H
#define STORE_EVALUATIONS_INTERNAL_H

#include "finding/accepted_risk.h"
#include "store/matching.h"

/* Of several causes the last of this list counts. A verdict that flips by one of the last two is an event. */
enum due_cause { DUE_PERSON, DUE_IMAGE, DUE_ADVISORY, DUE_TIME };

/* The scanned rows of a snapshot. */
bool due_mark_snapshot(struct transaction *transaction, int64_t snapshot, struct error *err) MUST_CHECK;

/* Evaluates the rows of a project that were never evaluated where they stand now. */
bool due_settle_project(struct transaction *transaction, int64_t project, struct error *err) MUST_CHECK;

/* All rows of an organization; or of an integration, if its organization has policies or accepted risks. */
bool due_mark_organization(
    struct transaction *transaction, int64_t organization, enum due_cause cause, struct error *err) MUST_CHECK;
bool due_mark_integration(struct transaction *transaction, int64_t integration, struct error *err) MUST_CHECK;

/* The rows that an accepted risk may concern. */
bool due_mark_risk(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct accepted_risk *risk, enum due_cause cause, struct error *err) MUST_CHECK;

/* The rows of images that have one of the vulnerabilities, whose names are in upper case. */
bool due_mark_vulnerabilities(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct view *names, size_t count, struct error *err) MUST_CHECK;

/* The rows of images whose packages or vulnerabilities changed in a rematch. */
bool due_mark_matching(struct matching *matching, struct error *err) MUST_CHECK;

/* Marks all rows if the day or the state of the feeds is not the one that evaluations went by. */
bool due_mark_state(struct transaction *transaction, struct arena *arena, struct error *err) MUST_CHECK;

/* Whether store_follow_clock has something to do: until it is done, what is stored is of an earlier time. */
bool due_is_behind(struct transaction *transaction, struct arena *arena, bool *is_so, struct error *err) MUST_CHECK;

/* Evaluates what is due of the organization now if that is little; queues a job for what is left. */
bool due_settle(struct transaction *transaction, int64_t organization, struct error *err) MUST_CHECK;

/* Queues the job if anything is due. */
bool due_enqueue(struct transaction *transaction, struct error *err) MUST_CHECK;

/* Evaluates rows that are due: of one organization, or 0 = of all. */
bool evaluate_due(
    struct transaction *transaction, int64_t organization, int limit, size_t *count, struct error *err) MUST_CHECK;

#endif
