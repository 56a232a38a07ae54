/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/zip_archive.h"

#include "base/memory.h"
#include "base/pack.h"

#include <libdeflate.h>
#include <stdlib.h>

/* Section numbers are those of APPNOTE.TXT 6.3. */
enum {
    LOCAL_SIGNATURE = 0x04034b50, /* 4.3.7 */
    DIRECTORY_SIGNATURE = 0x02014b50, /* 4.3.12 */
    END_SIGNATURE = 0x06054b50, /* 4.3.16 */
    END64_SIGNATURE = 0x06064b50, /* 4.3.14 */
    LOCATOR_SIGNATURE = 0x07064b50, /* 4.3.15 */

    LOCAL_BYTES = 30,
    DIRECTORY_BYTES = 46,
    END_BYTES = 22,
    END64_BYTES = 56,
    LOCATOR_BYTES = 20,

    FLAG_ENCRYPTED = 1 << 0, /* 4.4.4 */
    FLAG_DESCRIPTOR = 1 << 3, /* sizes and checksum stand behind the data */

    METHOD_STORED = 0,
    METHOD_DEFLATED = 8,

    EXTRA_ZIP64 = 1, /* 4.5.3 */
    ESCAPE_16 = 0xffff, /* the number stands in the zip64 record */
};

#define ESCAPE_32 UINT32_MAX

/* An end record with a comment of the greatest length. */
#define END_SEARCH_BYTES (END_BYTES + 0xffff)

/* Deflate gives at most 1,032 bytes for one; decompressors may need a little room. */
#define DEFLATE_RATIO_MAX 1032

struct end_record {
    uint64_t entry_count;
    uint64_t directory_size;
    uint64_t directory_offset; /* as written */
    uint64_t position; /* where the central directory must end */
    bool is_zip64;
};

/* The last end record whose comment fills the rest of the file; else the last one whose comment fits. */
static bool find_end(struct view content, uint64_t *position)
{
    bool is_found = false;
    if (content.size < END_BYTES)
        return false;
    size_t lowest = content.size > END_SEARCH_BYTES ? content.size - END_SEARCH_BYTES : 0;
    for (size_t at = content.size - END_BYTES + 1; at-- > lowest;) {
        if (content.data[at] != 'P' || read_u32(content.data + at) != END_SIGNATURE)
            continue;
        size_t end = at + END_BYTES + read_u16(content.data + at + 20);
        if (end == content.size) {
            *position = at;
            return true;
        }
        if (end < content.size && !is_found) {
            *position = at;
            is_found = true;
        }
    }
    return is_found;
}

/* Whether the zip64 end record stands at `position`. */
static bool has_end64(struct view content, uint64_t position)
{
    return position <= content.size && content.size - position >= END64_BYTES &&
           read_u32(content.data + position) == END64_SIGNATURE;
}

static bool read_end(struct view content, struct end_record *end, struct error *err)
{
    uint64_t position = 0;
    if (!find_end(content, &position))
        return error_set(err, ERROR_INVALID, "it is no zip archive: there is no end record");
    const char *record = content.data + position;
    *end = (struct end_record){read_u16(record + 10), read_u32(record + 12), read_u32(record + 16), position, false};
    bool is_escaped =
        end->entry_count == ESCAPE_16 || end->directory_size == ESCAPE_32 || end->directory_offset == ESCAPE_32;
    if (read_u16(record + 4) != 0 && read_u16(record + 4) != ESCAPE_16)
        return error_set(err, ERROR_UNSUPPORTED, "the zip archive is one part of several");
    if (!is_escaped || position < LOCATOR_BYTES || read_u32(record - LOCATOR_BYTES) != LOCATOR_SIGNATURE)
        return true;
    /* The offset in the locator does not count what stands in front of the archive. */
    uint64_t end64 = read_u64(record - LOCATOR_BYTES + 8);
    if (!has_end64(content, end64) && position >= LOCATOR_BYTES + END64_BYTES)
        end64 = position - LOCATOR_BYTES - END64_BYTES;
    if (!has_end64(content, end64) || end64 > position - LOCATOR_BYTES)
        return error_set(err, ERROR_CORRUPT, "the zip64 end record is missing");
    record = content.data + end64;
    *end = (struct end_record){read_u64(record + 32), read_u64(record + 40), read_u64(record + 48), end64, true};
    return true;
}

/* Takes the next number of a zip64 field if the directory had the escape for it. */
static bool take_zip64(struct view *field, uint64_t *number)
{
    if (*number != ESCAPE_32)
        return true;
    if (field->size < sizeof(uint64_t))
        return false;
    *number = read_u64(field->data);
    *field = view_from(*field, sizeof(uint64_t));
    return true;
}

