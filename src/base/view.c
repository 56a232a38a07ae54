/* SPDX-License-Identifier: Apache-2.0 */
#include "base/view.h"

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

int view_compare(struct view a, struct view b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size == 0 ? 0 : memcmp(a.data, b.data, size);
    if (order != 0)
        return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

bool view_equal_ignoring_case(struct view a, struct view b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++) {
        if (lower(a.data[i]) != lower(b.data[i]))
            return false;
    }
    return true;
}

bool view_starts_with(struct view view, const char *prefix)
{
    size_t size = strlen(prefix);
    return view.size >= size && (size == 0 || memcmp(view.data, prefix, size) == 0);
}

bool view_ends_with(struct view view, const char *suffix)
{
    size_t size = strlen(suffix);
    return view.size >= size && (size == 0 || memcmp(view.data + view.size - size, suffix, size) == 0);
}

size_t view_find(struct view view, char byte)
{
    const char *found = view.size == 0 ? NULL : memchr(view.data, byte, view.size);
    return found == NULL ? view.size : (size_t)(found - view.data);
}

size_t view_find_last(struct view view, char byte)
{
    const char *found = view.size == 0 ? NULL : memrchr(view.data, byte, view.size);
    return found == NULL ? view.size : (size_t)(found - view.data);
}

size_t view_find_text(struct view view, struct view needle)
{
    if (needle.size == 0)
        return 0;
    const char *found = view.size == 0 ? NULL : memmem(view.data, view.size, needle.data, needle.size);
    return found == NULL ? view.size : (size_t)(found - view.data);
}

struct view view_slice(struct view view, size_t start, size_t size)
{
    if (start >= view.size)
        return view_of(view.data == NULL ? NULL : view.data + view.size, 0);
    size_t rest = view.size - start;
    return view_of(view.data + start, size < rest ? size : rest);
}

struct view view_from(struct view view, size_t start)
{
    return view_slice(view, start, view.size);
}

struct view view_cut(struct view *rest, char separator)
{
    size_t end = view_find(*rest, separator);
    struct view before = view_slice(*rest, 0, end);
    *rest = view_from(*rest, end < rest->size ? end + 1 : end);
    return before;
}

struct view view_cut_line(struct view *rest)
{
    struct view line = view_cut(rest, '\n');
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    return line;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct view view_trim(struct view view)
{
    while (view.size > 0 && is_blank(view.data[0]))
        view = view_from(view, 1);
    while (view.size > 0 && is_blank(view.data[view.size - 1]))
        view.size--;
    return view;
}

bool view_to_integer(struct view view, int64_t *value)
{
    if (view.size == 0)
        return false;
    int64_t sum = 0;
    for (size_t i = 0; i < view.size; i++) {
        if (view.data[i] < '0' || view.data[i] > '9')
            return false;
        if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, view.data[i] - '0', &sum))
            return false;
    }
    *value = sum;
    return true;
}

/* Length of the well-formed sequence at `bytes`, 0 if there is none (Unicode 15, table 3-7). */
static size_t utf8_sequence(const unsigned char *bytes, size_t size)
{
    unsigned char lead = bytes[0];
    if (lead < 0x80)
        return 1;
    size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                    : lead >= 0xe0 && lead <= 0xef ? 3
                    : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                   : 0;
    if (length == 0 || size < length)
        return 0;
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (bytes[i] < 0x80 || bytes[i] > 0xbf)
            return 0;
    }
    return length;
}

size_t view_utf8_sequence(struct view view)
{
    return view.size == 0 ? 0 : utf8_sequence((const unsigned char *)view.data, view.size);
}

bool view_is_utf8(struct view view)
{
    while (view.size > 0) {
        size_t length = view_utf8_sequence(view);
        if (length == 0)
            return false;
        view = view_from(view, length);
    }
    return true;
}

uint64_t view_hash(struct view view)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < view.size; i++) {
        hash ^= (unsigned char)view.data[i];
        hash *= UINT64_C(0x100000001b3);
    }
    /* FNV-1a mixes the high bits poorly; this finalizer (splitmix64) spreads them for tables that use the low ones. */
    hash ^= hash >> 30;
    hash *= UINT64_C(0xbf58476d1ce4e5b9);
    hash ^= hash >> 27;
    hash *= UINT64_C(0x94d049bb133111eb);
    return hash ^ (hash >> 31);
}
