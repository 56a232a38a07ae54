/* SPDX-License-Identifier: Apache-2.0 */
/* CocoaPods' Podfile.lock: `PODS` lists "NAME (VERSION)", alone or as the only key of a map to what it depends on. */
#include "base/node.h"
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("Podfile.lock"));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    const struct node *documents;
    if (!yaml_read(arena, content, &documents, err))
        return false;
    const struct node *root = node_first(documents);
    if (root != NULL && root->type != NODE_MAP && root->text.size > 0)
        return error_set(err, ERROR_INVALID, "not a lock file of CocoaPods");
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_COCOAPODS);
    for (const struct node *i = node_first(node_member(root, "PODS")); i != NULL; i = i->next) {
        struct view version = i->type == NODE_MAP && i->first != NULL ? i->first->key : i->text;
        struct view name = view_trim(view_cut(&version, '('));
        listing_add(&listing, name, view_trim(view_cut(&version, ')')), NULL);
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_podfile_lock = {
    .name = "podfile_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
