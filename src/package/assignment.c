/* SPDX-License-Identifier: Apache-2.0 */
#include "package/assignment.h"

#include "base/text.h"

#include <stdio.h>

bool assignment_next(struct view *rest, struct view *key, struct view *value)
{
    while (rest->size > 0) {
        struct view line = view_trim(view_cut_line(rest));
        size_t equals = view_find(line, '=');
        if (equals == 0 || equals == line.size || line.data[0] == '#')
            continue;
        *key = view_trim(view_slice(line, 0, equals));
        *value = view_trim(view_from(line, equals + 1));
        return true;
    }
    return false;
}

void assignment_append_value(struct buffer *buffer, struct view value)
{
    char quote = value.size >= 2 ? value.data[0] : '\0';
    if ((quote != '"' && quote != '\'') || value.data[value.size - 1] != quote) {
        text_append_printable(buffer, value);
        return;
    }
    value = view_slice(value, 1, value.size - 2);
    if (quote == '\'') {
        text_append_printable(buffer, value);
        return;
    }
    /* Pieces between escapes: never a byte at a time, which would break UTF-8 characters. */
    size_t start = 0;
    for (size_t i = 0; i + 1 < value.size; i++) {
        if (value.data[i] != '\\' || strchr("\"\\$`", value.data[i + 1]) == NULL || value.data[i + 1] == '\0')
            continue;
        text_append_printable(buffer, view_slice(value, start, i - start));
        start = ++i;
    }
    text_append_printable(buffer, view_from(value, start));
}

void assignment_report_long(struct analysis *analysis, const char *key)
{
    char reason[96];
    snprintf(reason, sizeof(reason), "the value of %s is longer than %d bytes", key, ASSIGNMENT_VALUE_MAX);
    analysis->gap(analysis, GAP_LIMIT_REACHED, reason);
}
