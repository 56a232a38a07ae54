/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lines.h"

#include <errno.h>

enum line_result line_read(FILE *in, struct buffer *line, struct error *err)
{
    buffer_clear(line);
    int byte = getc_unlocked(in);
    if (byte == EOF && !ferror(in))
        return LINE_END;
    for (; byte != EOF && byte != '\n'; byte = getc_unlocked(in))
        buffer_append_byte(line, (char)byte);
    if (ferror(in)) {
        error_set_errno(err, errno, "could not read standard input");
        return LINE_FAILED;
    }
    return buffer_check(line, "line", err) ? LINE_READ : LINE_FAILED;
}
