/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the rows of a table from a SQLite database in memory (https://sqlite.org/fileformat2.html) without SQLite: no SQL, no
   schema, trigger or extension of a stranger is ever run, and what a damaged page leaves readable is read. Nothing is
   allocated but one row at a time. */
#ifndef PACKAGE_SQLITE_FILE_H
#define PACKAGE_SQLITE_FILE_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/view.h"
#include "package/sqlite_log.h"

struct sqlite_file {
    struct view content;
    const struct sqlite_log *log; /* NULL: there is none */
    uint32_t page_size;
    uint32_t usable_size; /* of a page */
    uint32_t page_count;
    uint32_t pages_left; /* pages that may still be read: each belongs to one table */
};

/* Whether the content begins as a SQLite database does. */
bool sqlite_file_is(struct view content);

/* ERROR_INVALID for a page size that there is not, or text that is not UTF-8. */
bool sqlite_file_open(struct view content, struct sqlite_file *file, struct error *err) MUST_CHECK;

/* Lets committed pages of the log, which must have the file's page size, stand instead of the file's own. The log must outlive
   the reading. Fails as sqlite_file_open does. */
bool sqlite_file_use_log(struct sqlite_file *file, const struct sqlite_log *log, struct error *err) MUST_CHECK;

/* Told of each row of a table, in the order of rowids. */
struct sqlite_rows {
    size_t row_bytes_max; /* a longer row is damage */
    /* `record` holds for this call only; see sqlite_column. False ends the reading. */
    bool (*row)(struct sqlite_rows *rows, int64_t row_id, struct view record);
    /* A page that cannot be read; its rows are lost, those of other pages follow. */
    void (*damaged)(struct sqlite_rows *rows, uint32_t page, const char *reason);
};

/* ERROR_NOT_FOUND if there is no table of that name. */
bool sqlite_each_row(
    struct sqlite_file *file, const char *table, struct sqlite_rows *rows, struct error *err) MUST_CHECK;

enum sqlite_kind { SQLITE_KIND_NULL, SQLITE_KIND_INTEGER, SQLITE_KIND_REAL, SQLITE_KIND_TEXT, SQLITE_KIND_BLOB };

struct sqlite_value {
    enum sqlite_kind kind;
    int64_t integer;
    struct view bytes; /* of a text or blob */
};

/* The column at `i` (from 0) of a record; false if the record has none or is damaged. */
bool sqlite_column(struct view record, size_t i, struct sqlite_value *value);

#endif
