/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/lines.h"

enum { BLOCK_BYTES = 64 * 1024 };

struct lines {
    const struct line_reading *reading;
    struct buffer rest; /* read, not yet cut into lines */
    size_t count;
};

static bool too_long(size_t number, struct error *err)
{
    return error_set(err, ERROR_LIMIT, "line %zu of the list is too long", number);
}

/* Takes the complete lines; at the end of the file also the last one without its newline. */
static bool take_lines(struct lines *lines, bool is_end, struct error *err)
{
    const struct line_reading *reading = lines->reading;
    struct view rest = buffer_view(&lines->rest);
    while (rest.size > 0 && (is_end || view_find(rest, '\n') < rest.size)) {
        bool is_whole = view_find(rest, '\n') < rest.size;
        struct view line = view_cut_line(&rest);
        if (++lines->count > reading->lines_max)
            return error_set(err, ERROR_LIMIT, "the list has more than %zu lines", reading->lines_max);
        if (line.size > reading->line_bytes_max)
            return too_long(lines->count, err);
        if (!is_whole && reading->ends_with_newline)
            return error_set(err, ERROR_CORRUPT, "the file is cut short in line %zu", lines->count);
        if (!reading->line(reading->context, line, err))
            return error_wrap(err, "line %zu of the list", lines->count);
    }
    if (rest.size > reading->line_bytes_max)
        return too_long(lines->count + 1, err);
    buffer_consume(&lines->rest, lines->rest.size - rest.size);
    return true;
}

bool lines_read(const struct line_reading *reading, struct source *input, struct error *err)
{
    struct lines lines = {.reading = reading};
    buffer_init(&lines.rest, BLOCK_BYTES + reading->line_bytes_max);
    bool is_read = true;
    for (size_t got = 1; is_read && got > 0;) {
        char *bytes = buffer_reserve(&lines.rest, BLOCK_BYTES);
        is_read = source_read(input, bytes, BLOCK_BYTES, &got, err);
        if (is_read) {
            buffer_advance(&lines.rest, got);
            is_read = take_lines(&lines, got == 0, err);
        }
    }
    buffer_done(&lines.rest);
    return is_read;
}
