/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/unpacked.h"

#include "base/memory.h"

#include <stdlib.h>

/* The caller closes the input, and decompressors close what is below them. */
struct borrowed {
    struct source source; /* first */
    struct source *below;
};

static bool read_borrowed(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    return source_read(((struct borrowed *)source)->below, bytes, size, got, err);
}

static void close_borrowed(struct source *source)
{
    free(source);
}

static struct source *borrow(struct source *below)
{
    static const struct source_type type = {"file of a feed", read_borrowed, close_borrowed};
    struct borrowed *borrowed = memory_alloc(sizeof(*borrowed));
    *borrowed = (struct borrowed){{&type}, below};
    return &borrowed->source;
}

struct source *unpacked(struct source *input, uint64_t bytes_max, const char *what)
{
    return source_limit(source_decompress_all(borrow(input)), bytes_max, what);
}
