/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/tar.h"

#include "stream/tar.h"

#include <inttypes.h>

enum { END_BYTES = 1024 /* two empty blocks of 512 */ };

/* Passes on what is below, and remembers whether that failed and how many zeros it ended with. */
struct watched {
    struct source source; /* first */
    struct source *below;
    struct error failure; /* code ERROR_NONE = none */
    size_t zero_count; /* saturates at END_BYTES */
};

static void count_zeros(struct watched *watched, const char *bytes, size_t size)
{
    size_t zeros = 0;
    while (zeros < size && zeros < END_BYTES && bytes[size - 1 - zeros] == '\0')
        zeros++;
    if (zeros == size)
        zeros += watched->zero_count;
    watched->zero_count = zeros < END_BYTES ? zeros : END_BYTES;
}

static bool read_watched(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct watched *watched = (struct watched *)source;
    if (!source_read(watched->below, bytes, size, got, err)) {
        watched->failure = *err;
        return false;
    }
    count_zeros(watched, bytes, *got);
    return true;
}

static void close_watched(struct source *source)
{
    (void)source;
}

static const struct source_type watched_type = {"file of an archive", read_watched, close_watched};

bool tar_entry_has_failed(const struct source *content)
{
    return ((const struct watched *)content)->failure.code != ERROR_NONE;
}

/* What makes no archive is as bad as one that is cut short. */
static bool damaged(struct error *err)
{
    if (err->code == ERROR_INVALID)
        err->code = ERROR_CORRUPT;
    return error_wrap(err, "the archive is cut short or damaged");
}

static bool read_entries(
    const struct tar_reading *reading, struct tar_reader *reader, uint64_t *entry_count, struct error *err)
{
    for (;;) {
        struct tar_entry entry;
        bool is_end;
        if (!tar_next(reader, &entry, &is_end, err))
            return damaged(err);
        if (is_end)
            return true;
        if (++*entry_count > reading->entries_max)
            return error_set(err, ERROR_LIMIT, "the archive has more than %" PRIu64 " entries", reading->entries_max);
        struct watched content = {.source = {&watched_type}, .below = tar_content(reader)};
        if (entry.kind == TAR_FILE && !reading->entry(reading->context, entry.name, &content.source, err))
            return content.failure.code == ERROR_NONE ? false : damaged(err);
    }
}

bool tar_read(const struct tar_reading *reading, struct source *input, struct error *err)
{
    struct watched watched = {.source = {&watched_type}, .below = input};
    struct tar_reader *reader = tar_reader_new(&watched.source);
    uint64_t entry_count = 0;
    bool is_zero;
    bool is_read = read_entries(reading, reader, &entry_count, err) && tar_drain(reader, &is_zero, err);
    tar_reader_free(reader);
    if (!is_read)
        return false;
    return watched.zero_count == END_BYTES || error_set(err, ERROR_CORRUPT, "the archive is cut short: it has no end");
}
