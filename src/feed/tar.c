/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024, END_BYTES = 1024 /* two empty blocks of 512 */ };

struct tar {
    struct source content; /* first: of the entry that is open */
    const struct tar_reading *reading;
    struct source *input;
    struct archive *archive;
    struct error failure; /* of the input or the archive; code ERROR_NONE = none */
    uint64_t entry_count;
    size_t zero_count; /* at the end of what was read; saturates at END_BYTES */
    char block[BLOCK_BYTES];
};

static void count_zeros(struct tar *tar, size_t size)
{
    size_t zeros = 0;
    while (zeros < size && zeros < END_BYTES && tar->block[size - 1 - zeros] == '\0')
        zeros++;
    if (zeros == size)
        zeros += tar->zero_count;
    tar->zero_count = zeros < END_BYTES ? zeros : END_BYTES;
}

static bool read_block(struct tar *tar, size_t *got)
{
    if (tar->failure.code != ERROR_NONE || !source_read(tar->input, tar->block, sizeof(tar->block), got, &tar->failure))
        return false;
    if (*got > 0)
        count_zeros(tar, *got);
    return true;
}

static la_ssize_t give_block(struct archive *archive, void *context, const void **bytes)
{
    struct tar *tar = context;
    size_t got;
    if (!read_block(tar, &got)) {
        archive_set_error(archive, EIO, "the input failed");
        return ARCHIVE_FATAL;
    }
    *bytes = tar->block;
    return (la_ssize_t)got;
}

/* The first failure stays: it is what the others follow from. */
static bool fail(struct tar *tar, const char *what, struct error *err)
{
    const char *reason = archive_error_string(tar->archive);
    if (tar->failure.code == ERROR_NONE)
        error_set(&tar->failure, ERROR_CORRUPT, "%s (%s)", what, reason == NULL ? "no more is known" : reason);
    *err = tar->failure;
    return false;
}

static bool read_content(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct tar *tar = (struct tar *)source;
    la_ssize_t count = archive_read_data(tar->archive, bytes, size);
    if (count < 0)
        return fail(tar, "the archive is cut short or damaged", err);
    *got = (size_t)count;
    return true;
}

static void close_content(struct source *source)
{
    (void)source;
}

bool tar_entry_has_failed(const struct source *content)
{
    return ((const struct tar *)content)->failure.code != ERROR_NONE;
}

static bool read_entries(struct tar *tar, struct error *err)
{
    for (;;) {
        struct archive_entry *entry;
        int result = archive_read_next_header(tar->archive, &entry);
        if (result == ARCHIVE_EOF)
            return true;
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
            return fail(tar, "the archive is cut short or damaged", err);
        if (++tar->entry_count > tar->reading->entries_max)
            return error_set(
                err, ERROR_LIMIT, "the archive has more than %" PRIu64 " entries", tar->reading->entries_max);
        const char *name = archive_entry_pathname(entry);
        if (name == NULL)
            return error_set(err, ERROR_CORRUPT, "entry %" PRIu64 " of the archive has no name", tar->entry_count);
        if (archive_entry_filetype(entry) == AE_IFREG &&
            !tar->reading->entry(tar->reading->context, view_text(name), &tar->content, err))
            return false;
    }
}

static bool check_end(struct tar *tar, struct error *err)
{
    size_t got;
    do {
        if (!read_block(tar, &got))
            return fail(tar, "", err);
    } while (got > 0);
    return tar->zero_count == END_BYTES || error_set(err, ERROR_CORRUPT, "the archive is cut short: it has no end");
}

bool tar_read(const struct tar_reading *reading, struct source *input, struct error *err)
{
    static const struct source_type type = {"file of an archive", read_content, close_content};
    struct tar tar = {.content = {&type}, .reading = reading, .input = input, .archive = archive_read_new()};
    bool is_open = archive_read_support_format_tar(tar.archive) == ARCHIVE_OK &&
                   archive_read_open(tar.archive, &tar, NULL, give_block, NULL) == ARCHIVE_OK;
    bool is_read =
        is_open ? read_entries(&tar, err) && check_end(&tar, err) : fail(&tar, "this is not a tar archive", err);
    archive_read_free(tar.archive);
    return is_read;
}
