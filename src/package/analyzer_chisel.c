/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of images that chisel cut out of Ubuntu's packages: JSON values, one a line, compressed with zstd. The lines of
   kind "package" are Debian packages, without the names of their sources; those of kind "path" say which slices of packages
   brought a path. https://documentation.ubuntu.com/chisel/en/latest/reference/manifest/ */
#include "base/json.h"
#include "package/database.h"
#include "stream/source.h"

/* Decompressed manifest that is read: some MB in images of hundreds of packages. */
#define MANIFEST_BYTES_MAX (64u << 20)

/* Longest line that is read. */
#define LINE_BYTES_MAX (64u << 10)

static bool wants(struct view path)
{
    return path.size == 28 && view_is(path, "var/lib/chisel/manifest.wall");
}

static void read_package(struct database *database, struct json value)
{
    struct package package = {
        .type = PACKAGE_DEB,
        .name = json_member_string(value, "name"),
        .version = json_member_string(value, "version"),
        .arch = json_member_string(value, "arch"),
    };
    package.source_name = package.name;
    package.source_version = package.version;
    if (!database_field_is_valid(package.arch))
        package.arch = (struct view){0};
    if (database_field_is_valid(package.name) && database_field_is_valid(package.version))
        database_package(database, &package, NULL);
    else
        database_damaged(database, database->line, "a package without a valid name and version");
}

/* A slice is named PACKAGE_SLICE. Directories own nothing. */
static void read_path(struct database *database, struct json value)
{
    struct view path = json_member_string(value, "path");
    struct json_iterator slices = json_each(json_member(value, "slices"));
    if (path.size < 2 || path.data[path.size - 1] == '/' || view_find(path, '\n') < path.size || !json_next(&slices))
        return;
    struct view slice = json_string(slices.value);
    struct view owner = view_slice(slice, 0, view_find(slice, '_'));
    if (owner.size > 0)
        database->analysis->owned(database->analysis, owner, path);
}

static void read_lines(struct database *database, struct json_document *document)
{
    for (struct view line; database_next_line(database, &line);) {
        struct json value;
        struct error err;
        if (database_line_is_blank(line))
            continue;
        if (!json_parse(document, line, LINE_BYTES_MAX, "line", &value, &err)) {
            database_damaged(database, database->line, "%s", err.message);
            continue;
        }
        struct view kind = json_member_string(value, "kind");
        if (view_is(kind, "package"))
            read_package(database, value);
        else if (view_is(kind, "path"))
            read_path(database, value);
    }
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_BUFFER text;
    AUTO_JSON *document = json_document_new();
    struct database database;
    buffer_init(&text, MANIFEST_BYTES_MAX);
    if (content.size == 0)
        return true;
    AUTO_SOURCE *source = source_zstd(source_from_memory(content));
    if (!source_read_all(source, &text, "manifest", err))
        return false;
    database_init(&database, analysis, buffer_view(&text));
    read_lines(&database, document);
    database_finish(&database);
    if (database.package_count > 0)
        analysis->gap(analysis, GAP_SOURCE_UNKNOWN,
            "chisel's manifest does not say from which source packages its packages come");
    return true;
}

const struct analyzer analyzer_chisel = {
    .name = "chisel",
    .version = 1,
    .bytes_max = MANIFEST_BYTES_MAX,
    .wants = wants,
    .read = read,
};
