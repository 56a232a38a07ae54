/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for syncs and the scans that they queue, with one line of progress on a terminal. */
#ifndef CLI_SYNC_PROGRESS_H
#define CLI_SYNC_PROGRESS_H

#include "cli/workspace.h"
#include "store/integrations.h"

#include <stdio.h>

/* Returns when no sync, scan or rematch of the organization waits or runs any more. */
bool sync_wait(struct store *store, int64_t organization, bool shows_progress, struct error *err) MUST_CHECK;

/* One line for the newest run of each integration; `*is_complete` if all of them read everything. */
bool sync_print_runs(
    struct store *store, int64_t organization, FILE *out, bool *is_complete, struct error *err) MUST_CHECK;

/* Waits for the end of a run that was queued, for --timeout SECONDS or an hour. It appears when its job begins. */
bool sync_wait_for_run(struct command_call *call, struct workspace *workspace, const struct uuid *uuid,
    struct sync_run *run, struct error *err) MUST_CHECK;

/* What came of a run, in one line and perhaps a second one with its error. */
void sync_print_run(const struct sync_run *run, FILE *out);

/* What people should know of how the run went beside its result, one line each. */
bool sync_print_notes(
    struct store *store, int64_t organization, const struct sync_run *run, FILE *out, struct error *err) MUST_CHECK;

#endif
