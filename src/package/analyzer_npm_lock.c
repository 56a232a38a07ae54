/* SPDX-License-Identifier: Apache-2.0 */
/* npm's lock files, versions 1 to 3 (npm docs, "package-lock.json"): nested `dependencies` by name, or since version 2 a flat
   `packages` by place. */
#include "base/map.h"
#include "package/listing.h"

static const struct view names[] = {VIEW_LITERAL("package-lock.json"), VIEW_LITERAL("npm-shrinkwrap.json")};

/* What packages ship in node_modules are their authors' lock files. */
static bool wants(struct view path)
{
    return listing_is_one_of(path, names, sizeof(names) / sizeof(names[0])) &&
           view_find_text(path, view_text("node_modules/")) == path.size;
}

/* "npm:NAME@VERSION", an alias; the name may begin with '@', and the version be missing. */
static void resolve_alias(struct view *name, struct view *version)
{
    if (!view_starts_with(*version, "npm:"))
        return;
    struct view target = view_from(*version, 4);
    size_t at = view_find_last(target, '@');
    if (target.size == 0)
        return;
    bool has_version = at > 0 && at < target.size;
    *name = has_version ? view_slice(target, 0, at) : target;
    *version = has_version ? view_from(target, at + 1) : (struct view){0};
}

/* Versions of version 1 that are places: a directory here is no package of a registry, elsewhere the version is unknown. */
static bool is_directory(struct view version)
{
    return view_starts_with(version, "file:") || view_starts_with(version, "link:");
}

static bool is_place(struct view version)
{
    return view_find(version, '/') < version.size || view_find(version, ':') < version.size;
}

static void add(struct listing *listing, struct view name, struct view version, struct view place, struct json entry)
{
    struct installation installation = {
        .commit = listing_commit(place),
        .licenses = listing_licenses(listing->arena, json_member(entry, "license")),
        .is_development = json_boolean(json_member(entry, "dev")) || json_boolean(json_member(entry, "devOptional")),
    };
    listing_add(listing, name, version, &installation);
}

static void add_dependencies(struct listing *listing, struct json dependencies)
{
    for (struct json_iterator i = json_each(dependencies); json_next(&i);) {
        struct view name = i.key;
        struct view version = json_member_string(i.value, "version");
        resolve_alias(&name, &version);
        if (!is_directory(version))
            add(listing, name, is_place(version) ? view_text("") : version, version, i.value);
        add_dependencies(listing, json_member(i.value, "dependencies"));
    }
}

/* "node_modules/a/node_modules/@b/c": what follows the last node_modules/; empty for a place outside. */
static struct view name_of_place(struct view place)
{
    static const struct view folder = VIEW_LITERAL("node_modules/");
    struct view name = {0};
    for (size_t found; (found = view_find_text(place, folder)) < place.size;)
        name = place = view_from(place, found + folder.size);
    return name;
}

/* The directory's name, with its scope: npm writes `name` only where it differs. */
static struct view name_of_directory(struct view place)
{
    size_t last = view_find_last(place, '/');
    if (last == place.size)
        return place;
    size_t before = view_find_last(view_slice(place, 0, last), '/');
    size_t start = before < last ? before + 1 : 0;
    return place.data[start] == '@' ? view_from(place, start) : view_from(place, last + 1);
}

/* Where links of node_modules lead to: the folders of workspaces. */
static void read_links(struct json packages, struct map *targets)
{
    for (struct json_iterator i = json_each(packages); json_next(&i);) {
        struct view target = json_member_string(i.value, "resolved");
        if (json_boolean(json_member(i.value, "link")) && target.size > 0)
            map_set(targets, target, targets);
    }
}

/* The root is the project itself; a link names a workspace, whose own entry has the version, if it is ever published. A
   folder that no link leads to is not installed. */
static void add_packages(struct listing *listing, struct arena *arena, struct json packages)
{
    struct map targets;
    map_init(&targets, arena);
    read_links(packages, &targets);
    for (struct json_iterator i = json_each(packages); json_next(&i);) {
        struct view version = json_member_string(i.value, "version");
        struct view name = json_member_string(i.value, "name");
        struct view installed = name_of_place(i.key);
        if (i.key.size == 0 || json_boolean(json_member(i.value, "link")))
            continue;
        if (name.size == 0)
            name = installed;
        if (installed.size == 0 && (version.size == 0 || map_get(&targets, i.key) == NULL))
            continue;
        if (name.size == 0)
            name = name_of_directory(i.key);
        add(listing, name, version, json_member_string(i.value, "resolved"), i.value);
    }
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, content, "npm lock file", &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_NPM);
    if (json_is_present(json_member(root, "packages")))
        add_packages(&listing, arena, json_member(root, "packages"));
    else
        add_dependencies(&listing, json_member(root, "dependencies"));
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_npm_lock = {
    .name = "npm_lock",
    .version = 3,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
