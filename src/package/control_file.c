/* SPDX-License-Identifier: Apache-2.0 */
/* Read with tolerance; which states have files on disk: dpkg(1), "Package states". */
#include "package/control_file.h"

#include "package/database.h"
#include "package/third_party.h"

struct paragraph {
    size_t line; /* of its first field; 0 = nothing read yet */
    bool has_status;
    struct view package;
    struct view status;
    struct view architecture;
    struct view version;
    struct view source;
    struct view maintainer;
    struct view vendor;
    struct view license;
};

struct reader {
    struct database database;
    const struct control_options *options;
    size_t stray_line; /* a line before the first field of the file */
    struct paragraph paragraph;
};

static const struct state {
    const char *name;
    bool is_installed;
} states[] = {
    {"installed", true},
    {"config-files", false},
    {"half-configured", true},
    {"not-installed", false},
    {"triggers-awaited", true},
    {"triggers-pending", true},
    {"unpacked", true},
};

/* The third word of `Status: install ok installed`; empty if there are fewer. */
static struct view state_of(struct view status)
{
    for (int word = 0; word < 3; word++) {
        status = view_trim(status);
        size_t end = 0;
        while (end < status.size && status.data[end] != ' ' && status.data[end] != '\t')
            end++;
        if (word == 2)
            return view_slice(status, 0, end);
        status = view_from(status, end);
    }
    return status;
}

/* Whether the package of this paragraph has its files on disk. What does not tell is reported as damage. */
static bool is_installed(struct reader *reader)
{
    const struct paragraph *paragraph = &reader->paragraph;
    if (!paragraph->has_status) {
        if (reader->options->needs_status)
            database_damaged(
                &reader->database, paragraph->line, "package \"%.*s\" has no Status", VIEW_PRINT(paragraph->package));
        return !reader->options->needs_status;
    }
    struct view state = state_of(paragraph->status);
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (view_equal_ignoring_case(state, view_text(states[i].name)))
            return states[i].is_installed;
    }
    if (view_is(state, "half-installed")) {
        database_damaged(&reader->database, paragraph->line,
            "package \"%.*s\" is half-installed: its files may be of another version, or missing",
            VIEW_PRINT(paragraph->package));
        return true;
    }
    database_damaged(&reader->database, paragraph->line, "package \"%.*s\" has no known state in Status: \"%.*s\"",
        VIEW_PRINT(paragraph->package), VIEW_PRINT(view_slice(paragraph->status, 0, 64)));
    return false;
}

/* `Source: name` or `Source: name (version)`: Debian Policy 5.6.1. What is absent comes from the package itself; a binary-only
   rebuild ("+b1") always has the source's version in parentheses, so nothing is stripped here. */
static void read_source(struct reader *reader, struct package *package)
{
    package->source_name = package->name;
    package->source_version = package->version;
    struct view source = reader->paragraph.source;
    if (source.size == 0)
        return;
    size_t open = view_find(source, '(');
    struct view name = view_trim(view_slice(source, 0, open));
    size_t blank = view_find(name, ' ');
    name = view_trim(view_slice(name, 0, blank));
    /* opkg writes where the source lies in the build tree: "feeds/packages/net/curl". */
    if (reader->options->type == PACKAGE_OPKG && view_find_last(name, '/') < name.size)
        name = view_from(name, view_find_last(name, '/') + 1);
    struct view inside = view_from(source, open + 1);
    size_t close = view_find(inside, ')');
    struct view version = view_trim(view_slice(inside, 0, close));
    bool has_version = open < source.size;
    if (!database_field_is_valid(name) ||
        (has_version && (close == inside.size || !database_field_is_valid(version)))) {
        database_damaged(&reader->database, reader->paragraph.line, "package \"%.*s\" has an unreadable Source",
            VIEW_PRINT(package->name));
        return;
    }
    package->source_name = name;
    if (has_version)
        package->source_version = version;
}

