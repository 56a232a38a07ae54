/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/zip.h"

#include "base/buffer.h"
#include "base/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

enum {
    BLOCK_BYTES = 64 * 1024,
    END_BYTES = 22, /* end-of-central-directory record without its comment (APPNOTE 4.3.16) */
    END64_BYTES = 56, /* its zip64 form (4.3.14) … */
    END64_LOCATOR_BYTES = 20, /* … and the record that tells where that is (4.3.15), between the two */
    COMMENT_BYTES_MAX = 65535,
    TAIL_BYTES = END64_BYTES + END64_LOCATOR_BYTES + END_BYTES + COMMENT_BYTES_MAX,
    RATIO_FROM_BYTES = 64 * 1024 * 1024,
};

struct zip {
    const struct zip_reading *reading;
    struct source *input;
    struct error *err; /* of whoever reads */
    bool has_failed; /* *err is set */
    char block[BLOCK_BYTES];
    uint64_t file_bytes;
    uint64_t content_bytes;
    uint64_t entry_count;
    struct buffer tail; /* at least the last TAIL_BYTES that were read, or all */
    struct buffer content;
};

static bool read_block(struct zip *zip, size_t *got)
{
    if (zip->has_failed || !source_read(zip->input, zip->block, sizeof(zip->block), got, zip->err)) {
        zip->has_failed = true;
        return false;
    }
    if (zip->tail.size + *got > zip->tail.size_max)
        buffer_consume(&zip->tail, zip->tail.size - TAIL_BYTES);
    buffer_append(&zip->tail, view_of(zip->block, *got));
    zip->file_bytes += *got;
    return true;
}

static la_ssize_t give_block(struct archive *archive, void *context, const void **bytes)
{
    struct zip *zip = context;
    size_t got;
    if (!read_block(zip, &got)) {
        archive_set_error(archive, EIO, "the input failed");
        return ARCHIVE_FATAL;
    }
    *bytes = zip->block;
    return (la_ssize_t)got;
}

static bool fail(struct zip *zip, struct archive *archive, const char *what)
{
    if (zip->has_failed)
        return false;
    const char *reason = archive_error_string(archive);
    return error_set(zip->err, ERROR_CORRUPT, "%s (%s)", what, reason == NULL ? "no more is known" : reason);
}

static bool count_content(struct zip *zip, size_t size)
{
    const struct zip_reading *reading = zip->reading;
    zip->content_bytes += size;
    if (zip->content_bytes > reading->bytes_max)
        return error_set(
            zip->err, ERROR_LIMIT, "the zip file unpacks to more than %" PRIu64 " bytes", reading->bytes_max);
    if (zip->content_bytes > RATIO_FROM_BYTES && zip->content_bytes / reading->ratio_max > zip->file_bytes)
        return error_set(
            zip->err, ERROR_LIMIT, "the zip file unpacks to more than %" PRIu64 " times its size", reading->ratio_max);
    return true;
}

/* Everything is unpacked, also what is too large to keep: so the checksum of each entry is compared. */
static bool read_entry(struct zip *zip, struct archive *archive, struct view name)
{
    const struct zip_reading *reading = zip->reading;
    bool is_too_large = false;
    buffer_clear(&zip->content);
    for (;;) {
        if (is_too_large)
            buffer_clear(&zip->content);
        size_t room = zip->content.size_max - zip->content.size;
        size_t size = room < BLOCK_BYTES ? room : BLOCK_BYTES;
        char *bytes = buffer_reserve(&zip->content, size);
        la_ssize_t got = archive_read_data(archive, bytes, size);
        if (got < 0)
            return fail(zip, archive, "the zip file is cut short or damaged");
        if (got == 0)
            break;
        buffer_advance(&zip->content, (size_t)got);
        is_too_large = is_too_large || zip->content.size > reading->entry_bytes_max;
        if (!count_content(zip, (size_t)got))
            return false;
    }
    return is_too_large ? reading->too_large(reading->context, name, zip->err)
                        : reading->entry(reading->context, name, buffer_view(&zip->content), zip->err);
}

