/* SPDX-License-Identifier: Apache-2.0 */
/* The list of packages that Mariner and Azure Linux leave in images without an rpm database: a line for each package, of ten
   fields with tabs between: name, version-release, install time, build time, vendor, epoch, size, arch, epoch number,
   source rpm. container-manifest-1 has the names of the same packages and nothing else. */
#include "package/database.h"
#include "package/rpm_source.h"
#include "package/third_party.h"

enum manifest_field {
    FIELD_NAME,
    FIELD_VERSION_RELEASE,
    FIELD_INSTALL_TIME,
    FIELD_BUILD_TIME,
    FIELD_VENDOR,
    FIELD_EPOCH,
    FIELD_SIZE,
    FIELD_ARCH,
    FIELD_EPOCH_NUMBER,
    FIELD_SOURCE,
    FIELD_COUNT
};

static bool wants(struct view path)
{
    return path.size == 40 && view_is(path, "var/lib/rpmmanifest/container-manifest-2");
}

/* Digits only; "(none)" and all else stand for no epoch. */
static struct view epoch_of(struct view field)
{
    int64_t number;
    return view_to_integer(field, &number) && number <= UINT32_MAX ? field : (struct view){0};
}

static void read_line(struct database *database, struct view line)
{
    struct view fields[FIELD_COUNT] = {0};
    size_t count = 0;
    for (struct view rest = line; rest.size > 0 && count < FIELD_COUNT;)
        fields[count++] = view_trim(view_cut(&rest, '\t'));
    struct view both = fields[FIELD_VERSION_RELEASE];
    size_t dash = view_find_last(both, '-');
    struct package package = {
        .type = PACKAGE_RPM,
        .name = fields[FIELD_NAME],
        .version = view_slice(both, 0, dash),
        .release = view_from(both, dash + 1),
        .arch = database_field_is_valid(fields[FIELD_ARCH]) ? fields[FIELD_ARCH] : (struct view){0},
        .epoch = epoch_of(fields[FIELD_EPOCH]),
        .vendor = fields[FIELD_VENDOR],
    };
    if (!database_field_is_valid(package.name) || !database_field_is_valid(package.version) ||
        !database_field_is_valid(package.release)) {
        database_damaged(database, database->line, "not the name, version and release of a package");
        return;
    }
    if (view_is(package.name, "gpg-pubkey"))
        return;
    if (database_field_is_valid(fields[FIELD_SOURCE]) && !view_is(fields[FIELD_SOURCE], "(none)"))
        package.source_rpm = fields[FIELD_SOURCE];
    rpm_source_split(package.source_rpm, package.name, both, &package.source_name, &package.source_version);
    const struct installation installation = {.is_third_party = third_party_rpm(package.vendor, package.release)};
    database_package(database, &package, &installation);
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    (void)err;
    struct database database;
    database_init(&database, analysis, content);
    for (struct view line; database_next_line(&database, &line);) {
        if (!database_line_is_blank(line))
            read_line(&database, line);
    }
    database_finish(&database);
    return true;
}

const struct analyzer analyzer_rpm_manifest = {
    .name = "rpm_manifest",
    .version = 1,
    .bytes_max = DATABASE_BYTES_MAX,
    .wants = wants,
    .read = read,
};
