/* SPDX-License-Identifier: Apache-2.0 */
/* Projects inside other use cases. For the files of this folder. */
#ifndef STORE_PROJECT_ROWS_H
#define STORE_PROJECT_ROWS_H

#include "store/integrations.h"
#include "store/transaction.h"

/* Rows of the image list are shown while their project is active, in the registry and in the policy: brings them in line
   after any of these changed. */
bool project_settle_rows(struct transaction *transaction, int64_t project, struct error *err) MUST_CHECK;

/* Milliseconds of a frequency, as SQL over its text. */
#define FREQUENCY_MS(frequency) "(CASE " frequency " WHEN 'weekly' THEN 604800000 ELSE 86400000 END)"

/* When a tag that was looked up at `at` is due again. A project that stands for a digest never is: that does not move. */
#define DUE_AFTER(at, frequency)                                                                                       \
    "CASE WHEN tag LIKE '%:%' THEN 9223372036854775807 ELSE " at " + " FREQUENCY_MS(frequency) " END"

/* That its tag was looked up now. */
bool project_note_look(struct transaction *transaction, int64_t project, enum look look, struct error *err) MUST_CHECK;

/* Leaves no tombstone. */
bool project_delete(struct transaction *transaction, int64_t project, struct view who, struct error *err) MUST_CHECK;

#endif