static bool apply_zip64(struct view extra, struct zip_entry *entry)
{
    if (entry->size != ESCAPE_32 && entry->compressed_size != ESCAPE_32 && entry->offset != ESCAPE_32)
        return true;
    while (extra.size >= 4) {
        size_t size = read_u16(extra.data + 2);
        struct view field = view_slice(extra, 4, size);
        if (read_u16(extra.data) == EXTRA_ZIP64)
            return take_zip64(&field, &entry->size) && take_zip64(&field, &entry->compressed_size) &&
                   take_zip64(&field, &entry->offset);
        extra = view_from(extra, 4 + size);
    }
    return true; /* sizes of exactly 2^32 - 1 cannot be in an archive that is held in memory: the bounds tell */
}

bool zip_archive_next(const struct zip_archive *zip, struct view *rest, struct zip_entry *entry)
{
    if (rest->size < DIRECTORY_BYTES || read_u32(rest->data) != DIRECTORY_SIGNATURE)
        return false;
    const char *header = rest->data;
    size_t name_size = read_u16(header + 28);
    size_t extra_size = read_u16(header + 30);
    size_t size = DIRECTORY_BYTES + name_size + extra_size + read_u16(header + 32);
    if (size > rest->size)
        return false;
    *entry = (struct zip_entry){
        .name = view_of(header + DIRECTORY_BYTES, name_size),
        .size = read_u32(header + 24),
        .compressed_size = read_u32(header + 20),
        .offset = read_u32(header + 42),
        .checksum = read_u32(header + 16),
        .method = read_u16(header + 10),
        .flags = read_u16(header + 8),
    };
    if (!apply_zip64(view_of(header + DIRECTORY_BYTES + name_size, extra_size), entry))
        return false;
    entry->offset += zip->base;
    *rest = view_from(*rest, size);
    return true;
}

/* The compressed bytes, behind their local header. */
static bool find_data(
    const struct zip_archive *zip, const struct zip_entry *entry, struct view *data, struct error *err)
{
    struct view content = zip->content;
    if (entry->offset > content.size || content.size - entry->offset < LOCAL_BYTES)
        return error_set(err, ERROR_CORRUPT, "an entry starts behind the end of the archive");
    const char *header = content.data + entry->offset;
    size_t name_size = read_u16(header + 26);
    uint64_t start = entry->offset + LOCAL_BYTES + name_size + read_u16(header + 28);
    if (read_u32(header) != LOCAL_SIGNATURE || start > content.size || content.size - start < entry->compressed_size)
        return error_set(err, ERROR_CORRUPT, "an entry has no local header, or ends behind the archive");
    *data = view_of(content.data + start, (size_t)entry->compressed_size);
    return true;
}

/* Whether the local header says the same as the directory; sizes and checksum may stand behind the data instead. */
static bool agrees(const struct zip_archive *zip, const struct zip_entry *entry)
{
    const char *header = zip->content.data + entry->offset;
    if (!view_equal(view_of(header + LOCAL_BYTES, read_u16(header + 26)), entry->name) ||
        read_u16(header + 8) != entry->method)
        return false;
    return (entry->flags & FLAG_DESCRIPTOR) != 0 || read_u32(header + 14) == entry->checksum;
}

struct extent {
    uint64_t start;
    uint64_t end;
};

static int compare_extents(const void *left, const void *right)
{
    uint64_t a = ((const struct extent *)left)->start;
    uint64_t b = ((const struct extent *)right)->start;
    return a < b ? -1 : a > b;
}

/* Whether the entries lie one behind the other: archivers write them so, and the directory in the same order. */
static bool are_disjoint(struct extent *extents, size_t count)
{
    bool is_sorted = true;
    for (size_t i = 1; is_sorted && i < count; i++)
        is_sorted = extents[i - 1].start <= extents[i].start;
    if (!is_sorted)
        qsort(extents, count, sizeof(extents[0]), compare_extents);
    for (size_t i = 1; i < count; i++) {
        if (extents[i].start < extents[i - 1].end)
            return false;
    }
    return true;
}

/* The places of all entries, which must be inside the archive, in front of the directory. */
static bool read_extents(const struct zip_archive *zip, struct extent *extents, struct error *err)
{
    uint64_t directory_start = (uint64_t)(zip->directory.data - zip->content.data);
    struct view rest = zip->directory;
    struct zip_entry entry;
    struct view data = view_text("");
    for (size_t i = 0; zip_archive_next(zip, &rest, &entry); i++) {
        if (!find_data(zip, &entry, &data, err))
            return false;
        extents[i] = (struct extent){entry.offset, (uint64_t)(data.data - zip->content.data) + data.size};
        if (extents[i].end > directory_start)
            return error_set(err, ERROR_CORRUPT, "an entry reaches into the central directory");
    }
    return true;
}

