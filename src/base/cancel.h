/* SPDX-License-Identifier: Apache-2.0 */
/* One per job: anybody may ask it to stop, the job looks at it in every stream read and HTTP callback. */
#ifndef BASE_CANCEL_H
#define BASE_CANCEL_H

#include "base/error.h"

#include <stdatomic.h>

struct cancel {
    atomic_bool is_requested;
};

static inline void cancel_request(struct cancel *cancel)
{
    atomic_store(&cancel->is_requested, true);
}

/* False and ERROR_CANCELLED once stopping was asked for; a NULL `cancel` never stops. */
static inline bool cancel_check(const struct cancel *cancel, struct error *err)
{
    if (cancel != NULL && atomic_load(&cancel->is_requested))
        return error_set(err, ERROR_CANCELLED, "stopped on request");
    return true;
}

#endif
