/* SPDX-License-Identifier: Apache-2.0 */
/* Projects inside other use cases. For the files of this folder. */
#ifndef STORE_PROJECT_ROWS_H
#define STORE_PROJECT_ROWS_H

#include "store/transaction.h"

/* Rows of the image list are shown while their project is active, in the registry and in the policy: brings them in line
   after any of these changed. */
bool project_settle_rows(struct transaction *transaction, int64_t project, struct error *err) MUST_CHECK;

/* Leaves no tombstone. */
bool project_delete(struct transaction *transaction, int64_t project, struct view who, struct error *err) MUST_CHECK;

#endif
