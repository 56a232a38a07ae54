/* SPDX-License-Identifier: Apache-2.0 */
/* What a hostile child would try, tried in the real child after it is locked up. Built in only with -Dfault_points=true, as
   fault points are. TIDEWAITER_PROBE in the parent's environment names the act; it travels in the parameters of a task. */
#ifndef SANDBOX_PROBE_H
#define SANDBOX_PROBE_H

#include "sandbox/frame.h"

enum { PROBE_PARAMETERS_SIZE = 96 };

#ifdef TIDEWAITER_FAULT_POINTS

/* The parent's side: the parameters, empty if no act is wanted. */
struct view probe_parameters(char text[PROBE_PARAMETERS_SIZE]);

/* The child's side: tries the act. Fails in any case, unless the kernel has killed the process before; the error says
   whether the act was refused or SUCCEEDED. True if there is no act. */
bool probe_act(struct view parameters, struct frame_writer *out, struct error *err) MUST_CHECK;

#else

static inline struct view probe_parameters(char text[PROBE_PARAMETERS_SIZE])
{
    return view_of(text, 0);
}

static inline bool MUST_CHECK probe_act(struct view parameters, struct frame_writer *out, struct error *err)
{
    (void)parameters, (void)out, (void)err;
    return true;
}

#endif

#endif
