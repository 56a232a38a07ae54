/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "stream/source.h"

#include <stdlib.h>

struct memory_source {
    struct source base;
    struct view rest;
};

static bool memory_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    (void)err;
    struct memory_source *memory = (struct memory_source *)source;
    size_t taken = memory->rest.size < size ? memory->rest.size : size;
    if (taken > 0)
        memcpy(bytes, memory->rest.data, taken);
    memory->rest = view_from(memory->rest, taken);
    *got = taken;
    return true;
}

static void memory_source_close(struct source *source)
{
    free(source);
}

static const struct source_type memory_type = {"memory", memory_source_read, memory_source_close};

struct source *source_from_memory(struct view content)
{
    struct memory_source *memory = memory_alloc(sizeof(*memory));
    *memory = (struct memory_source){.base = {&memory_type}, .rest = content};
    return &memory->base;
}
