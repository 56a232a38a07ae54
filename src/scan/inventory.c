/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/inventory.h"

#include "base/map.h"
#include "base/path.h"
#include "package/control_file.h"
#include "scan/merge.h"
#include "scan/ownership.h"
#include "scan/together.h"
#include "scan/unattributed.h"

#include <stdio.h>
#include <stdlib.h>

/* What one database path held in the layer before, to tell since when a package has been there. */
struct database {
    struct map origins; /* package_key and inner path → struct origin */
};

struct origin {
    const struct record_package *package;
    const struct analyzer *analyzer;
    size_t layer;
};

/* Where a package was met last. */
struct sighting {
    struct inventory_package package;
    struct view file; /* the database, or the archive that it is in */
};

struct inventory_list {
    struct inventory_package *items;
    size_t count;
    size_t capacity;
};

struct builder {
    struct arena *arena;
    struct layer_record *records;
    size_t count;
    bool wants_lock_files;
    const struct together_list *together;
    struct rootfs rootfs;
    struct map databases; /* path → struct database */
    struct map seen; /* identity of every package of any layer → struct sighting */
    struct inventory *inventory;
    struct inventory_list packages;
    struct map bereft; /* type of the distribution's packages of which some were removed → struct sighting of one */
    struct map licenses; /* path of a file that tells some → struct view */
};

/* By which a package is the same in another layer. The distribution has one version of each; of a language's packages any
   number is there, so each is one by itself. */
static struct view identity(struct arena *arena, const struct package *package)
{
    struct view version = package_type_is_system(package->type) ? view_text("") : package->version;
    return arena_format(arena, "%s %.*s %.*s %.*s", package_type_name(package->type), VIEW_PRINT(package->name),
        VIEW_PRINT(package->arch), VIEW_PRINT(version));
}

/* A package's place: another version at it came instead. */
static struct view place_of(struct arena *arena, const struct package *package, struct view file)
{
    return arena_format(
        arena, "%s %.*s %.*s", package_type_name(package->type), VIEW_PRINT(package->name), VIEW_PRINT(file));
}

/* One package may be several times in an archive. */
static struct view place_key(struct arena *arena, const struct record_package *package)
{
    struct view key = package_key(arena, &package->package);
    struct view inner = package->installation.inner_path;
    return inner.size == 0 ? key : arena_format(arena, "%.*s %.*s", VIEW_PRINT(key), VIEW_PRINT(inner));
}

static struct inventory_package installed(struct arena *arena, const struct origin *origin, struct view path)
{
    const struct installation *installation = &origin->package->installation;
    struct view inner = installation->inner_path;
    return (struct inventory_package){
        .package = origin->package->package,
        .path = inner.size == 0 ? path : arena_format(arena, "%.*s!/%.*s", VIEW_PRINT(path), VIEW_PRINT(inner)),
        .layer = (uint32_t)origin->layer,
        .analyzer = origin->analyzer->name,
        .licenses = installation->licenses,
        .commit = installation->commit,
        .is_third_party = installation->is_third_party,
        .is_development = installation->is_development,
    };
}

/* Whether what the analyzer reported is to be left out. */
static bool is_left_out(const struct builder *builder, const struct analyzer *analyzer)
{
    return analyzer->is_lock_file && !builder->wants_lock_files;
}

/* The version of a database file in this layer: each package keeps its origin if the version below had it too. */
static void track_origins(
    struct builder *builder, struct view path, const struct record_file *file, size_t layer, bool continues)
{
    struct map_entry *entry = map_entry(&builder->databases, path);
    struct database *before = continues ? entry->value : NULL;
    struct database *now = ARENA_NEW(builder->arena, struct database);
    map_init(&now->origins, builder->arena);
    size_t package_count = is_left_out(builder, file->analyzer) ? 0 : file->package_count;
    for (size_t i = 0; i < package_count; i++) {
        const struct record_package *package = &file->packages[i];
        struct view key = place_key(builder->arena, package);
        const struct origin *known = before == NULL ? NULL : map_get(&before->origins, key);
        struct origin *origin = ARENA_NEW(builder->arena, struct origin);
        *origin = (struct origin){package, file->analyzer, known == NULL ? layer : known->layer};
        map_set(&now->origins, key, origin);
        struct sighting *seen = ARENA_NEW(builder->arena, struct sighting);
        *seen = (struct sighting){installed(builder->arena, origin, path), path};
        map_set(&builder->seen, identity(builder->arena, &package->package), seen);
    }
    entry->value = now;
}

