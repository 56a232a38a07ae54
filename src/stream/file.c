/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "stream/source.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct file_source {
    struct source base;
    int descriptor;
    bool owns;
};

static bool file_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct file_source *file = (struct file_source *)source;
    ssize_t count;
    do {
        count = read(file->descriptor, bytes, size);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return error_set_errno(err, errno, "could not read");
    *got = (size_t)count;
    return true;
}

static void file_source_close(struct source *source)
{
    struct file_source *file = (struct file_source *)source;
    if (file->owns)
        close(file->descriptor);
    free(file);
}

static const struct source_type file_type = {"file", file_source_read, file_source_close};

struct source *source_from_descriptor(int descriptor, bool owns)
{
    struct file_source *file = memory_alloc(sizeof(*file));
    *file = (struct file_source){.base = {&file_type}, .descriptor = descriptor, .owns = owns};
    return &file->base;
}

struct range_source {
    struct source base;
    int descriptor;
    uint64_t offset;
    uint64_t left; /* bytes */
};

static bool range_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct range_source *range = (struct range_source *)source;
    if (range->left == 0) {
        *got = 0;
        return true;
    }
    size_t wanted = range->left < size ? (size_t)range->left : size;
    ssize_t count;
    do {
        count = pread(range->descriptor, bytes, wanted, (off_t)range->offset);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return error_set_errno(err, errno, "could not read at byte %llu", (unsigned long long)range->offset);
    if (count == 0)
        return error_set(err, ERROR_CORRUPT, "the file ends at byte %llu, %llu bytes early",
            (unsigned long long)range->offset, (unsigned long long)range->left);
    range->offset += (uint64_t)count;
    range->left -= (uint64_t)count;
    *got = (size_t)count;
    return true;
}

static void range_source_close(struct source *source)
{
    free(source);
}

static const struct source_type range_type = {"file range", range_source_read, range_source_close};

struct source *source_from_range(int descriptor, uint64_t offset, uint64_t size)
{
    struct range_source *range = memory_alloc(sizeof(*range));
    *range = (struct range_source){.base = {&range_type}, .descriptor = descriptor, .offset = offset, .left = size};
    return &range->base;
}
