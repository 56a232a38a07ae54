/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/warm.h"

#include "base/digest.h"
#include "base/json.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int compare_bytes(const void *left, const void *right)
{
    return *(const char *)left - *(const char *)right;
}

/* glibc's qsort asks once how much memory the machine has. */
static void warm_sorting(void)
{
    char bytes[4096];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 7);
    qsort(bytes, sizeof(bytes), 1, compare_bytes);
}

static void write_tar_header(char header[512], const char *name, char type, unsigned size)
{
    memset(header, 0, 512);
    snprintf(header, 100, "%s", name);
    snprintf(header + 100, 8, "%07o", 0644u);
    snprintf(header + 108, 8, "%07o", 0u);
    snprintf(header + 116, 8, "%07o", 0u);
    snprintf(header + 124, 12, "%011o", size);
    snprintf(header + 136, 12, "%011o", 0u);
    memset(header + 148, ' ', 8);
    header[156] = type;
    snprintf(header + 257, 6, "ustar");
    header[263] = header[264] = '0';
    unsigned sum = 0;
    for (size_t i = 0; i < 512; i++)
        sum += (unsigned char)header[i];
    snprintf(header + 148, 8, "%06o", sum);
}

/* A PAX archive with one name beyond ASCII, so that libarchive sets up its character set conversion. */
static bool warm_archive(struct error *err)
{
    static const char record[] = "11 path=\xc3\xa9\n";
    static char tar[2560];
    write_tar_header(tar, "PaxHeader", 'x', sizeof(record) - 1);
    memcpy(tar + 512, record, sizeof(record) - 1);
    write_tar_header(tar + 1024, "e", '0', 0);
    struct archive *archive = archive_read_new();
    struct archive_entry *entry = NULL;
    bool is_read = archive_read_support_format_tar(archive) == ARCHIVE_OK &&
                   archive_read_open_memory(archive, tar, sizeof(tar)) == ARCHIVE_OK &&
                   archive_read_next_header(archive, &entry) >= ARCHIVE_WARN &&
                   strcmp(archive_entry_pathname(entry), "\xc3\xa9") == 0;
    if (!is_read)
        error_set(err, ERROR_IO, "libarchive cannot read a simple archive: %s", archive_error_string(archive));
    archive_read_free(archive);
    return is_read;
}

static bool warm_sqlite(struct error *err)
{
    sqlite3 *database = NULL;
    bool is_warm =
        sqlite3_open(":memory:", &database) == SQLITE_OK &&
        sqlite3_exec(database, "CREATE TABLE t(a); INSERT INTO t VALUES(random())", NULL, NULL, NULL) == SQLITE_OK;
    if (!is_warm)
        error_set(err, ERROR_IO, "SQLite cannot use its memory: %s", sqlite3_errmsg(database));
    sqlite3_close(database);
    return is_warm;
}

static bool warm_json(struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    return json_parse(document, view_text("{\"a\":[1.5,\"\\u00e9\"]}"), JSON_BYTES_MAX, "a test", &root, err);
}

bool warm_libraries(struct error *err)
{
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        return error_set(err, ERROR_IO, "the locale C.UTF-8 is missing");
    if (setenv("TZ", "UTC0", 1) != 0)
        return error_set(err, ERROR_IO, "could not set the time zone");
    tzset();
    warm_sorting();
    struct digest digest;
    digest_of(view_text(""), &digest);
    return warm_archive(err) && warm_sqlite(err) && warm_json(err);
}