/* Whether the layers below have the file: then its packages go on being there. */
static bool goes_on(const struct builder *builder, struct view path)
{
    struct view resolved;
    if (!rootfs_resolve(&builder->rootfs, path, false, &resolved))
        return false;
    const struct rootfs_file *below = map_get(&builder->rootfs.files, resolved);
    return below != NULL && below->file != NULL;
}

/* What stands instead of a database file from this layer on. */
static const struct together *find_together(const struct builder *builder, struct view path, size_t layer)
{
    for (size_t i = 0; builder->together != NULL && i < builder->together->count; i++) {
        const struct together *item = &builder->together->items[i];
        if (item->layer == layer && view_equal(item->path, path))
            return item;
    }
    return NULL;
}

static void add_layer(struct builder *builder, size_t layer)
{
    struct layer_record *record = &builder->records[layer];
    /* Whether a database file goes on from the layer below is asked before this layer hides the lower one. */
    bool *continues = ARENA_ARRAY(builder->arena, bool, record->file_count);
    for (size_t i = 0; i < record->file_count; i++)
        continues[i] = goes_on(builder, record->files[i].path);
    merge_layer(&builder->rootfs, record);
    struct map tracked;
    map_init(&tracked, builder->arena);
    for (size_t i = 0; i < record->file_count; i++) {
        struct view path = record->files[i].path;
        if (!rootfs_resolve(&builder->rootfs, record->files[i].path, false, &path))
            path = record->files[i].path;
        const struct together *instead = find_together(builder, path, layer);
        track_origins(builder, path, instead == NULL ? &record->files[i] : instead->file, layer, continues[i]);
        map_set(&tracked, path, builder);
    }
    for (size_t i = 0; builder->together != NULL && i < builder->together->count; i++) {
        const struct together *item = &builder->together->items[i];
        if (item->layer == layer && map_get(&tracked, item->path) == NULL)
            track_origins(builder, item->path, item->file, layer, true);
    }
}

static void add_facts(struct builder *builder, struct view path, const struct record_file *file,
    struct distro_fact **facts, size_t *count, size_t *capacity)
{
    for (size_t i = 0; i < file->fact_count; i++) {
        struct distro_fact *fact = arena_push(builder->arena, (void **)facts, count, capacity, sizeof((*facts)[0]));
        *fact = (struct distro_fact){path, file->facts[i].name, file->facts[i].value};
    }
}

/* Facts of the files themselves, and under the names of links that lead to them (etc/os-release). */
static void detect_distro(struct builder *builder)
{
    struct distro_fact *facts = NULL;
    size_t count = 0, capacity = 0;
    for (size_t i = 0; i < builder->rootfs.files.count; i++) {
        const struct rootfs_file *file = builder->rootfs.files.entries[i].value;
        if (file->file != NULL)
            add_facts(builder, file->path, file->file, &facts, &count, &capacity);
    }
    for (size_t i = 0; i < builder->rootfs.links.count; i++) {
        const struct rootfs_link *link = builder->rootfs.links.entries[i].value;
        struct view path = builder->rootfs.links.entries[i].key;
        const struct rootfs_file *file =
            link->is_alive && analyzer_for(path) != NULL ? rootfs_find(&builder->rootfs, path) : NULL;
        if (file != NULL)
            add_facts(builder, path, file->file, &facts, &count, &capacity);
    }
    distro_detect(builder->arena, facts, count, &builder->inventory->distro);
}

static void add_package(struct builder *builder, const struct origin *origin, struct view path)
{
    struct inventory_package *added = ARENA_PUSH(builder->arena, &builder->packages);
    *added = installed(builder->arena, origin, path);
    if (!added->is_third_party)
        added->package.ecosystem = distro_ecosystem(builder->arena, &builder->inventory->distro, added->package.type);
}

