/* SPDX-License-Identifier: Apache-2.0 */
/* Java archives and the archives in them. Each META-INF/maven/<group>/<artifact>/ is a package that is inside (several: a
   shaded archive); an archive without any is named by its manifest and its file name. */
#include "package/java.h"

#include "base/map.h"
#include "base/path.h"
#include "package/listing.h"
#include "stream/zip_archive.h"

#include <stdio.h>

enum {
    DEPTH_MAX = 16, /* archives in archives */
    ENTRIES_MAX = 1000000, /* of one archive */
    SMALL_BYTES_MAX = 4 << 20, /* of a pom.properties, pom.xml or manifest */
};

static const struct java_limits default_limits = {
    .inflated_bytes_max = UINT64_C(1) << 30,
    .held_bytes_max = DATABASE_BYTES_MAX,
    .packages_max = DATABASE_PACKAGES_MAX,
};

/* Archive kinds by extension; `is_certain` ones are nothing else, so that a broken one is told. */
static const struct {
    const char *extension;
    bool is_certain;
    bool has_name; /* named by its file name where nothing better is in it */
} kinds[] = {
    {".ear", true, true},
    {".hpi", true, true},
    {".jar", true, true},
    {".jmod", true, false},
    {".jpi", true, true},
    {".kar", false, true},
    {".lpkg", true, true},
    {".nar", false, true},
    {".par", false, true},
    {".rar", false, true},
    {".sar", false, true},
    {".war", true, true},
};
enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

/* What one read shares over all archives in the file. */
struct reading {
    struct arena *arena;
    struct analysis *analysis;
    const struct java_limits *limits;
    uint64_t inflated;
    uint64_t held;
    size_t package_count;
    size_t damage_count;
};

/* What one directory of Maven's says. */
struct artifact {
    struct java_identity identity;
    struct view licenses;
};

/* One archive, itself in `depth` others. */
struct level {
    struct reading *reading;
    struct zip_archive zip;
    struct view place; /* inside the file: empty for the file itself */
    size_t kind;
    size_t depth;
    struct map maven; /* directory of pom.properties or pom.xml → struct artifact */
    struct java_manifest manifest;
    struct zip_entry *nested;
    size_t nested_count;
    size_t nested_capacity;
};

static size_t kind_of(struct view name)
{
    size_t kind = 0;
    while (kind < KIND_COUNT && !view_ends_with(name, kinds[kind].extension))
        kind++;
    return path_base(name).size > strlen(kind < KIND_COUNT ? kinds[kind].extension : "") ? kind : KIND_COUNT;
}

static bool wants(struct view path)
{
    if (path.size < 5 || (path.data[path.size - 4] != '.' && path.data[path.size - 5] != '.'))
        return false;
    /* A part of every JDK, told by its release file. */
    return kind_of(path) < KIND_COUNT && !view_ends_with(path, "/jrt-fs.jar");
}

/* A few gaps for any amount of damage. */
static void report_gap(struct reading *reading, struct view place, const struct error *why)
{
    if (reading->damage_count++ >= DATABASE_DAMAGE_MAX)
        return;
    enum gap_kind kind = why->code == ERROR_LIMIT         ? GAP_LIMIT_REACHED
                         : why->code == ERROR_UNSUPPORTED ? GAP_UNREADABLE_FILE
                                                          : GAP_BROKEN_DATABASE;
    if (place.size == 0) {
        reading->analysis->gap(reading->analysis, kind, why->message);
        return;
    }
    struct error placed;
    error_set(&placed, why->code, "\"%.*s\": %s", place.size > 200 ? 200 : (int)place.size, place.data, why->message);
    reading->analysis->gap(reading->analysis, kind, placed.message);
}

static struct view place_of(struct level *level, struct view name)
{
    while (name.size > 0 && name.data[0] == '/')
        name = view_from(name, 1);
    if (level->place.size == 0)
        return name;
    return arena_format(level->reading->arena, "%.*s!/%.*s", VIEW_PRINT(level->place), VIEW_PRINT(name));
}

/* Reads an entry within the limits of the whole reading; a failure is a gap. */
static bool read_entry(struct level *level, const struct zip_entry *entry, struct buffer *buffer, struct view *bytes)
{
    struct reading *reading = level->reading;
    struct error err;
    bool is_read = false;
    if (entry->size > reading->limits->inflated_bytes_max - reading->inflated)
        error_set(&err, ERROR_LIMIT, "the archives have more than the %llu bytes that are decompressed",
            (unsigned long long)reading->limits->inflated_bytes_max);
    else
        is_read = zip_archive_read(&level->zip, entry, buffer, bytes, &err);
    if (is_read)
        reading->inflated += buffer->size;
    else
        report_gap(reading, place_of(level, entry->name), &err);
    return is_read;
}