static bool read_entries(struct zip *zip, struct archive *archive)
{
    for (;;) {
        struct archive_entry *entry;
        int result = archive_read_next_header(archive, &entry);
        if (result == ARCHIVE_EOF)
            return true;
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
            return fail(zip, archive, "the zip file is cut short or damaged");
        if (++zip->entry_count > zip->reading->entries_max)
            return error_set(
                zip->err, ERROR_LIMIT, "the zip file has more than %" PRIu64 " entries", zip->reading->entries_max);
        const char *name = archive_entry_pathname(entry);
        if (name == NULL)
            return error_set(
                zip->err, ERROR_CORRUPT, "entry %" PRIu64 " of the zip file has no name", zip->entry_count);
        if (archive_entry_filetype(entry) != AE_IFDIR && !read_entry(zip, archive, view_text(name)))
            return false;
    }
}

struct zip_end {
    uint64_t entry_count;
    uint64_t directory_end; /* position where the central directory ends */
    uint64_t position; /* of the record that says so */
};

/* The record whose comment reaches exactly to the end of the file. */
static bool find_end(struct view tail, size_t *at)
{
    for (size_t back = END_BYTES; back <= END_BYTES + COMMENT_BYTES_MAX && back <= tail.size; back++) {
        const char *record = tail.data + tail.size - back;
        if (memcmp(record, "PK\5\6", 4) == 0 && (read_u32(record + 18) >> 16) == back - END_BYTES) {
            *at = tail.size - back;
            return true;
        }
    }
    return false;
}

static bool read_end(const struct zip *zip, struct zip_end *end)
{
    struct view tail = buffer_view(&zip->tail);
    uint64_t tail_start = zip->file_bytes - tail.size;
    size_t at;
    if (!find_end(tail, &at))
        return false;
    const char *record = tail.data + at;
    end->entry_count = read_u32(record + 8) >> 16;
    end->directory_end = (uint64_t)read_u32(record + 12) + read_u32(record + 16);
    end->position = tail_start + at;
    if (at < END64_LOCATOR_BYTES + END64_BYTES || memcmp(record - END64_LOCATOR_BYTES, "PK\6\7", 4) != 0)
        return true;
    record -= END64_LOCATOR_BYTES + END64_BYTES;
    if (memcmp(record, "PK\6\6", 4) != 0)
        return false;
    end->entry_count = read_u64(record + 32);
    end->directory_end = read_u64(record + 40) + read_u64(record + 48);
    end->position -= END64_LOCATOR_BYTES + END64_BYTES;
    return true;
}

static bool check_end(struct zip *zip)
{
    size_t got;
    do {
        if (!read_block(zip, &got))
            return false;
    } while (got > 0);
    struct zip_end end;
    if (!read_end(zip, &end) || end.directory_end != end.position)
        return error_set(zip->err, ERROR_CORRUPT, "the zip file is cut short: its directory is not at its end");
    if (end.entry_count != zip->entry_count)
        return error_set(zip->err, ERROR_CORRUPT,
            "the zip file is damaged: its directory names %" PRIu64 " entries, but it has %" PRIu64, end.entry_count,
            zip->entry_count);
    return true;
}

bool zip_read(const struct zip_reading *reading, struct source *input, struct error *err)
{
    struct zip zip = {.reading = reading, .input = input, .err = err};
    buffer_init(&zip.tail, 2 * (TAIL_BYTES + BLOCK_BYTES));
    buffer_init(&zip.content, reading->entry_bytes_max + BLOCK_BYTES);
    struct archive *archive = archive_read_new();
    bool is_read = archive_read_support_format_zip_streamable(archive) == ARCHIVE_OK &&
                   archive_read_open(archive, &zip, NULL, give_block, NULL) == ARCHIVE_OK;
    if (!is_read)
        fail(&zip, archive, "this is not a zip file");
    else
        is_read = read_entries(&zip, archive) && check_end(&zip);
    archive_read_free(archive);
    buffer_done(&zip.tail);
    buffer_done(&zip.content);
    return is_read;
}
