/* SPDX-License-Identifier: Apache-2.0 */
/* A text file of a feed, line by line. Makes no system call but reads. */
#ifndef FEED_LINES_H
#define FEED_LINES_H

#include "stream/source.h"

struct line_reading {
    size_t lines_max;
    size_t line_bytes_max;
    bool ends_with_newline; /* a last line without one was cut short: ERROR_CORRUPT */

    /* For each line without its end, empty ones too. Valid during the call. */
    bool (*line)(void *context, struct view line, struct error *err);
    void *context;
};

/* Reads the input to its end. ERROR_LIMIT above a limit; an error of `line` gets the number of the line in front. */
bool lines_read(const struct line_reading *reading, struct source *input, struct error *err) MUST_CHECK;

#endif