static void read_small(struct level *level, const struct zip_entry *entry,
    void (*use)(struct level *level, struct view name, struct view content))
{
    AUTO_BUFFER buffer;
    struct view content;
    buffer_init(&buffer, SMALL_BYTES_MAX);
    if (read_entry(level, entry, &buffer, &content))
        use(level, entry->name, content);
}

static struct artifact *maven_directory(struct level *level, struct view name)
{
    struct map_entry *entry = map_entry(&level->maven, path_directory(name));
    if (entry->value == NULL)
        entry->value = ARENA_NEW(level->reading->arena, struct artifact);
    return entry->value;
}

static void report_cut(struct level *level, struct view name)
{
    struct error err;
    error_set(&err, ERROR_LIMIT, "a name, version or licence is longer than is read");
    report_gap(level->reading, place_of(level, name), &err);
}

static void use_properties(struct level *level, struct view name, struct view content)
{
    struct java_identity *identity = &maven_directory(level, name)->identity;
    java_read_properties(level->reading->arena, content, identity);
    if (identity->is_cut)
        report_cut(level, name);
    identity->is_cut = false;
}

/* Gives what pom.properties does not, and the licences. */
static void use_pom(struct level *level, struct view name, struct view content)
{
    struct artifact *artifact = maven_directory(level, name);
    struct java_identity *identity = &artifact->identity;
    struct java_identity written = {0};
    java_read_pom(level->reading->arena, content, &written, &artifact->licenses);
    const struct view from[] = {written.group, written.artifact, written.version};
    struct view *const into[] = {&identity->group, &identity->artifact, &identity->version};
    for (size_t i = 0; i < sizeof(into) / sizeof(into[0]); i++) {
        if (into[i]->size == 0)
            *into[i] = arena_copy(level->reading->arena, from[i]);
    }
}

static void use_manifest(struct level *level, struct view name, struct view content)
{
    java_read_manifest(level->reading->arena, content, &level->manifest);
    if (level->manifest.is_cut)
        report_cut(level, name);
    level->manifest.is_cut = false;
}

static bool is_complete(const struct java_identity *identity)
{
    return identity->group.size > 0 && java_identity_is_usable(identity);
}

static void read_entries(struct level *level)
{
    struct view rest = level->zip.directory;
    struct zip_entry entry;
    while (zip_archive_next(&level->zip, &rest, &entry)) {
        struct view base = path_base(entry.name);
        if (view_is(base, "pom.properties"))
            read_small(level, &entry, use_properties);
        else if (view_equal_ignoring_case(entry.name, view_text("META-INF/MANIFEST.MF")))
            read_small(level, &entry, use_manifest);
        else if (kind_of(entry.name) < KIND_COUNT)
            *(struct zip_entry *)arena_push(level->reading->arena, (void **)&level->nested, &level->nested_count,
                &level->nested_capacity, sizeof(entry)) = entry;
    }
    for (rest = level->zip.directory; zip_archive_next(&level->zip, &rest, &entry);) {
        if (view_is(path_base(entry.name), "pom.xml") && view_starts_with(entry.name, "META-INF/maven/"))
            read_small(level, &entry, use_pom);
    }
}

/* What stands before the next comma outside quotes; `rest` keeps what is behind it. */
static struct view cut_clause(struct view *rest)
{
    size_t size = 0;
    bool is_quoted = false;
    while (size < rest->size && (is_quoted || rest->data[size] != ','))
        is_quoted ^= rest->data[size++] == '"';
    struct view clause = view_slice(*rest, 0, size);
    *rest = view_from(*rest, size + 1);
    return clause;
}

/* Bundle-License is "LICENCE;attribute=…,LICENCE"; "<<EXTERNAL>>" stands for what is told elsewhere (OSGi Core, 3.2.1.11). */
static struct view manifest_licenses(const struct level *level)
{
    struct view licenses = {0};
    for (struct view rest = level->manifest.values[JAVA_BUNDLE_LICENSE]; rest.size > 0;) {
        struct view clause = cut_clause(&rest);
        struct view name = view_trim(view_cut(&clause, ';'));
        if (!view_starts_with(name, "<"))
            listing_add_license(level->reading->arena, &licenses, name);
    }
    return licenses;
}

