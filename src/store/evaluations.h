/* SPDX-License-Identifier: Apache-2.0 */
/* What the vulnerability policies of the registry stage say of each row of the image list, and what accepted risks cover there.
   Verdict and counters are stored with the row, and beside them what the policies of admission say (store/admission.h). They
   follow whatever changes them: a scan, advisories, policies, bundles, accepted risks, their end, a moved tag, the feeds' age, and
   the day, which predicates about ages go by. Small changes are followed in their own transaction, others by a job: until it ran,
   a row has the verdict from before. */
#ifndef STORE_EVALUATIONS_H
#define STORE_EVALUATIONS_H

#include "base/uuid.h"
#include "policy/evaluate.h"
#include "store/store.h"

/* Looks at the clock: accepted risks that ended, a new day, feeds that became too old. Marks the rows that this concerns and
   queues their evaluation; `*count` tells how many are due. Cheap if nothing happened. */
bool store_follow_clock(struct store *store, int64_t *count, struct error *err) MUST_CHECK;

/* Evaluates at most `limit` rows that are due; `*count` of them were. */
#define EVALUATE_BATCH_MAX 1000
bool store_evaluate_due(struct store *store, int limit, size_t *count, struct error *err) MUST_CHECK;

/* The evaluation of a row as it is now, with rules, violations and reasons. */
struct row_evaluation {
    struct view reference;
    enum evaluation_outcome stored; /* what lists show */
    const struct accepted_risk *accepted; /* the image as a whole is; NULL: it is not */
    const struct evaluation *evaluation;
};

/* By the policies of the registry stage, or by the one with this UUID or name alone. ERROR_NOT_FOUND without such a row or
   policy, ERROR_CONFLICT if the image is not scanned. */
bool store_read_evaluation(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct view policy, struct row_evaluation *result, struct error *err) MUST_CHECK;

#endif
