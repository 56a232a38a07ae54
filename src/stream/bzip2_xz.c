/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "stream/source.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024 };

struct packed_source {
    struct source base;
    struct source *below;
    struct archive *archive; /* NULL until the first read */
    struct error failure; /* of the source below; code ERROR_NONE = none */
    bool is_empty; /* nothing is packed in it */
    char block[BLOCK_BYTES];
};

static la_ssize_t give_block(struct archive *archive, void *context, const void **bytes)
{
    struct packed_source *packed = context;
    size_t got;
    if (packed->failure.code != ERROR_NONE ||
        !source_read(packed->below, packed->block, sizeof(packed->block), &got, &packed->failure)) {
        archive_set_error(archive, EIO, "the input failed");
        return ARCHIVE_FATAL;
    }
    *bytes = packed->block;
    return (la_ssize_t)got;
}

static bool fail(struct packed_source *packed, struct error *err)
{
    const char *reason = archive_error_string(packed->archive);
    if (packed->failure.code == ERROR_NONE)
        error_set(&packed->failure, ERROR_CORRUPT, "the compressed data is cut short or damaged (%s)",
            reason == NULL ? "no more is known" : reason);
    *err = packed->failure;
    return false;
}

static bool open_archive(struct packed_source *packed, struct error *err)
{
    struct archive_entry *entry;
    packed->archive = archive_read_new();
    if (archive_read_support_filter_bzip2(packed->archive) != ARCHIVE_OK ||
        archive_read_support_filter_xz(packed->archive) != ARCHIVE_OK ||
        archive_read_support_format_raw(packed->archive) != ARCHIVE_OK ||
        archive_read_support_format_empty(packed->archive) != ARCHIVE_OK ||
        archive_read_open(packed->archive, packed, NULL, give_block, NULL) != ARCHIVE_OK)
        return fail(packed, err);
    int result = archive_read_next_header(packed->archive, &entry);
    packed->is_empty = result == ARCHIVE_EOF && packed->failure.code == ERROR_NONE;
    if (result == ARCHIVE_OK && archive_filter_count(packed->archive) < 2) /* too short to be recognised */
        return fail(packed, err);
    return result == ARCHIVE_OK || packed->is_empty || fail(packed, err);
}

static bool packed_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct packed_source *packed = (struct packed_source *)source;
    if (packed->archive == NULL && !open_archive(packed, err))
        return false;
    la_ssize_t count = packed->is_empty ? 0 : archive_read_data(packed->archive, bytes, size);
    if (count < 0)
        return fail(packed, err);
    *got = (size_t)count;
    return true;
}

static void packed_source_close(struct source *source)
{
    struct packed_source *packed = (struct packed_source *)source;
    archive_read_free(packed->archive);
    source_close(packed->below);
    free(packed);
}

static const struct source_type packed_type = {"bzip2 or xz", packed_source_read, packed_source_close};

struct source *source_bzip2_xz(struct source *below)
{
    struct packed_source *packed = memory_alloc(sizeof(*packed));
    *packed = (struct packed_source){.base = {&packed_type}, .below = below};
    return &packed->base;
}
