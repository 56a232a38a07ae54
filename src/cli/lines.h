/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of standard input for the plumbing commands: one question a line, one answer a line. One thread. */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdio.h>

enum line_result { LINE_READ, LINE_END, LINE_FAILED };

/* Reads the next line, without its '\n', into `line` (emptied first); the last one may lack the '\n'. A line longer than
   the buffer's maximum and a failed read are LINE_FAILED. */
enum line_result line_read(FILE *in, struct buffer *line, struct error *err);

#endif
