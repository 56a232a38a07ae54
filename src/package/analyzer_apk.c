/* SPDX-License-Identifier: Apache-2.0 */
/* apk's installed database: records of one-letter lines, separated by empty ones (Alpine wiki, "Apk spec"; apk-tools'
   installed database). A record that is there is installed. */
#include "base/map.h"
#include "base/path.h"
#include "package/database.h"

struct apk {
    struct database database;
    size_t line; /* of the record's first line; 0 = nothing read yet */
    struct view name; /* P */
    struct view version;
    struct view arch;
    struct view origin;
    struct view license;
    struct view directory; /* the last F */
    struct map names; /* packages that were reported */
};

static bool wants(struct view path)
{
    if (path.size < 20 || path.size > 24 || path.data[path.size - 9] != 'i')
        return false;
    return view_is(path, "lib/apk/db/installed") || view_is(path, "usr/lib/apk/db/installed") ||
           view_is(path, "var/lib/apk/db/installed");
}

static void finish_record(struct apk *apk)
{
    struct database *database = &apk->database;
    size_t line = apk->line;
    struct package package = {
        .type = PACKAGE_APK,
        .name = apk->name,
        .version = apk->version,
        .source_name = database_field_is_valid(apk->origin) ? apk->origin : apk->name,
        .source_version = apk->version,
    };
    struct view arch = apk->arch;
    const struct installation installation = {.licenses = apk->license};
    apk->line = 0;
    apk->name = apk->version = apk->arch = apk->origin = apk->license = apk->directory = (struct view){0};
    if (line == 0)
        return;
    if (!database_field_is_valid(package.name)) {
        database_damaged(database, line, "a record without a valid package name (P:)");
        return;
    }
    /* `apk add --virtual .build-deps`: a name for a set of dependencies, without files. */
    if (package.name.data[0] == '.')
        return;
    if (!database_field_is_valid(package.version)) {
        database_damaged(database, line, "package \"%.*s\" has no valid version (V:)", VIEW_PRINT(package.name));
        return;
    }
    if (database_field_is_valid(arch))
        package.arch = arch;
    if (!map_set(&apk->names, package.name, apk)) {
        database_damaged(
            database, line, "package \"%.*s\" is recorded twice, the first record counts", VIEW_PRINT(package.name));
        return;
    }
    database_package(database, &package, &installation);
}

/* A file R in the directory F. apk cannot own a path that the file system does not take. */
static void own_file(struct apk *apk, struct view file)
{
    char path[PATH_BYTES_MAX];
    size_t size = apk->directory.size;
    if (file.size == 0 || size + 1 + file.size > sizeof(path)) {
        database_damaged(&apk->database, apk->database.line, "a file (R:) whose path is empty or too long");
        return;
    }
    if (size > 0) {
        memcpy(path, apk->directory.data, size);
        path[size++] = '/';
    }
    memcpy(path + size, file.data, file.size);
    apk->database.analysis->owned(apk->database.analysis, apk->name, view_of(path, size + file.size));
}

/* A second name is that of the next record, whose separator got lost. */
static void read_line(struct apk *apk, char letter, struct view value)
{
    if (letter == 'P' && apk->name.size > 0) {
        database_damaged(&apk->database, apk->database.line, "a record without an empty line before it");
        finish_record(apk);
    }
    if (apk->line == 0)
        apk->line = apk->database.line;
    switch (letter) {
    case 'P':
        apk->name = view_trim(value);
        break;
    case 'V':
        apk->version = view_trim(value);
        break;
    case 'A':
        apk->arch = view_trim(value);
        break;
    case 'o':
        apk->origin = view_trim(value);
        break;
    case 'L':
        apk->license = view_trim(value);
        break;
    case 'F':
        apk->directory = value;
        break;
    case 'R':
        own_file(apk, value);
        break;
    }
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    struct apk apk = {0};
    struct database *database = &apk.database;
    database_init(database, analysis, content);
    map_init(&apk.names, arena);
    bool has_line = false;
    size_t stray_line = 0;
    for (struct view line; database_next_line(database, &line);) {
        if (database_line_is_blank(line)) {
            finish_record(&apk);
        } else if (line.size >= 2 && line.data[1] == ':' && database_field_is_valid(view_slice(line, 0, 1))) {
            has_line = true;
            read_line(&apk, line.data[0], view_from(line, 2));
        } else {
            stray_line = database->line;
        }
        /* Damage before the first good line is held back: a file without any is not a database at all. */
        if (stray_line > 0 && has_line) {
            database_damaged(database, stray_line, "not of the form \"letter:value\"");
            stray_line = 0;
        }
    }
    finish_record(&apk);
    database_finish(database);
    if (stray_line > 0 && !has_line)
        return error_set(err, ERROR_INVALID, "not an apk database: no line has the form \"letter:value\"");
    return true;
}

const struct analyzer analyzer_apk = {
    .name = "apk",
    .version = 3,
    .bytes_max = DATABASE_BYTES_MAX,
    .wants = wants,
    .read = read,
};