/* Whether another database says the same of this package of the system: status and status.d, opkg's status and control files,
   an rpm database before and after its conversion. The file system has it once; only one of opkg's files tells licences. */
static bool is_said_twice(struct builder *builder, struct map *said, const struct record_package *told)
{
    const struct package *package = &told->package;
    if (!package_type_is_system(package->type))
        return false;
    struct view name = identity(builder->arena, package);
    struct map_entry *entry =
        map_entry(said, arena_format(builder->arena, "%.*s %.*s:%.*s-%.*s", VIEW_PRINT(name),
                            VIEW_PRINT(package->epoch), VIEW_PRINT(package->version), VIEW_PRINT(package->release)));
    const size_t *position = entry->value;
    if (position == NULL) {
        size_t *added = ARENA_NEW(builder->arena, size_t);
        *added = builder->packages.count;
        entry->value = added;
        return false;
    }
    struct inventory_package *first = &builder->packages.items[*position];
    if (first->licenses.size == 0)
        first->licenses = told->installation.licenses;
    return true;
}

/* What a later layer removed: neither is the package anywhere, nor another version where it was. */
static void add_removed(struct builder *builder, const struct map *present, const struct map *places)
{
    struct inventory_list removed = {0};
    for (size_t i = 0; i < builder->seen.count; i++) {
        const struct sighting *seen = builder->seen.entries[i].value;
        struct view place = place_of(builder->arena, &seen->package.package, seen->file);
        if (map_get(present, builder->seen.entries[i].key) != NULL || map_get(places, place) != NULL)
            continue;
        *(struct inventory_package *)ARENA_PUSH(builder->arena, &removed) = seen->package;
        if (package_type_is_system(seen->package.package.type))
            map_set(&builder->bereft, view_text(package_type_name(seen->package.package.type)),
                builder->seen.entries[i].value);
    }
    builder->inventory->removed = removed.items;
    builder->inventory->removed_count = removed.count;
}

static void add_packages(struct builder *builder)
{
    struct map present, places, said;
    map_init(&present, builder->arena);
    map_init(&places, builder->arena);
    map_init(&said, builder->arena);
    for (size_t i = 0; i < builder->rootfs.files.count; i++) {
        const struct rootfs_file *file = builder->rootfs.files.entries[i].value;
        const struct database *database = file->file == NULL ? NULL : map_get(&builder->databases, file->path);
        if (database == NULL)
            continue;
        for (size_t j = 0; j < database->origins.count; j++) {
            const struct origin *origin = database->origins.entries[j].value;
            if (!is_said_twice(builder, &said, origin->package))
                add_package(builder, origin, file->path);
            map_set(&present, identity(builder->arena, &origin->package->package), builder);
            map_set(&places, place_of(builder->arena, &origin->package->package, file->path), builder);
        }
    }
    add_removed(builder, &present, &places);
}

/* A gap of a file counts only while that file is the one that the image has, and not left out. */
static bool is_gap_of_hidden_file(struct builder *builder, size_t layer, const struct gap *gap)
{
    const struct layer_record *record = &builder->records[layer];
    for (size_t i = 0; i < record->file_count; i++) {
        if (!view_equal(record->files[i].path, gap->path))
            continue;
        struct view path;
        if (is_left_out(builder, record->files[i].analyzer))
            return true;
        if (!rootfs_resolve(&builder->rootfs, gap->path, false, &path))
            return false;
        const struct rootfs_file *file = map_get(&builder->rootfs.files, path);
        return file != NULL && (file->file == NULL || file->layer != layer);
    }
    return false;
}

/* A wanted path that is a link to a file which nobody read. */
static void add_link_gaps(struct builder *builder)
{
    for (size_t i = 0; i < builder->rootfs.links.count; i++) {
        const struct rootfs_link *link = builder->rootfs.links.entries[i].value;
        struct view path = builder->rootfs.links.entries[i].key;
        struct view resolved = link->target;
        const struct analyzer *analyzer = analyzer_for(path);
        if (!link->is_alive || analyzer == NULL || is_left_out(builder, analyzer) ||
            rootfs_find(&builder->rootfs, path) != NULL)
            continue;
        char reason[256];
        bool is_resolved = link->is_hard || rootfs_resolve(&builder->rootfs, path, true, &resolved);
        if (is_resolved && !link->is_hard && !rootfs_exists(&builder->rootfs, resolved))
            continue; /* a dangling link holds nothing */
        snprintf(reason, sizeof(reason),
            is_resolved ? "a link to \"%.*s\", which is not a place that is read"
                        : "a loop of symbolic links (\"%.*s\")",
            resolved.size > 160 ? 160 : (int)resolved.size, resolved.data);
        gap_add(builder->arena, &builder->inventory->gaps, GAP_UNREADABLE_FILE, path, reason);
    }
}

