/* SPDX-License-Identifier: Apache-2.0 */
/* What libraries do once, on first use, and what a child may not do: open locale and configuration files, ask for the
   machine's memory, start their random numbers. Done in the zygote, before it forks. One thread. */
#ifndef SANDBOX_WARM_H
#define SANDBOX_WARM_H

#include "base/error.h"

bool warm_libraries(struct error *err) MUST_CHECK;

#endif
