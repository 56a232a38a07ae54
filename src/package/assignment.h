/* SPDX-License-Identifier: Apache-2.0 */
/* The KEY=value lines of os-release and lsb-release (os-release(5)): shell-like, without expansion. Pure. */
#ifndef PACKAGE_ASSIGNMENT_H
#define PACKAGE_ASSIGNMENT_H

#include "base/buffer.h"
#include "base/view.h"
#include "package/analyzer.h"

/* Longest value that is taken, in bytes. */
#define ASSIGNMENT_VALUE_MAX 1024

/* The next assignment of `rest`: blank lines, comments and lines without '=' are passed over, blanks around key and value
   dropped. `value` is as written, with its quotes. False at the end. */
bool assignment_next(struct view *rest, struct view *key, struct view *value);

/* Appends what a written value means: one pair of equal quotes is dropped if it encloses the value (a lone quote stays), and
   within double quotes a backslash escapes `"`, `\`, `$` and '`'. Characters that cannot be printed become '?'. */
void assignment_append_value(struct buffer *buffer, struct view value);

/* Tells that a value was longer than ASSIGNMENT_VALUE_MAX and is not taken. */
void assignment_report_long(struct analysis *analysis, const char *key);

#endif
