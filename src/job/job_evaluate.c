/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the vulnerability policies again of all rows of the image list that are due, batch by batch: what is done stays done. */
#include "job/kind.h"
#include "store/evaluations.h"

enum { BATCH = 100 };

static bool run_evaluate(struct job_run *run, struct error *err)
{
    size_t count = 0;
    do {
        if (!cancel_check(run->cancel, err) || !store_evaluate_due(run->surroundings->store, BATCH, &count, err))
            return false;
    } while (count > 0);
    return true;
}

const struct job_kind job_evaluate = {"evaluate", run_evaluate, NULL};
