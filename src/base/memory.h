/* SPDX-License-Identifier: Apache-2.0 */
/* Heap allocation that never returns NULL: out of memory ends the process with one line on stderr (in a scan it ends the
   child, and the parent reports a gap). Released with free(). Outside `base`, prefer an arena or a buffer. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/attributes.h"

#include <stddef.h>

void *memory_alloc(size_t size); /* not zeroed */
void *memory_resize(void *bytes, size_t size); /* as realloc */
NORETURN void memory_exhausted(size_t size);

#endif
