/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/ownership.h"

#include "scan/together.h"

/* One record being asked. */
struct question {
    const struct ownership *ownership;
    const struct layer_record *record;
    size_t layer;
    const struct record_file
        *instead; /* of a database that was read together: this file stands for the record's only one */
};

/* Directories that systems with a merged /usr have as links: a package may own lib/x and the image have usr/lib/x. */
static const char *const merged_directories[] = {"bin", "lib", "lib32", "lib64", "libx32", "sbin"};

static bool is_current(const struct question *question, const struct record_owner *owner)
{
    struct view path = question->record->files[owner->file].path;
    const struct rootfs_file *file = rootfs_find(question->ownership->rootfs, path);
    if (file == NULL || file->file == NULL)
        return false;
    return question->instead != NULL ||
           (file->layer == question->layer && file->file == &question->record->files[owner->file]);
}

static bool accepts(void *context, const struct record_owner *owner)
{
    const struct question *question = context;
    return map_get(&question->ownership->packages, owner->name) != NULL && is_current(question, owner);
}

/* The owner of exactly this path, from the top down. */
static struct view owner_of_path(const struct ownership *ownership, struct view path)
{
    const struct inventory_input *input = ownership->input;
    const struct together_list *together = input->together;
    const struct record_owner *owner = NULL;
    for (size_t i = together == NULL ? 0 : together->count; owner == NULL && i-- > 0;) {
        const struct together *item = &together->items[i];
        struct question question = {ownership, item->record, item->layer, item->file};
        if (item->record != NULL)
            owner = record_owner_find(item->record, path, accepts, &question);
    }
    for (size_t layer = input->count; owner == NULL && layer-- > 0;) {
        struct question question = {ownership, &input->records[layer], layer, NULL};
        owner = record_owner_find(&input->records[layer], path, accepts, &question);
    }
    return owner == NULL ? view_text("") : owner->name;
}

/* The path before /usr was merged, if it may have been another. */
static bool unmerged_path(const struct rootfs *rootfs, struct view path, struct view *unmerged)
{
    struct view resolved;
    if (!view_starts_with(path, "usr/"))
        return false;
    struct view rest = view_from(path, 4);
    struct view first = view_slice(rest, 0, view_find(rest, '/'));
    for (size_t i = 0; i < sizeof(merged_directories) / sizeof(merged_directories[0]); i++) {
        if (!view_is(first, merged_directories[i]) || !rootfs_resolve(rootfs, first, true, &resolved) ||
            resolved.size != first.size + 4)
            continue;
        *unmerged = rest;
        return true;
    }
    return false;
}

/* The file that records a package, without the place inside of an archive. */
static struct view file_of(const struct inventory_package *package)
{
    return view_slice(package->path, 0, view_find_text(package->path, view_text("!/")));
}

void ownership_init(struct ownership *ownership, struct arena *arena, const struct rootfs *rootfs,
    const struct inventory_input *input, const struct inventory *inventory, bool with_third_party)
{
    *ownership = (struct ownership){.arena = arena, .rootfs = rootfs, .input = input};
    map_init(&ownership->packages, arena);
    for (size_t i = 0; i < inventory->package_count; i++) {
        const struct inventory_package *package = &inventory->packages[i];
        if (package_type_is_system(package->package.type) && (with_third_party || !package->is_third_party))
            map_set(&ownership->packages, package->package.name, ownership);
    }
}

struct view ownership_find(const struct ownership *ownership, struct view path)
{
    struct view unmerged;
    if (ownership->packages.count == 0)
        return view_text("");
    struct view owner = owner_of_path(ownership, path);
    if (owner.size == 0 && unmerged_path(ownership->rootfs, path, &unmerged))
        owner = owner_of_path(ownership, unmerged);
    return owner;
}

void ownership_fill(
    struct arena *arena, const struct rootfs *rootfs, const struct inventory_input *input, struct inventory *inventory)
{
    struct ownership ownership;
    ownership_init(&ownership, arena, rootfs, input, inventory, false);
    for (size_t i = 0; i < inventory->package_count; i++) {
        struct inventory_package *package = &inventory->packages[i];
        if (!package_type_is_system(package->package.type))
            package->owner = ownership_find(&ownership, file_of(package));
    }
}
