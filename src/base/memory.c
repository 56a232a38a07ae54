/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdlib.h>
#include <unistd.h>

void memory_exhausted(size_t size)
{
    (void)size;
    static const char text[] = "tidewaiter: out of memory\n";
    /* write and _exit only: the sandbox forbids what abort() and exit() would do. */
    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        _exit(99);
    _exit(99);
}

void *memory_alloc(size_t size)
{
    void *bytes = malloc(size == 0 ? 1 : size);
    if (bytes == NULL)
        memory_exhausted(size);
    return bytes;
}

void *memory_resize(void *bytes, size_t size)
{
    void *resized = realloc(bytes, size == 0 ? 1 : size);
    if (resized == NULL)
        memory_exhausted(size);
    return resized;
}
