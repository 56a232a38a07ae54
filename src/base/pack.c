/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pack.h"

#include <assert.h>
#include <endian.h>

void pack_text(struct buffer *buffer, struct view text)
{
    assert(text.size <= UINT32_MAX);
    buffer_append_u32(buffer, (uint32_t)text.size);
    buffer_append(buffer, text);
}

void pack_display_text(struct buffer *buffer, struct view text, size_t bytes_max)
{
    text = view_slice(text, 0, bytes_max);
    if (view_is_utf8(text)) {
        pack_text(buffer, text);
        return;
    }
    AUTO_BUFFER clean;
    buffer_init(&clean, 3 * bytes_max);
    while (text.size > 0) {
        size_t length = view_utf8_sequence(text);
        if (length == 0)
            buffer_append_text(&clean, "\xef\xbf\xbd"); /* U+FFFD */
        else
            buffer_append(&clean, view_slice(text, 0, length));
        text = view_from(text, length == 0 ? 1 : length);
    }
    pack_text(buffer, buffer_view(&clean));
}

enum { NUMBER_BYTES_MAX = 10 };

void pack_number(struct buffer *buffer, uint64_t number)
{
    char bytes[NUMBER_BYTES_MAX];
    size_t size = 0;
    for (; number >= 0x80; number >>= 7)
        bytes[size++] = (char)(number | 0x80);
    bytes[size++] = (char)number;
    buffer_append(buffer, view_of(bytes, size));
}

void pack_signed(struct buffer *buffer, int64_t number)
{
    pack_number(buffer, (uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0));
}

void pack_short_text(struct buffer *buffer, struct view text)
{
    pack_number(buffer, text.size);
    buffer_append(buffer, text);
}

struct unpack unpack_begin(struct view packed)
{
    return (struct unpack){packed, false};
}

struct view unpack_bytes(struct unpack *unpack, size_t size)
{
    if (unpack->is_broken || unpack->rest.size < size) {
        unpack->is_broken = true;
        return view_of(NULL, 0);
    }
    struct view bytes = view_slice(unpack->rest, 0, size);
    unpack->rest = view_from(unpack->rest, size);
    return bytes;
}

uint16_t read_u16_big(const char *bytes)
{
    uint16_t value;
    memcpy(&value, bytes, sizeof(value));
    return be16toh(value);
}

uint32_t read_u32_big(const char *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof(value));
    return be32toh(value);
}

uint32_t unpack_u32(struct unpack *unpack)
{
    struct view bytes = unpack_bytes(unpack, sizeof(uint32_t));
    return bytes.size == 0 ? 0 : read_u32(bytes.data);
}

uint64_t unpack_u64(struct unpack *unpack)
{
    struct view bytes = unpack_bytes(unpack, sizeof(uint64_t));
    return bytes.size == 0 ? 0 : read_u64(bytes.data);
}

struct view unpack_text(struct unpack *unpack)
{
    uint32_t size = unpack_u32(unpack);
    return unpack_bytes(unpack, size);
}

uint64_t unpack_number(struct unpack *unpack)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && unpack->rest.size > 0 && !unpack->is_broken; shift += 7) {
        unsigned char byte = (unsigned char)unpack->rest.data[0];
        if (shift == 63 && byte > 1)
            break;
        unpack->rest = view_from(unpack->rest, 1);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    unpack->is_broken = true;
    return 0;
}

int64_t unpack_signed(struct unpack *unpack, int64_t base)
{
    uint64_t number = unpack_number(unpack);
    uint64_t difference = number >> 1 ^ ((number & 1) != 0 ? UINT64_MAX : 0);
    return (int64_t)((uint64_t)base + difference);
}

struct view unpack_short_text(struct unpack *unpack)
{
    uint64_t size = unpack_number(unpack);
    return unpack_bytes(unpack, size);
}

uint32_t unpack_count(struct unpack *unpack, size_t item_bytes_min)
{
    uint32_t count = unpack_u32(unpack);
    if (item_bytes_min > 0 && count > unpack->rest.size / item_bytes_min) {
        unpack->is_broken = true;
        return 0;
    }
    return count;
}

bool unpack_is_done(const struct unpack *unpack)
{
    return !unpack->is_broken && unpack->rest.size == 0;
}
