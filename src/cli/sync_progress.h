/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for syncs and the scans that they queue, with one line of progress on a terminal. */
#ifndef CLI_SYNC_PROGRESS_H
#define CLI_SYNC_PROGRESS_H

#include "store/store.h"

#include <stdio.h>

/* Returns when no sync, scan or rematch of the organization waits or runs any more. */
bool sync_wait(struct store *store, int64_t organization, bool shows_progress, struct error *err) MUST_CHECK;

/* One line for the newest run of each integration; `*is_complete` if all of them read everything. */
bool sync_print_runs(
    struct store *store, int64_t organization, FILE *out, bool *is_complete, struct error *err) MUST_CHECK;

/* What came of a run, in one line and perhaps a second one with its error. */
struct sync_run;
void sync_print_run(const struct sync_run *run, FILE *out);

/* What people should know of how the run went beside its result, one line each. */
bool sync_print_notes(
    struct store *store, int64_t organization, const struct sync_run *run, FILE *out, struct error *err) MUST_CHECK;

#endif
