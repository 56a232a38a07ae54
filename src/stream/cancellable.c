/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "stream/source.h"

#include <stdlib.h>

struct cancellable_source {
    struct source base;
    struct source *below;
    const struct cancel *cancel;
};

static bool cancellable_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct cancellable_source *cancellable = (struct cancellable_source *)source;
    return cancel_check(cancellable->cancel, err) && source_read(cancellable->below, bytes, size, got, err);
}

static void cancellable_source_close(struct source *source)
{
    struct cancellable_source *cancellable = (struct cancellable_source *)source;
    source_close(cancellable->below);
    free(cancellable);
}

static const struct source_type cancellable_type = {"cancellable", cancellable_source_read, cancellable_source_close};

struct source *source_cancellable(struct source *below, const struct cancel *cancel)
{
    struct cancellable_source *cancellable = memory_alloc(sizeof(*cancellable));
    *cancellable = (struct cancellable_source){.base = {&cancellable_type}, .below = below, .cancel = cancel};
    return &cancellable->base;
}
