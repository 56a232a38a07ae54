/* SPDX-License-Identifier: Apache-2.0 */
/* rpmdb.sqlite: the table Packages has a number (its rowid) and the header blob of each package. */
#include "package/rpm_database.h"
#include "package/sqlite_file.h"
#include "package/sqlite_log.h"

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

static bool read_packages(struct rpm_database *database, struct sqlite_file *file, struct error *err)
{
    struct packages packages = {
        .rows = {RPM_HEADER_BYTES_MAX + ROW_FRAME_MAX, on_row, on_damage}, .database = database};
    return sqlite_each_row(file, "Packages", &packages.rows, err);
}

bool rpm_sqlite_read(struct rpm_database *database, struct view content, struct error *err)
{
    struct sqlite_file file;
    return sqlite_file_open(content, &file, err) && read_packages(database, &file, err);
}

bool rpm_sqlite_read_with_log(
    struct rpm_database *database, struct view content, struct view log_content, struct error *err)
{
    struct sqlite_file file;
    struct sqlite_log log;
    if (!sqlite_file_open(content, &file, err))
        return false;
    uint64_t page_count_max = ((uint64_t)content.size + log_content.size) / file.page_size;
    bool is_read = sqlite_log_open(log_content, file.page_size, (uint32_t)page_count_max, &log, err) &&
                   sqlite_file_use_log(&file, &log, err) && read_packages(database, &file, err);
    sqlite_log_close(&log);
    return is_read;
}