static void finish_paragraph(struct reader *reader)
{
    struct paragraph *paragraph = &reader->paragraph;
    size_t line = paragraph->line;
    if (line == 0)
        return;
    struct package package = {.type = reader->options->type, .name = paragraph->package, .version = paragraph->version};
    if (!database_field_is_valid(package.name)) {
        database_damaged(&reader->database, line, "a paragraph without a valid Package");
    } else if (is_installed(reader)) {
        if (database_field_is_valid(package.version)) {
            read_source(reader, &package);
            if (database_field_is_valid(paragraph->architecture))
                package.arch = paragraph->architecture;
            else if (paragraph->architecture.size > 0)
                database_damaged(&reader->database, line, "package \"%.*s\" has an unreadable Architecture",
                    VIEW_PRINT(package.name));
            /* fpm, which makes many vendors' packages, writes "unknown" for none. */
            bool has_license = !view_equal_ignoring_case(paragraph->license, view_text("unknown"));
            const struct installation installation = {.licenses = has_license ? paragraph->license : view_text(""),
                .is_third_party = third_party_deb(paragraph->maintainer, package.version, paragraph->vendor)};
            database_package(&reader->database, &package, &installation);
        } else {
            database_damaged(
                &reader->database, line, "package \"%.*s\" has no valid Version", VIEW_PRINT(package.name));
        }
    }
    *paragraph = (struct paragraph){0};
}

/* Keeps the fields that count; the first of two equal ones. A second Package is that of the next paragraph, whose separator
   got lost. */
static void keep_field(struct reader *reader, struct view name, struct view value)
{
    struct paragraph *paragraph = &reader->paragraph;
    if (paragraph->package.size > 0 && view_equal_ignoring_case(name, view_text("package"))) {
        database_damaged(&reader->database, reader->database.line, "a paragraph without an empty line before it");
        finish_paragraph(reader);
    }
    if (paragraph->line == 0)
        paragraph->line = reader->database.line;
    struct view *kept = NULL;
    switch (name.data[0] | 0x20) {
    case 'p':
        kept = view_equal_ignoring_case(name, view_text("package")) ? &paragraph->package : NULL;
        break;
    case 'v':
        if (view_equal_ignoring_case(name, view_text("version")))
            kept = &paragraph->version;
        else if (view_equal_ignoring_case(name, view_text("vendor")))
            kept = &paragraph->vendor;
        break;
    case 'm':
        kept = view_equal_ignoring_case(name, view_text("maintainer")) ? &paragraph->maintainer : NULL;
        break;
    case 'a':
        kept = view_equal_ignoring_case(name, view_text("architecture")) ? &paragraph->architecture : NULL;
        break;
    case 'l':
        kept = view_equal_ignoring_case(name, view_text("license")) ? &paragraph->license : NULL;
        break;
    case 's':
        if (view_equal_ignoring_case(name, view_text("status"))) {
            kept = &paragraph->status;
            paragraph->has_status = true;
        } else if (view_equal_ignoring_case(name, view_text("source"))) {
            kept = &paragraph->source;
        }
        break;
    }
    if (kept != NULL && kept->size == 0)
        *kept = view_trim(value);
}

/* A field name has printable characters but no blank; false if the line does not begin with one and a colon. */
static bool split_field(struct view line, struct view *name, struct view *value)
{
    size_t colon = view_find(line, ':');
    if (colon == line.size)
        return false;
    *name = view_trim(view_slice(line, 0, colon));
    *value = view_from(line, colon + 1);
    return database_field_is_valid(*name);
}

bool control_file_read(
    struct view content, const struct control_options *options, struct analysis *analysis, struct error *err)
{
    struct reader reader = {.options = options};
    struct database *database = &reader.database;
    database_init(database, analysis, content);
    bool has_field = false;
    for (struct view line; database_next_line(database, &line);) {
        struct view name;
        struct view value;
        if (database_line_is_blank(line)) {
            finish_paragraph(&reader);
        } else if (line.data[0] == ' ' || line.data[0] == '\t') {
            if (reader.paragraph.line == 0)
                reader.stray_line = database->line;
        } else if (split_field(line, &name, &value)) {
            has_field = true;
            keep_field(&reader, name, value);
        } else {
            reader.stray_line = database->line;
        }
        /* Damage before the first field is held back: a file without any is not a database at all. */
        if (reader.stray_line > 0 && has_field) {
            database_damaged(database, reader.stray_line, "neither a field nor the continuation of one");
            reader.stray_line = 0;
        }
    }
    finish_paragraph(&reader);
    database_finish(database);
    if (reader.stray_line > 0 && !has_field)
        return error_set(err, ERROR_INVALID, "not a package database: no line has the form \"Field: value\"");
    return true;
}
