/* SPDX-License-Identifier: Apache-2.0 */
/* Dart's pubspec.lock: a map from names to versions with their source. */
#include "base/node.h"
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("pubspec.lock"));
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
        return error_set(err, ERROR_INVALID, "not a lock file of pub");
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_PUB);
    for (const struct node *i = node_first(node_member(root, "packages")); i != NULL; i = i->next) {
        struct installation installation = {.is_development = view_is(node_member_text(i, "dependency"), "direct dev")};
        listing_add(&listing, i->key, node_member_text(i, "version"), &installation);
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_pubspec_lock = {
    .name = "pubspec_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
