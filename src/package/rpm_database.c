/* SPDX-License-Identifier: Apache-2.0 */
#include "package/rpm_database.h"

#include "base/pack.h"
#include "base/path.h"
#include "package/rpm_source.h"
#include "package/third_party.h"

#include <stdio.h>

enum { FILE_STATE_NORMAL = 0, FILE_FLAG_GHOST = 1 << 6 };

void rpm_database_init(struct rpm_database *database, struct analysis *analysis, uint64_t file_bytes)
{
    *database = (struct rpm_database){.blob_bytes_left = file_bytes};
    database_init(&database->database, analysis, (struct view){0});
    buffer_init(&database->directories, RPM_DIRECTORIES_MAX * sizeof(uint32_t));
}

void rpm_database_done(struct rpm_database *database)
{
    buffer_done(&database->directories);
}

bool rpm_database_is_full(const struct rpm_database *database)
{
    return database->is_exhausted || database->database.package_count > DATABASE_PACKAGES_MAX;
}

static struct view trimmed_text(const struct rpm_header *header, enum rpm_tag tag)
{
    return view_trim(rpm_header_text(header, tag));
}

/* The offsets of all directory names, for access by number. */
static void index_directories(struct rpm_database *database, const struct rpm_header *header)
{
    struct rpm_value names = header->values[RPM_DIRECTORY_NAMES];
    const char *start = names.data.data;
    struct view name;
    buffer_clear(&database->directories);
    while (rpm_value_next_text(&names, &name))
        buffer_append_u32(&database->directories, (uint32_t)(name.data - start));
}

static struct view directory_at(const struct rpm_database *database, const struct rpm_header *header, uint32_t i)
{
    if (i >= database->directories.size / sizeof(uint32_t))
        return (struct view){0};
    struct view names = header->values[RPM_DIRECTORY_NAMES].data;
    struct view rest = view_from(names, read_u32(database->directories.data + (size_t)i * sizeof(uint32_t)));
    return view_slice(rest, 0, view_find(rest, '\0'));
}

/* Whether the package brought this file: not one that it only lays claim to (a ghost), and not one that was left out, or
   replaced by another package's, at installation. */
static bool is_on_disk(const struct rpm_header *header, uint32_t i)
{
    uint32_t state;
    uint32_t flags;
    return (!rpm_header_number(header, RPM_FILE_STATES, i, &state) || state == FILE_STATE_NORMAL) &&
           (!rpm_header_number(header, RPM_FILE_FLAGS, i, &flags) || (flags & FILE_FLAG_GHOST) == 0);
}

/* False when the paths of the database are too many. */
static bool own(struct rpm_database *database, struct view owner, struct view directory, struct view base)
{
    char path[PATH_BYTES_MAX];
    if (directory.size + base.size > sizeof(path) || directory.size + base.size == 0)
        return true;
    uint64_t before = database->owned_bytes;
    database->owned_bytes += directory.size + base.size;
    if (database->owned_bytes > RPM_OWNED_BYTES_MAX) {
        if (before <= RPM_OWNED_BYTES_MAX)
            database->database.analysis->gap(database->database.analysis, GAP_LIMIT_REACHED,
                "the paths of all packages together are longer than 512 MiB: the owners of some files are not known");
        return false;
    }
    if (directory.size > 0)
        memcpy(path, directory.data, directory.size);
    memcpy(path + directory.size, base.data, base.size);
    database->database.analysis->owned(database->database.analysis, owner, view_of(path, directory.size + base.size));
    return true;
}

static void own_files(
    struct rpm_database *database, uint32_t number, struct view owner, const struct rpm_header *header)
{
    bool has_directories = header->values[RPM_BASE_NAMES].count > 0;
    struct rpm_value names = header->values[has_directories ? RPM_BASE_NAMES : RPM_OLD_FILE_NAMES];
    index_directories(database, header);
    if (database->directories.is_full)
        database_damaged(&database->database, 0, "package %u (\"%.*s\") has more than %u directories", number,
            VIEW_PRINT(owner), RPM_DIRECTORIES_MAX);
    struct view base;
    for (uint32_t i = 0; rpm_value_next_text(&names, &base); i++) {
        uint32_t directory = UINT32_MAX;
        if (!is_on_disk(header, i))
            continue;
        if (has_directories && !rpm_header_number(header, RPM_DIRECTORY_INDEXES, i, &directory))
            break;
        if (!own(database, owner, directory_at(database, header, directory), base))
            return;
    }
}

void rpm_database_add(struct rpm_database *database, uint32_t number, struct view blob)
{
    struct rpm_header header;
    struct error err;
    if (rpm_database_is_full(database))
        return;
    database->is_exhausted = blob.size > database->blob_bytes_left;
    if (database->is_exhausted) {
        database_damaged(&database->database, 0, "package %u: the packages together are larger than the file", number);
        return;
    }
    database->blob_bytes_left -= blob.size;
    if (!rpm_header_read(blob, &header, &err)) {
        database_damaged(&database->database, 0, "package %u: %s", number, err.message);
        return;
    }
    struct package package = {
        .type = PACKAGE_RPM,
        .name = rpm_header_text(&header, RPM_NAME),
        .version = rpm_header_text(&header, RPM_VERSION),
        .release = rpm_header_text(&header, RPM_RELEASE),
        .arch = rpm_header_text(&header, RPM_ARCH),
        .source_rpm = trimmed_text(&header, RPM_SOURCE_RPM),
        .modularity = trimmed_text(&header, RPM_MODULARITY_LABEL),
        .vendor = trimmed_text(&header, RPM_VENDOR),
    };
    if (!database_field_is_valid(package.name)) {
        database_damaged(&database->database, 0, "package %u has no valid name", number);
        return;
    }
    /* A key that signs packages, kept among them. */
    if (view_is(package.name, "gpg-pubkey"))
        return;
    if (!database_field_is_valid(package.version) || !database_field_is_valid(package.release)) {
        database_damaged(&database->database, 0, "package %u (\"%.*s\") has no valid version and release", number,
            VIEW_PRINT(package.name));
        return;
    }
    if (!database_field_is_valid(package.arch))
        package.arch = (struct view){0};
    char epoch_text[16];
    uint32_t epoch;
    if (rpm_header_number(&header, RPM_EPOCH, 0, &epoch)) {
        snprintf(epoch_text, sizeof(epoch_text), "%u", epoch);
        package.epoch = view_text(epoch_text);
    }
    char version_release[2 * DATABASE_FIELD_MAX + 2];
    snprintf(version_release, sizeof(version_release), "%.*s-%.*s", VIEW_PRINT(package.version),
        VIEW_PRINT(package.release));
    rpm_source_split(
        package.source_rpm, package.name, view_text(version_release), &package.source_name, &package.source_version);
    const struct installation installation = {
        .licenses = trimmed_text(&header, RPM_LICENSE),
        .is_third_party = third_party_rpm(package.vendor, package.release),
    };
    database_package(&database->database, &package, &installation);
    own_files(database, number, package.name, &header);
}
