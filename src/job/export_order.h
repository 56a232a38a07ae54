/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked for in an export of issues: the attributes of the published request, read from it and from the stored document,
   which is in the same form. Pure. */
#ifndef JOB_EXPORT_ORDER_H
#define JOB_EXPORT_ORDER_H

#include "base/document.h"
#include "job/export_column.h"

#define EXPORT_VALUES_MAX 1000 /* of one filter */
#define EXPORT_VALUE_BYTES_MAX 1024
#define EXPORT_URL_S_MAX 3600

/* Times from `from_ms` on and before `to_ms`; 0 = no bound. */
struct export_range {
    int64_t from_ms;
    int64_t to_ms;
};

enum export_tags { EXPORT_TAGS_INCLUDE, EXPORT_TAGS_EXCLUDE, EXPORT_TAGS_ONLY, EXPORT_TAGS_COUNT };

/* A line of names and a line a row, or one JSON object a line. */
enum export_format { EXPORT_FORMAT_CSV, EXPORT_FORMAT_NDJSON, EXPORT_FORMAT_COUNT };
const char *export_format_name(enum export_format format); /* "csv" "ndjson": also the end of the file's name */
const char *export_format_media_type(enum export_format format);

struct export_order {
    enum export_format format;
    const struct export_column *columns[EXPORT_COLUMN_COUNT]; /* in the order of the request, each once */
    size_t column_count;
    struct view_list filters[EXPORT_COLUMN_COUNT]; /* values of the filter of each column; none = no filter */
    struct export_range introduced; /* when the project first had the issue */
    struct export_range updated; /* when the last of its packages did */
    enum export_tags untagged; /* projects without tags */
    int64_t url_s; /* how long an address of the file is good */
};

/* The value at hand of the reader are the attributes. Complains about what is wrong with them. */
void export_order_read(struct document_reader *reader, struct json attributes, struct export_order *order);

void export_order_write(const struct export_order *order, struct json_writer *writer);

/* Whether the row is asked for. Cells are made in the arena. */
bool export_order_wants(struct arena *arena, const struct export_order *order, const struct export_row *row);

#endif
