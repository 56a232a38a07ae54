/* SPDX-License-Identifier: Apache-2.0 */
/* Named moments at which a test can kill this process. Built in only with -Dfault_points=true (test builds); elsewhere a
   fault point costs nothing. TIDEWAITER_FAULT=name or name:N kills with SIGKILL at the first or Nth passage. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

enum fault_id {
#define FAULT(constant, name) FAULT_##constant,
#include "base/fault_points.def"
#undef FAULT
    FAULT_COUNT
};

#ifdef TIDEWAITER_FAULT_POINTS
void fault_point(enum fault_id id);
#else
static inline void fault_point(enum fault_id id)
{
    (void)id;
}
#endif

/* Name of a fault point, for the command that lists them to the tests. */
const char *fault_name(enum fault_id id);

#endif
