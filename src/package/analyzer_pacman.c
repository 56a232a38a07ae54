/* SPDX-License-Identifier: Apache-2.0 */
/* pacman's local database: a folder for each package with the files desc and files, both made of "%FIELD%" lines and the
   lines of its value behind them, ended by an empty line (alpm's be_local). */
#include "package/database.h"

#define FOLDER "var/lib/pacman/local/"

/* Bytes of all licences of a package that are kept. */

enum pacman_field { FIELD_OTHER, FIELD_NAME, FIELD_VERSION, FIELD_BASE, FIELD_ARCH, FIELD_LICENSE, FIELD_COUNT };

static bool is_file(struct view path, const char *name)
{
    struct view rest = view_from(path, strlen(FOLDER));
    return view_starts_with(path, FOLDER) && view_cut(&rest, '/').size > 0 && view_is(rest, name);
}

static bool wants(struct view path)
{
    /* "var/lib/pacman/local/x/desc" */
    if (path.size < 27 || path.data[0] != 'v' || path.data[8] != 'p')
        return false;
    return is_file(path, "desc") || is_file(path, "files");
}

/* The package that a folder is for: "gmp" of "gmp-6.2.1-2". */
static struct view owner_of(struct view path)
{
    struct view rest = view_from(path, strlen(FOLDER));
    struct view folder = view_cut(&rest, '/');
    size_t release = view_find_last(folder, '-');
    size_t version = view_find_last(view_slice(folder, 0, release), '-');
    return version < release && version > 0 ? view_slice(folder, 0, version) : folder;
}

static void read_files(struct view path, struct database *database)
{
    struct view owner = owner_of(path);
    bool is_list = false;
    for (struct view line; database_next_line(database, &line);) {
        if (line.size == 0)
            is_list = false;
        else if (view_starts_with(line, "%"))
            is_list = view_is(line, "%FILES%");
        else if (is_list && line.data[line.size - 1] != '/')
            database->analysis->owned(database->analysis, owner, line);
    }
}

static enum pacman_field field_of(struct view line)
{
    static const char *const names[FIELD_COUNT] = {
        [FIELD_NAME] = "%NAME%",
        [FIELD_VERSION] = "%VERSION%",
        [FIELD_BASE] = "%BASE%",
        [FIELD_ARCH] = "%ARCH%",
        [FIELD_LICENSE] = "%LICENSE%",
    };
    for (int field = FIELD_NAME; field < FIELD_COUNT; field++) {
        if (view_is(line, names[field]))
            return (enum pacman_field)field;
    }
    return FIELD_OTHER;
}

static void add_license(struct buffer *licenses, struct view line)
{
    if (licenses->size > ANALYSIS_TEXT_BYTES_MAX)
        return; /* whoever takes the list cuts it and tells so */
    if (licenses->size > 0)
        buffer_append_byte(licenses, '\n');
    buffer_append(licenses, view_slice(line, 0, ANALYSIS_TEXT_BYTES_MAX + 1));
}

static void read_description(struct database *database)
{
    struct view values[FIELD_COUNT] = {0};
    enum pacman_field field = FIELD_OTHER;
    AUTO_BUFFER licenses;
    buffer_init(&licenses, 2 * ANALYSIS_TEXT_BYTES_MAX + 2);
    for (struct view line; database_next_line(database, &line);) {
        line = view_trim(line);
        if (line.size == 0) {
            field = FIELD_OTHER;
        } else if (line.size > 2 && line.data[0] == '%' && line.data[line.size - 1] == '%') {
            field = field_of(line);
        } else if (field == FIELD_LICENSE) {
            add_license(&licenses, line);
        } else if (field != FIELD_OTHER && values[field].size == 0) {
            values[field] = line;
        }
    }
    struct package package = {
        .type = PACKAGE_ALPM,
        .name = values[FIELD_NAME],
        .version = values[FIELD_VERSION],
        .arch = database_field_is_valid(values[FIELD_ARCH]) ? values[FIELD_ARCH] : (struct view){0},
        .source_name = database_field_is_valid(values[FIELD_BASE]) ? values[FIELD_BASE] : values[FIELD_NAME],
        .source_version = values[FIELD_VERSION],
    };
    const struct installation installation = {.licenses = buffer_view(&licenses)};
    if (!database_field_is_valid(package.name))
        database_damaged(database, 0, "a package without a valid name (%%NAME%%)");
    else if (!database_field_is_valid(package.version))
        database_damaged(database, 0, "package \"%.*s\" has no valid version (%%VERSION%%)", VIEW_PRINT(package.name));
    else
        database_package(database, &package, &installation);
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)err;
    struct database database;
    database_init(&database, analysis, content);
    if (view_ends_with(path, "/files"))
        read_files(path, &database);
    else if (content.size > 0)
        read_description(&database);
    database_finish(&database);
    return true;
}

const struct analyzer analyzer_pacman = {
    .name = "pacman",
    .version = 1,
    .bytes_max = DATABASE_BYTES_MAX,
    .wants = wants,
    .read = read,
};
