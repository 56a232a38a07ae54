/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/stream/zip_builder.h"

#include "tests/unit/test.h"

#include <libdeflate.h>

static void append_u16(struct buffer *out, unsigned value)
{
    buffer_append_byte(out, (char)(value & 255));
    buffer_append_byte(out, (char)(value >> 8 & 255));
}

/* What both headers have of a member. */
struct prepared {
    struct view data;
    uint64_t size;
    uint32_t checksum;
    uint16_t method;
    uint16_t flags;
    uint64_t offset;
};

static void append_common(struct buffer *out, const struct prepared *prepared, bool is_blank, bool is_escaped)
{
    append_u16(out, 20);
    append_u16(out, prepared->flags);
    append_u16(out, prepared->method);
    buffer_append_u32(out, 0); /* time and date */
    buffer_append_u32(out, is_blank ? 0 : prepared->checksum);
    buffer_append_u32(out, is_blank ? 0 : is_escaped ? UINT32_MAX : (uint32_t)prepared->data.size);
    buffer_append_u32(out, is_blank ? 0 : is_escaped ? UINT32_MAX : (uint32_t)prepared->size);
}

static void deflate_into(struct buffer *compressed, struct view content)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    size_t bound = libdeflate_deflate_compress_bound(compressor, content.size);
    char *room = buffer_reserve(compressed, bound);
    assert_non_null(room);
    buffer_advance(compressed, libdeflate_deflate_compress(compressor, content.data, content.size, room, bound));
    libdeflate_free_compressor(compressor);
}

static void append_local(
    struct buffer *out, const struct zip_member *member, struct buffer *compressed, struct prepared *prepared)
{
    const char *name = member->local_name != NULL ? member->local_name : member->name;
    buffer_init(compressed, 64 << 20);
    if (member->is_deflated)
        deflate_into(compressed, member->content);
    *prepared = (struct prepared){
        .data = member->is_deflated ? buffer_view(compressed) : member->content,
        .size = member->claimed_size != 0 ? member->claimed_size : member->content.size,
        .checksum = member->claimed_checksum != 0 ? member->claimed_checksum
                                                  : libdeflate_crc32(0, member->content.data, member->content.size),
        .method = member->claimed_method != 0 ? member->claimed_method
                  : member->is_deflated       ? 8
                                              : 0,
        .flags = (uint16_t)((member->has_descriptor ? 8 : 0) | (member->is_encrypted ? 1 : 0)),
    };
    buffer_append_u32(out, 0x04034b50);
    append_common(out, prepared, member->has_descriptor, false);
    append_u16(out, (unsigned)strlen(name));
    append_u16(out, 0);
    buffer_append_text(out, name);
    buffer_append(out, prepared->data);
    if (member->has_descriptor) {
        buffer_append_u32(out, 0x08074b50);
        buffer_append_u32(out, prepared->checksum);
        buffer_append_u32(out, (uint32_t)prepared->data.size);
        buffer_append_u32(out, (uint32_t)prepared->size);
    }
}

static void append_directory(struct buffer *out, const struct zip_member *member, const struct prepared *prepared)
{
    buffer_append_u32(out, 0x02014b50);
    append_u16(out, 20);
    append_common(out, prepared, false, member->is_zip64);
    append_u16(out, (unsigned)strlen(member->name));
    append_u16(out, member->is_zip64 ? 28 : 0);
    append_u16(out, 0);
    buffer_append_u32(out, 0); /* disk and internal attributes */
    buffer_append_u32(out, 0);
    buffer_append_u32(out, member->is_zip64 ? UINT32_MAX : (uint32_t)prepared->offset);
    buffer_append_text(out, member->name);
    if (member->is_zip64) {
        append_u16(out, 1);
        append_u16(out, 24);
        buffer_append_u64(out, prepared->size);
        buffer_append_u64(out, prepared->data.size);
        buffer_append_u64(out, prepared->offset);
    }
}

static void append_end(
    struct buffer *out, size_t count, uint64_t size, uint64_t offset, uint64_t position, bool has_end64)
{
    if (has_end64) {
        buffer_append_u32(out, 0x06064b50);
        buffer_append_u64(out, 44);
        buffer_append_u32(out, 45 << 16 | 45);
        buffer_append_u64(out, 0); /* disks */
        buffer_append_u64(out, count);
        buffer_append_u64(out, count);
        buffer_append_u64(out, size);
        buffer_append_u64(out, offset);
        buffer_append_u32(out, 0x07064b50);
        buffer_append_u32(out, 0);
        buffer_append_u64(out, position);
        buffer_append_u32(out, 1);
    }
    buffer_append_u32(out, 0x06054b50);
    buffer_append_u32(out, 0);
    append_u16(out, has_end64 ? 0xffff : (unsigned)count);
    append_u16(out, has_end64 ? 0xffff : (unsigned)count);
    buffer_append_u32(out, has_end64 ? UINT32_MAX : (uint32_t)size);
    buffer_append_u32(out, has_end64 ? UINT32_MAX : (uint32_t)offset);
    append_u16(out, 0);
}

void zip_build(struct buffer *out, const struct zip_member *members, size_t count, bool has_end64)
{
    size_t base = out->size;
    struct prepared prepared[64];
    struct buffer compressed[64];
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++) {
        size_t offset = out->size - base;
        append_local(out, &members[i], &compressed[i], &prepared[i]);
        prepared[i].offset = members[i].claimed_offset != 0 ? members[i].claimed_offset : offset;
    }
    size_t directory = out->size;
    for (size_t i = 0; i < count; i++) {
        append_directory(out, &members[i], &prepared[i]);
        buffer_done(&compressed[i]);
    }
    append_end(out, count, out->size - directory, directory - base, out->size - base, has_end64);
}
