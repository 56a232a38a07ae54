/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fault.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[FAULT_COUNT] = {
#define FAULT(constant, name) [FAULT_##constant] = name,
#include "base/fault_points.def"
#undef FAULT
};

const char *fault_name(enum fault_id id)
{
    return names[id];
}

#ifdef TIDEWAITER_FAULT_POINTS

#include <signal.h>
#include <stdatomic.h>

void fault_point(enum fault_id id)
{
    static atomic_long passages;
    const char *wanted = getenv("TIDEWAITER_FAULT");
    if (wanted == NULL)
        return;
    size_t size = strcspn(wanted, ":");
    if (strlen(names[id]) != size || strncmp(wanted, names[id], size) != 0)
        return;
    long at = wanted[size] == ':' ? strtol(wanted + size + 1, NULL, 10) : 1;
    if (atomic_fetch_add(&passages, 1) + 1 == at)
        raise(SIGKILL);
}

#endif
