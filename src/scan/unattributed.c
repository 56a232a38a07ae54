/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/unattributed.h"

#include "base/map.h"
#include "base/path.h"
#include "scan/ownership.h"

#include <stdlib.h>

struct cover {
    struct arena *arena;
    struct map directories; /* what lies below one of them is accounted for */
    struct {
        struct view *items;
        size_t count;
        size_t capacity;
    } prefixes; /* "usr/local/lib/python": also "usr/local/lib/python3.11/lib-dynload/…" */
};

/* `count` directories up. */
static struct view up(struct view path, size_t count)
{
    while (count-- > 0)
        path = path_directory(path);
    return path;
}

/* Where a package is that is recorded at this path: below the directory is what it brought. Empty: only the file itself. */
static struct view directory_of(enum package_type type, struct view path)
{
    struct view specifications = view_text("/specifications/");
    if (type == PACKAGE_JVM && view_is(path_base(path), "java"))
        return up(path, 2); /* HOME/bin/java of a home without its release file */
    if (type == PACKAGE_BITNAMI || type == PACKAGE_JVM || type == PACKAGE_NPM || type == PACKAGE_NUGET)
        return up(path, 1); /* the file is in the package's own directory */
    if (type == PACKAGE_PYPI || type == PACKAGE_COMPOSER || type == PACKAGE_CONDA)
        return up(
            path, 2); /* site-packages/NAME.dist-info/METADATA, vendor/composer/installed.json, ENV/conda-meta/X.json */
    if (type == PACKAGE_GEM && view_find_text(path, specifications) < path.size)
        return view_slice(path, 0, view_find_text(path, specifications)); /* beside it are gems/ and extensions/ */
    return view_text("");
}

/* A runtime's parts lie beside each other: usr/local/bin/python3.11 may be a few bytes around lib/libpython3.11.so.1.0, and its
   modules are in lib/python3.11/. */
static void add_runtime(struct cover *cover, const struct inventory_package *package)
{
    static const char *const places[] = {"bin/", "lib/", "lib/lib"};
    struct view root = up(package->path, 2);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        *(struct view *)ARENA_PUSH(cover->arena, &cover->prefixes) = arena_format(cover->arena, "%.*s%s%s%.*s",
            VIEW_PRINT(root), root.size > 0 ? "/" : "", places[i], VIEW_PRINT(package->package.name));
}

static void cover_init(struct cover *cover, struct arena *arena, const struct inventory *inventory)
{
    *cover = (struct cover){.arena = arena};
    map_init(&cover->directories, arena);
    for (size_t i = 0; i < inventory->package_count; i++) {
        const struct inventory_package *package = &inventory->packages[i];
        struct view directory = directory_of(package->package.type, package->path);
        if (directory.size > 0)
            map_set(&cover->directories, directory, cover);
        if (package->package.type == PACKAGE_GENERIC)
            add_runtime(cover, package);
    }
}

static bool is_covered(const struct cover *cover, struct view path)
{
    for (struct view directory = path_directory(path); directory.size > 0; directory = path_directory(directory)) {
        if (map_get(&cover->directories, directory) != NULL)
            return true;
    }
    for (size_t i = 0; i < cover->prefixes.count; i++) {
        struct view prefix = cover->prefixes.items[i];
        if (view_equal(view_slice(path, 0, prefix.size), prefix))
            return true;
    }
    return false;
}

/* Whether a file runs, but told no package. Of these files, only scripts that call a package tell a fact. */
static bool is_silent(const struct rootfs_file *file)
{
    const struct record_file *record = file->file;
    return record != NULL && record->package_count == 0 && record->fact_count == 0 &&
           (strcmp(record->analyzer->name, "executable") == 0 || strcmp(record->analyzer->name, "java") == 0);
}

static int compare_views(const void *left, const void *right)
{
    return view_compare(*(const struct view *)left, *(const struct view *)right);
}

/* A program that is too large to be read, but that a package accounts for, hides nothing. */
static void drop_gaps(const struct rootfs *rootfs, struct inventory *inventory)
{
    const struct unattributed_list *list = &inventory->unattributed;
    size_t kept = 0;
    for (size_t i = 0; i < inventory->gaps.count; i++) {
        const struct gap *gap = &inventory->gaps.items[i];
        const struct rootfs_file *file = gap->kind == GAP_LIMIT_REACHED ? map_get(&rootfs->files, gap->path) : NULL;
        bool is_listed = list->count > 0 &&
                         bsearch(&gap->path, list->items, list->count, sizeof(list->items[0]), compare_views) != NULL;
        bool is_program = file != NULL && is_silent(file) &&
                          strcmp(((const struct record_file *)file->file)->analyzer->name, "executable") == 0;
        if (!is_program || is_listed)
            inventory->gaps.items[kept++] = *gap;
    }
    inventory->gaps.count = kept;
}

void unattributed_fill(
    struct arena *arena, const struct rootfs *rootfs, const struct inventory_input *input, struct inventory *inventory)
{
    struct cover cover;
    struct ownership ownership;
    struct unattributed_list *list = &inventory->unattributed;
    cover_init(&cover, arena, inventory);
    ownership_init(&ownership, arena, rootfs, input, inventory, true);
    for (size_t i = 0; i < rootfs->files.count; i++) {
        const struct rootfs_file *file = rootfs->files.entries[i].value;
        if (is_silent(file) && !is_covered(&cover, file->path) && ownership_find(&ownership, file->path).size == 0)
            *(struct view *)ARENA_PUSH(arena, list) = file->path;
    }
    if (list->count > 0)
        qsort(list->items, list->count, sizeof(list->items[0]), compare_views);
    drop_gaps(rootfs, inventory);
}