static bool has_type(const struct builder *builder, enum package_type type)
{
    for (size_t i = 0; i < builder->packages.count; i++) {
        if (builder->packages.items[i].package.type == type)
            return true;
    }
    return false;
}

/* Whoever deletes the database of the package manager, or empties it, keeps the packages. False if nobody did. */
static bool add_bereft_gaps(struct builder *builder)
{
    bool is_bereft = false;
    for (size_t i = 0; i < builder->bereft.count; i++) {
        const struct sighting *seen = builder->bereft.entries[i].value;
        if (has_type(builder, seen->package.package.type))
            continue;
        char reason[128];
        snprintf(reason, sizeof(reason), "the database was there in layer %u, and a later layer removed or emptied it",
            seen->package.layer);
        gap_add(builder->arena, &builder->inventory->gaps, GAP_DATABASE_REMOVED, seen->file, reason);
        is_bereft = true;
    }
    return is_bereft;
}

/* A program that is known by its own bytes tells nothing of what else is installed. */
static bool has_database(const struct builder *builder)
{
    for (size_t i = 0; i < builder->packages.count; i++) {
        enum package_type type = builder->packages.items[i].package.type;
        if (type != PACKAGE_GENERIC && type != PACKAGE_JVM)
            return true;
    }
    return false;
}

static void add_gaps(struct builder *builder)
{
    struct inventory *inventory = builder->inventory;
    for (size_t layer = 0; layer < builder->count; layer++) {
        const struct gap_list *gaps = &builder->records[layer].gaps;
        for (size_t i = 0; i < gaps->count; i++) {
            if (!is_gap_of_hidden_file(builder, layer, &gaps->items[i]))
                *(struct gap *)ARENA_PUSH(builder->arena, &inventory->gaps) = gaps->items[i];
        }
    }
    add_link_gaps(builder);
    if (!add_bereft_gaps(builder) && !has_database(builder))
        gap_add(builder->arena, &inventory->gaps, GAP_NO_PACKAGE_DATABASE, view_text(""),
            "no package database was found in any layer");
}

static int compare_packages(const void *left, const void *right)
{
    const struct inventory_package *a = left;
    const struct inventory_package *b = right;
    const struct view pairs[][2] = {
        {view_text(package_type_name(a->package.type)), view_text(package_type_name(b->package.type))},
        {a->package.name, b->package.name},
        {a->package.version, b->package.version},
        {a->package.arch, b->package.arch},
        {a->path, b->path},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        int order = view_compare(pairs[i][0], pairs[i][1]);
        if (order != 0)
            return order;
    }
    return 0;
}

static void sort(struct inventory_package *packages, size_t count)
{
    if (count > 0)
        qsort(packages, count, sizeof(packages[0]), compare_packages);
}

void inventory_sort(struct inventory *inventory)
{
    sort(inventory->packages, inventory->package_count);
    sort(inventory->removed, inventory->removed_count);
}

/* The licences that a file tells, one a line: as many as fit. Links may give one file to any number of packages, so the text is
   made once for all of them. */
