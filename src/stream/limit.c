/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "stream/source.h"

#include <stdlib.h>

struct limit_source {
    struct source base;
    struct source *below;
    uint64_t bytes_max;
    uint64_t bytes;
    const char *what;
};

static bool limit_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct limit_source *limit = (struct limit_source *)source;
    size_t count = 0;
    if (!source_read(limit->below, bytes, size, &count, err))
        return false;
    if (count > limit->bytes_max - limit->bytes)
        return error_set(
            err, ERROR_LIMIT, "%s is larger than %llu bytes", limit->what, (unsigned long long)limit->bytes_max);
    limit->bytes += count;
    *got = count;
    return true;
}

static void limit_source_close(struct source *source)
{
    struct limit_source *limit = (struct limit_source *)source;
    source_close(limit->below);
    free(limit);
}

static const struct source_type limit_type = {"limit", limit_source_read, limit_source_close};

struct source *source_limit(struct source *below, uint64_t bytes_max, const char *what)
{
    struct limit_source *limit = memory_alloc(sizeof(*limit));
    *limit = (struct limit_source){.base = {&limit_type}, .below = below, .bytes_max = bytes_max, .what = what};
    return &limit->base;
}
