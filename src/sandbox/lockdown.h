/* SPDX-License-Identifier: Apache-2.0 */
/* How a child gives up what it could do. Irreversible, for the calling process; one thread. */
#ifndef SANDBOX_LOCKDOWN_H
#define SANDBOX_LOCKDOWN_H

#include "base/error.h"

#include <stdint.h>

/* Which kernel features are used: a set of bits. */
#define LOCK_LANDLOCK 1u
#define LOCK_SECCOMP 2u
#define LOCK_ALL (LOCK_LANDLOCK | LOCK_SECCOMP)

/* What every child may take; a run's held bytes come on top. */
#define CHILD_BYTES_MAX (UINT64_C(64) << 20)
#define CHILD_HELD_BYTES_MAX (UINT64_C(256) << 20)

/* The features that this kernel offers. */
unsigned lockdown_available(void);

struct lockdown {
    unsigned locks; /* LOCK_… */
    uint64_t held_bytes_max; /* at most CHILD_HELD_BYTES_MAX */
    uint64_t cpu_seconds_max;
};

/* In this order: no_new_privs, Landlock without a rule, rlimits, seccomp. Afterwards the process can use memory and the
   descriptors that are open, and end; any other system call kills it. */
bool lockdown_apply(const struct lockdown *lockdown, struct error *err) MUST_CHECK;

#endif
