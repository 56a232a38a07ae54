/* SPDX-License-Identifier: Apache-2.0 */
/* NAME.deps.json beside a .NET program: its libraries and which of them it needs to run (dotnet/runtime,
   "runtime-configuration-file"). */
#include "package/listing.h"

static bool wants(struct view path)
{
    return view_ends_with(path, ".deps.json");
}

/* Whether the entry of a target names files for running; the others only served to compile. */
static bool has_assets(struct json entry)
{
    static const char *const assets[] = {"runtime", "runtimeTargets", "native"};
    for (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++) {
        if (json_count(json_member(entry, assets[i])) > 0)
            return true;
    }
    return false;
}

/* The libraries that the target tells of without need to run them. */
static void collect_unneeded(struct map *unneeded, struct json root, struct view target)
{
    struct json targets = json_member(root, "targets");
    for (struct json_iterator i = json_each(targets); json_next(&i);) {
        if (!view_equal(i.key, target))
            continue;
        for (struct json_iterator library = json_each(i.value); json_next(&library);) {
            if (!has_assets(library.value))
                map_set(unneeded, library.key, unneeded);
        }
    }
}

/* "Newtonsoft.Json/13.0.1", or "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1" in a self-contained program. */
static void add_library(struct listing *listing, struct view key, struct view type)
{
    struct view version = key;
    struct view name = view_cut(&version, '/');
    if (view_is(type, "runtimepack") && view_starts_with(name, "runtimepack."))
        name = view_from(name, strlen("runtimepack."));
    if (view_is(type, "package") || view_is(type, "project") || view_is(type, "runtimepack"))
        listing_add(listing, name, version, NULL);
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, content, "deps.json", &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_NUGET);
    struct map unneeded;
    map_init(&unneeded, arena);
    collect_unneeded(&unneeded, root, json_member_string(json_member(root, "runtimeTarget"), "name"));
    for (struct json_iterator i = json_each(json_member(root, "libraries")); json_next(&i);) {
        if (map_get(&unneeded, i.key) == NULL)
            add_library(&listing, i.key, json_member_string(i.value, "type"));
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_dotnet_deps = {
    .name = "dotnet_deps",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
