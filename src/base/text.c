/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdio.h>

static uint32_t decode(const unsigned char *bytes, size_t length)
{
    if (length == 1)
        return bytes[0];
    uint32_t code = bytes[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (bytes[i] & 0x3fu);
    return code;
}

static bool is_printable(uint32_t code)
{
    if (code < 0x20 || (code >= 0x7f && code < 0xa0))
        return false;
    return code != 0x200e && code != 0x200f && !(code >= 0x202a && code <= 0x202e) &&
           !(code >= 0x2066 && code <= 0x2069);
}

void text_append_printable(struct buffer *buffer, struct view text)
{
    while (text.size > 0) {
        size_t length = view_utf8_sequence(text);
        if (length == 0 || !is_printable(decode((const unsigned char *)text.data, length)))
            buffer_append_byte(buffer, '?');
        else
            buffer_append(buffer, view_slice(text, 0, length));
        text = view_from(text, length == 0 ? 1 : length);
    }
}

bool text_matches_wildcards(struct view text, struct view pattern)
{
    size_t at = 0, in_pattern = 0;
    size_t star = pattern.size, resume = 0; /* the last '*', and what of the text it does not stand for */
    while (at < text.size) {
        if (in_pattern < pattern.size && pattern.data[in_pattern] == '*') {
            star = in_pattern++;
            resume = at;
        } else if (in_pattern < pattern.size && pattern.data[in_pattern] == text.data[at]) {
            in_pattern++;
            at++;
        } else if (star < pattern.size) {
            in_pattern = star + 1;
            at = ++resume;
        } else {
            return false;
        }
    }
    while (in_pattern < pattern.size && pattern.data[in_pattern] == '*')
        in_pattern++;
    return in_pattern == pattern.size;
}

struct view text_cut(struct view text, size_t bytes_max)
{
    size_t size = text.size < bytes_max ? text.size : bytes_max;
    while (size < text.size && size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    return view_slice(text, 0, size);
}

void text_append_bytes(struct buffer *buffer, uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    double value = (double)bytes;
    while (value >= 999.95 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        value /= 1000;
        unit++;
    }
    buffer_append_format(buffer, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

void text_append_count(struct buffer *buffer, uint64_t count)
{
    char digits[24];
    int size = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            buffer_append_byte(buffer, ',');
        buffer_append_byte(buffer, digits[i]);
    }
}
