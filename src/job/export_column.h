/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of an export of issues (export_columns.def): what each tells of a row, and how it is written. */
#ifndef JOB_EXPORT_COLUMN_H
#define JOB_EXPORT_COLUMN_H

#include "base/json.h"
#include "store/issues.h"
#include "store/organizations.h"
#include "store/projects.h"

/* An issue with the project that has it. */
struct export_row {
    const struct organization *organization;
    const struct project_row *project;
    const struct issue_row *issue;
};

/* What a column has of a row: one text, or a list of any length. */
struct export_cell {
    struct arena *arena;
    bool is_list;
    bool is_value; /* in JSON without quotes */
    struct view *items;
    size_t count;
    size_t capacity;
};

struct export_column {
    const char *name;
    const char *filter; /* "": there is none */
    bool is_default;
    void (*fill)(const struct export_row *row, struct export_cell *cell);
};

enum export_column_id {
#define EXPORT_COLUMN(name, cell, filter, is_default) EXPORT_COLUMN_##name,
#include "job/export_columns.def"
#undef EXPORT_COLUMN
    EXPORT_COLUMN_COUNT
};
extern const struct export_column export_columns[EXPORT_COLUMN_COUNT];

/* NULL if there is no such column. */
const struct export_column *export_column_named(struct view name);
const struct export_column *export_column_of_filter(struct view filter);

struct export_cell export_cell_of(
    struct arena *arena, const struct export_column *column, const struct export_row *row);

/* Whether the cell has one of the values, without regard to case. */
bool export_cell_has(const struct export_cell *cell, const struct view_list *values);

/* One CSV cell: a text as it is, a list as a JSON array. */
void export_cell_write(const struct export_cell *cell, struct buffer *out);

/* The value of a JSON member: a text, a number, true or false, an array of texts; null if nothing is known. */
void export_cell_write_json(const struct export_cell *cell, struct json_writer *writer);

#endif
