/* SPDX-License-Identifier: Apache-2.0 */
/* Julia's Manifest.toml: a list of entries for each name, at the top in format 1, in `deps` since format 2. What belongs to
   Julia itself has no version. */
#include "base/node.h"
#include "package/listing.h"

static const struct view names[] = {VIEW_LITERAL("Manifest.toml"), VIEW_LITERAL("JuliaManifest.toml")};

static bool wants(struct view path)
{
    return listing_is_one_of(path, names, sizeof(names) / sizeof(names[0]));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    const struct node *root;
    if (!toml_read(arena, listing_text(content), &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_JULIA);
    const struct node *packages = node_member(root, "manifest_format") != NULL ? node_member(root, "deps") : root;
    for (const struct node *i = node_first(packages); i != NULL; i = i->next) {
        for (const struct node *entry = i->type == NODE_LIST ? i->first : NULL; entry != NULL; entry = entry->next) {
            struct view version = node_member_text(entry, "version");
            if (version.size > 0)
                listing_add(&listing, i->key, version, NULL);
        }
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_julia_manifest = {
    .name = "julia_manifest",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
