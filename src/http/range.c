/* SPDX-License-Identifier: Apache-2.0 */
#include "http/range.h"

static bool read_number(struct view text, uint64_t *number)
{
    int64_t value = 0;
    if (text.size == 0 || text.data[0] < '0' || text.data[0] > '9' || !view_to_integer(text, &value) || value < 0)
        return false;
    *number = (uint64_t)value;
    return true;
}

bool content_range_read(struct view value, struct content_range *range)
{
    struct content_range read;
    struct view unit = view_cut(&value, ' ');
    struct view part = view_cut(&value, '/');
    struct view first = view_cut(&part, '-');
    if (!view_equal_ignoring_case(unit, view_text("bytes")) || !read_number(first, &read.first) ||
        !read_number(part, &read.last))
        return false;
    if (view_is(value, "*"))
        read.size = UINT64_MAX;
    else if (!read_number(value, &read.size))
        return false;
    if (read.last < read.first || read.last >= read.size)
        return false;
    *range = read;
    return true;
}

bool content_range_read_size(struct view value, uint64_t *size)
{
    struct view unit = view_cut(&value, ' ');
    struct view part = view_cut(&value, '/');
    return view_equal_ignoring_case(unit, view_text("bytes")) && view_is(part, "*") && read_number(value, size);
}