static const struct view *licenses_of(struct builder *builder, const struct rootfs_file *found)
{
    struct map_entry *entry = map_entry(&builder->licenses, found->path);
    if (entry->value != NULL)
        return entry->value;
    const struct record_file *file = found->file;
    AUTO_BUFFER text;
    buffer_init(&text, ANALYSIS_TEXT_BYTES_MAX);
    bool is_cut = false;
    for (size_t i = 0; i < file->fact_count && !is_cut; i++) {
        if (!view_is(file->facts[i].name, CONTROL_LICENSE_FACT))
            continue;
        is_cut = file->facts[i].value.size + 1 > text.size_max - text.size;
        if (!is_cut && text.size > 0)
            buffer_append_byte(&text, '\n');
        if (!is_cut)
            buffer_append(&text, file->facts[i].value);
    }
    if (is_cut)
        gap_add(builder->arena, &builder->inventory->gaps, GAP_TEXT_CUT, found->path,
            "licences of more than 16384 bytes were cut");
    struct view *licenses = ARENA_NEW(builder->arena, struct view);
    *licenses = arena_copy(builder->arena, buffer_view(&text));
    entry->value = licenses;
    return licenses;
}

/* Some databases keep licences in a file of their own; the directory of Debian's may be a link to another package's. */
static void add_licenses(struct builder *builder, struct inventory_package *package)
{
    struct view path;
    struct view name = package->package.name;
    struct view directory = path_directory(package->path);
    if (package->licenses.size > 0)
        return;
    if (package->package.type == PACKAGE_DEB)
        path = arena_format(builder->arena, "usr/share/doc/%.*s/copyright", VIEW_PRINT(name));
    else if (package->package.type == PACKAGE_PORTAGE)
        path = arena_format(builder->arena, "%.*s/LICENSE", VIEW_PRINT(directory));
    else
        return;
    const struct rootfs_file *found = rootfs_find(&builder->rootfs, path);
    if (found != NULL && found->file != NULL)
        package->licenses = *licenses_of(builder, found);
}

/* The homes of Java that have a release file, which tells more than the launcher does. */
static void find_java_homes(struct arena *arena, const struct inventory *inventory, struct map *homes)
{
    map_init(homes, arena);
    for (size_t i = 0; i < inventory->package_count; i++) {
        const struct inventory_package *package = &inventory->packages[i];
        if (package->package.type == PACKAGE_JVM && view_is(path_base(package->path), "release"))
            map_set(homes, path_directory(package->path), homes);
    }
}

/* HOME/bin/java and HOME/jre/bin/java */
static bool is_launcher(const struct map *homes, const struct inventory_package *package)
{
    struct view home = path_directory(path_directory(package->path));
    return package->package.type == PACKAGE_JVM && view_is(path_base(package->path), "java") &&
           (map_get(homes, home) != NULL || map_get(homes, path_directory(home)) != NULL);
}

/* A program that is known by what its bytes say is the distribution's own package, or that of its home, told twice. */
static void drop_told_programs(struct arena *arena, struct inventory *inventory)
{
    struct map homes;
    size_t kept = 0;
    find_java_homes(arena, inventory, &homes);
    for (size_t i = 0; i < inventory->package_count; i++) {
        const struct inventory_package *package = &inventory->packages[i];
        bool is_program = package->package.type == PACKAGE_GENERIC || package->package.type == PACKAGE_JVM;
        if ((!is_program || package->owner.size == 0) && !is_launcher(&homes, package))
            inventory->packages[kept++] = *package;
    }
    inventory->package_count = kept;
}

void inventory_build(struct arena *arena, const struct inventory_input *input, struct inventory *inventory)
{
    struct builder builder = {.arena = arena,
        .records = input->records,
        .count = input->count,
        .wants_lock_files = input->wants_lock_files,
        .together = input->together,
        .inventory = inventory};
    *inventory = (struct inventory){0};
    rootfs_init(&builder.rootfs, arena);
    map_init(&builder.databases, arena);
    map_init(&builder.bereft, arena);
    map_init(&builder.licenses, arena);
    map_init(&builder.seen, arena);
    for (size_t layer = 0; layer < input->count; layer++)
        add_layer(&builder, layer);
    detect_distro(&builder);
    add_packages(&builder);
    add_gaps(&builder);
    inventory->packages = builder.packages.items;
    inventory->package_count = builder.packages.count;
    for (size_t i = 0; i < inventory->package_count; i++)
        add_licenses(&builder, &inventory->packages[i]);
    inventory_sort(inventory);
    ownership_fill(arena, &builder.rootfs, input, inventory);
    drop_told_programs(arena, inventory);
    unattributed_fill(arena, &builder.rootfs, input, inventory);
}
