/* SPDX-License-Identifier: Apache-2.0 */
/* Counts what all places have on the present day, for trends. */
#include "job/kind.h"
#include "store/daily_counters.h"

static bool run_count(struct job_run *run, struct error *err)
{
    return store_count_day(run->surroundings->store, err);
}

const struct job_kind job_count = {JOB_COUNT, run_count, NULL};