/* Counts the entries, which must fill the directory. Without zip64 the end record has only the lower 16 bits of their
   number, of which old writers of larger archives made use. */
static bool count_entries(
    struct zip_archive *zip, const struct end_record *end, uint64_t entries_max, struct error *err)
{
    struct view rest = zip->directory;
    struct zip_entry entry;
    while (zip_archive_next(zip, &rest, &entry)) {
        if (zip->entry_count++ == entries_max)
            return error_set(err, ERROR_LIMIT, "the archive has more than the %llu entries that are read",
                (unsigned long long)entries_max);
    }
    uint64_t written = end->is_zip64 ? zip->entry_count : zip->entry_count & ESCAPE_16;
    if (rest.size > 0 || written != end->entry_count)
        return error_set(err, ERROR_CORRUPT, "the central directory is damaged behind its entry %llu",
            (unsigned long long)zip->entry_count);
    return true;
}

bool zip_archive_open(struct view content, uint64_t entries_max, struct zip_archive *zip, struct error *err)
{
    struct end_record end = {0};
    if (!read_end(content, &end, err))
        return false;
    if (end.directory_size > end.position || end.directory_offset > end.position - end.directory_size)
        return error_set(err, ERROR_CORRUPT, "the central directory does not lie in front of the end record");
    uint64_t start = end.position - end.directory_size;
    struct zip_archive opened = {
        .content = content,
        .directory = view_slice(content, (size_t)start, (size_t)end.directory_size),
        .base = start - end.directory_offset,
    };
    if (!count_entries(&opened, &end, entries_max, err))
        return false;
    struct extent *extents = memory_alloc((size_t)(opened.entry_count + 1) * sizeof(extents[0]));
    bool is_read = read_extents(&opened, extents, err);
    bool is_disjoint = is_read && are_disjoint(extents, (size_t)opened.entry_count);
    free(extents);
    if (is_read && !is_disjoint)
        return error_set(err, ERROR_CORRUPT, "entries of the archive share bytes");
    if (is_read)
        *zip = opened;
    return is_read;
}

static bool inflate(const struct zip_entry *entry, struct view data, struct buffer *buffer, struct error *err)
{
    if (entry->size > (entry->compressed_size + 1) * DEFLATE_RATIO_MAX)
        return error_set(err, ERROR_CORRUPT, "the entry claims %llu bytes, more than deflate can give",
            (unsigned long long)entry->size);
    if (entry->size > (1u << 20) && entry->size / ZIP_RATIO_MAX > entry->compressed_size)
        return error_set(err, ERROR_LIMIT, "the entry is compressed more than %d times", ZIP_RATIO_MAX);
    buffer_clear(buffer);
    if (entry->size > buffer->size_max)
        return error_set(err, ERROR_LIMIT, "the entry has %llu bytes, more than the %zu that are read",
            (unsigned long long)entry->size, buffer->size_max);
    char *room = buffer_reserve(buffer, (size_t)entry->size);
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    if (decompressor == NULL)
        memory_exhausted(1);
    enum libdeflate_result result =
        libdeflate_deflate_decompress(decompressor, data.data, data.size, room, (size_t)entry->size, NULL);
    libdeflate_free_decompressor(decompressor);
    if (result != LIBDEFLATE_SUCCESS)
        return error_set(err, ERROR_CORRUPT, "the entry's compressed data is damaged or has another size");
    buffer_advance(buffer, (size_t)entry->size);
    return true;
}

bool zip_archive_read(const struct zip_archive *zip, const struct zip_entry *entry, struct buffer *buffer,
    struct view *bytes, struct error *err)
{
    struct view data;
    if (!find_data(zip, entry, &data, err))
        return false;
    if (!agrees(zip, entry))
        return error_set(err, ERROR_CORRUPT, "the local header of the entry differs from the central directory");
    if ((entry->flags & FLAG_ENCRYPTED) != 0)
        return error_set(err, ERROR_UNSUPPORTED, "the entry is encrypted");
    if (entry->method == METHOD_DEFLATED) {
        if (!inflate(entry, data, buffer, err))
            return false;
        data = buffer_view(buffer);
    } else if (entry->method != METHOD_STORED) {
        return error_set(
            err, ERROR_UNSUPPORTED, "the entry is compressed by method %u, which is not read", (unsigned)entry->method);
    }
    if (data.size != entry->size)
        return error_set(err, ERROR_CORRUPT, "the entry has another size than the central directory says");
    if (libdeflate_crc32(0, data.data, data.size) != entry->checksum)
        return error_set(err, ERROR_CORRUPT, "the entry's checksum is wrong");
    *bytes = data;
    return true;
}