/* `licenses` may be empty. */
static void report(struct level *level, const struct java_identity *identity, struct view licenses)
{
    struct reading *reading = level->reading;
    struct package package = {.type = PACKAGE_MAVEN, .version = identity->version};
    struct installation installation = {.inner_path = level->place, .licenses = licenses};
    package.name = identity->group.size == 0 ? identity->artifact
                                             : arena_format(reading->arena, "%.*s:%.*s", VIEW_PRINT(identity->group),
                                                   VIEW_PRINT(identity->artifact));
    if (reading->package_count++ < reading->limits->packages_max) {
        reading->analysis->package(reading->analysis, &package, &installation);
    } else if (reading->package_count == reading->limits->packages_max + 1) {
        struct error err;
        error_set(&err, ERROR_LIMIT, "the archive has more than the %zu packages that are read",
            reading->limits->packages_max);
        report_gap(reading, view_text(""), &err);
    }
}

/* Each package of the archive once; the archive itself by its name if it brings none. */
static void report_all(struct level *level, struct view name)
{
    struct map seen;
    struct view licenses = manifest_licenses(level);
    map_init(&seen, level->reading->arena);
    for (size_t i = 0; i < level->maven.count; i++) {
        const struct artifact *artifact = level->maven.entries[i].value;
        const struct java_identity *identity = &artifact->identity;
        if (!is_complete(identity))
            continue;
        struct view key = arena_format(level->reading->arena, "%.*s:%.*s:%.*s", VIEW_PRINT(identity->group),
            VIEW_PRINT(identity->artifact), VIEW_PRINT(identity->version));
        map_set(&seen, key, level->maven.entries[i].value);
    }
    /* Of several packages in one archive the manifest speaks of none. */
    for (size_t i = 0; i < seen.count; i++) {
        const struct artifact *artifact = seen.entries[i].value;
        bool is_by_manifest = artifact->licenses.size == 0 && seen.count == 1;
        report(level, &artifact->identity, is_by_manifest ? licenses : artifact->licenses);
    }
    struct view stem = path_base(name);
    stem = view_slice(stem, 0, stem.size - strlen(kinds[level->kind].extension));
    struct java_identity identity;
    if (seen.count == 0 && kinds[level->kind].has_name &&
        java_identify(level->reading->arena, &level->manifest, stem, &identity))
        report(level, &identity, licenses);
}

static bool read_archive(struct level *level, struct view name, struct view content, struct error *err);

/* Stored archives are read where they are; deflated ones are held while they are read. */
static void read_nested(struct level *level, const struct zip_entry *entry)
{
    struct reading *reading = level->reading;
    struct level inner = {.reading = reading,
        .place = place_of(level, entry->name),
        .kind = kind_of(entry->name),
        .depth = level->depth + 1};
    struct error err;
    if (inner.depth > DEPTH_MAX) {
        error_set(&err, ERROR_LIMIT, "archives are nested more than %d times", DEPTH_MAX);
        report_gap(reading, inner.place, &err);
        return;
    }
    AUTO_BUFFER buffer;
    struct view content;
    uint64_t room = reading->limits->held_bytes_max - reading->held;
    buffer_init(&buffer, entry->size < room ? (size_t)entry->size : (size_t)room);
    if (!read_entry(level, entry, &buffer, &content))
        return;
    reading->held += buffer.size;
    if (!read_archive(&inner, entry->name, content, &err))
        report_gap(reading, inner.place, &err);
    reading->held -= buffer.size;
}

static bool read_archive(struct level *level, struct view name, struct view content, struct error *err)
{
    if (content.size == 0)
        return true;
    if (!zip_archive_open(content, ENTRIES_MAX, &level->zip, err))
        return !kinds[level->kind].is_certain && err->code == ERROR_INVALID;
    map_init(&level->maven, level->reading->arena);
    read_entries(level);
    report_all(level, name);
    for (size_t i = 0; i < level->nested_count; i++)
        read_nested(level, &level->nested[i]);
    return true;
}

bool java_read(struct view path, struct view content, const struct java_limits *limits, struct analysis *analysis,
    struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct reading reading = {.arena = arena, .analysis = analysis, .limits = limits, .held = content.size};
    struct level level = {.reading = &reading, .kind = kind_of(path)};
    bool is_read = read_archive(&level, path, content, err);
    if (reading.damage_count > DATABASE_DAMAGE_MAX) {
        char reason[80];
        snprintf(
            reason, sizeof(reason), "%zu more entries could not be read", reading.damage_count - DATABASE_DAMAGE_MAX);
        analysis->gap(analysis, GAP_BROKEN_DATABASE, reason);
    }
    return is_read;
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    return java_read(path, content, &default_limits, analysis, err);
}

const struct analyzer analyzer_java = {
    .name = "java",
    .version = 3,
    .bytes_max = DATABASE_BYTES_MAX,
    .wants = wants,
    .read = read,
};
