/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a text table: one a line, fields separated by " | ", blanks around fields dropped, '#' begins a comment line.
   A field "-" is nothing. A table without rows, or a row with another number of fields, fails the test. */
#ifndef TESTS_UNIT_TABLE_H
#define TESTS_UNIT_TABLE_H

#include "tests/unit/test.h"

#include "base/arena.h"

#define TABLE_FIELDS_MAX 8

struct table {
    struct view rest;
    struct view line; /* the row as written, for messages */
    struct view fields[TABLE_FIELDS_MAX];
    size_t field_count;
    size_t row_count;
};

static inline void table_open(struct table *table, struct arena *arena, const char *file, size_t field_count)
{
    FILE *stream = fopen(file, "re");
    if (stream == NULL)
        fail_msg("cannot open %s", file);
    char *content = arena_alloc(arena, 1 << 20);
    size_t size = fread(content, 1, 1 << 20, stream);
    fclose(stream);
    *table = (struct table){.rest = view_of(content, size), .field_count = field_count};
}

static inline bool table_next(struct table *table)
{
    while (table->rest.size > 0) {
        table->line = view_cut_line(&table->rest);
        if (view_trim(table->line).size == 0 || table->line.data[0] == '#')
            continue;
        struct view row = table->line;
        for (size_t i = 0; i < table->field_count; i++) {
            size_t bar = i + 1 < table->field_count ? view_find_text(row, view_text(" | ")) : row.size;
            if (i + 1 < table->field_count && bar == row.size)
                fail_msg("\"%.*s\" has too few fields", VIEW_PRINT(table->line));
            table->fields[i] = view_trim(view_slice(row, 0, bar));
            if (view_is(table->fields[i], "-"))
                table->fields[i] = view_text("");
            row = view_from(row, bar + 3);
        }
        table->row_count++;
        return true;
    }
    if (table->row_count == 0)
        fail_msg("the table has no rows");
    return false;
}

#endif
