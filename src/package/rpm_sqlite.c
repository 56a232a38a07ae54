/* SPDX-License-Identifier: Apache-2.0 */
/* rpmdb.sqlite: the table Packages has a number (its rowid) and the header blob of each package. */
#include "package/rpm_database.h"
#include "package/sqlite_file.h"

/* Bytes of a row around the blob. */
#define ROW_FRAME_MAX 64

enum { BLOB_COLUMN = 1 };

struct packages {
    struct sqlite_rows rows;
    struct rpm_database *database;
};

static bool on_row(struct sqlite_rows *rows, int64_t row_id, struct view record)
{
    struct packages *packages = (struct packages *)rows;
    struct sqlite_value value;
    if (sqlite_column(record, BLOB_COLUMN, &value) && value.kind == SQLITE_KIND_BLOB)
        rpm_database_add(packages->database, (uint32_t)row_id, value.bytes);
    else
        database_damaged(&packages->database->database, 0, "package %lld has no header", (long long)row_id);
    return !rpm_database_is_full(packages->database);
}

static void on_damage(struct sqlite_rows *rows, uint32_t page, const char *reason)
{
    struct packages *packages = (struct packages *)rows;
    database_damaged(&packages->database->database, 0, "page %u: %s", page, reason);
}

bool rpm_sqlite_is(struct view content)
{
    return sqlite_file_is(content);
}

bool rpm_sqlite_read(struct rpm_database *database, struct view content, struct error *err)
{
    struct sqlite_file file;
    struct packages packages = {
        .rows = {RPM_HEADER_BYTES_MAX + ROW_FRAME_MAX, on_row, on_damage}, .database = database};
    if (!sqlite_file_open(content, &file, err))
        return false;
    return sqlite_each_row(&file, "Packages", &packages.rows, err);
}
