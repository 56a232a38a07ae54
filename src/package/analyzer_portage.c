/* SPDX-License-Identifier: Apache-2.0 */
/* Portage's database: a folder CATEGORY/NAME-VERSION for each package. PF holds "NAME-VERSION" again, CONTENTS the paths
   that the package brought, LICENSE its licences in one line. The form of versions is that of the Package Manager Specification, section 3.2. */
#include "package/control_file.h"
#include "package/database.h"

#define FOLDER "var/db/pkg/"

/* CATEGORY and the folder of a package, for a file directly in it. */
static bool split_path(struct view path, struct view *category, struct view *folder, struct view *file)
{
    if (!view_starts_with(path, FOLDER))
        return false;
    struct view rest = view_from(path, strlen(FOLDER));
    *category = view_cut(&rest, '/');
    *folder = view_cut(&rest, '/');
    *file = rest;
    return category->size > 0 && folder->size > 0;
}

static bool wants(struct view path)
{
    struct view category;
    struct view folder;
    struct view file;
    /* "var/db/pkg/c/p/PF" */
    if (path.size < 17 || path.data[0] != 'v' || path.data[4] != 'd')
        return false;
    return split_path(path, &category, &folder, &file) &&
           (view_is(file, "PF") || view_is(file, "CONTENTS") || view_is(file, "LICENSE"));
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Where the version begins in "NAME-VERSION", which may end in "-rREVISION"; the size of the text if there is none. */
static size_t find_version(struct view text)
{
    size_t dash = view_find_last(text, '-');
    struct view last = view_from(text, dash + 1);
    int64_t revision;
    if (last.size > 1 && last.data[0] == 'r' && view_to_integer(view_from(last, 1), &revision)) {
        size_t before = view_find_last(view_slice(text, 0, dash), '-');
        if (before < dash && is_digit(text.data[before + 1]))
            return before + 1;
        return text.size;
    }
    return last.size > 0 && is_digit(last.data[0]) ? dash + 1 : text.size;
}

/* False with the reason if the text is not "NAME-VERSION". */
static bool split_name(struct view text, struct view *name, struct view *version)
{
    size_t start = find_version(text);
    if (start == text.size || start < 2)
        return false;
    *name = view_slice(text, 0, start - 1);
    *version = view_from(text, start);
    return database_field_is_valid(*name) && database_field_is_valid(*version);
}

static void read_name(struct view category, struct database *database)
{
    struct view line = {0};
    (void)database_next_line(database, &line);
    line = view_trim(line);
    struct package package = {.type = PACKAGE_PORTAGE};
    if (!split_name(line, &package.name, &package.version)) {
        database_damaged(database, 1, "\"%.*s\" is not of the form NAME-VERSION", VIEW_PRINT(view_slice(line, 0, 64)));
        return;
    }
    /* What the distribution's advisories name: CATEGORY/NAME. */
    char source[2 * DATABASE_FIELD_MAX + 2];
    if (database_field_is_valid(category)) {
        struct buffer text;
        buffer_init(&text, sizeof(source));
        buffer_append_format(&text, "%.*s/%.*s", VIEW_PRINT(category), VIEW_PRINT(package.name));
        memcpy(source, text.data, text.size);
        package.source_name = view_of(source, text.size);
        buffer_done(&text);
    } else {
        package.source_name = package.name;
    }
    package.source_version = package.version;
    database_package(database, &package, NULL);
}

/* "obj PATH MD5 TIME", "sym PATH -> TARGET TIME", "dir PATH": paths may hold blanks. Directories own nothing. */
static void read_contents(struct view folder, struct database *database)
{
    struct view name;
    struct view version;
    if (!split_name(folder, &name, &version))
        name = folder;
    for (struct view line; database_next_line(database, &line);) {
        struct view path = view_from(line, 4);
        size_t end;
        if (view_starts_with(line, "obj ")) {
            end = view_find_last(path, ' ');
            end = view_find_last(view_slice(path, 0, end), ' ');
        } else if (view_starts_with(line, "sym ")) {
            static const struct view arrow = VIEW_LITERAL(" -> ");
            end = view_find_text(path, arrow);
        } else {
            continue;
        }
        if (end < path.size && end > 1 && path.data[0] == '/')
            database->analysis->owned(database->analysis, name, view_slice(path, 0, end));
    }
}

/* "GPL-2 || ( MIT BSD )", as the package's recipe has it. */
static void read_licenses(struct database *database)
{
    struct view line = {0};
    if (database_next_line(database, &line) && view_trim(line).size > 0)
        database->analysis->fact(database->analysis, CONTROL_LICENSE_FACT, view_trim(line));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)err;
    struct view category = {0};
    struct view folder = {0};
    struct view file = {0};
    struct database database;
    database_init(&database, analysis, content);
    if (!split_path(path, &category, &folder, &file))
        return true;
    if (view_is(file, "CONTENTS"))
        read_contents(folder, &database);
    else if (view_is(file, "LICENSE"))
        read_licenses(&database);
    else if (content.size > 0)
        read_name(category, &database);
    database_finish(&database);
    return true;
}

const struct analyzer analyzer_portage = {
    .name = "portage",
    .version = 2,
    .bytes_max = DATABASE_BYTES_MAX,
    .wants = wants,
    .read = read,
};
