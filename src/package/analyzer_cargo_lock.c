/* SPDX-License-Identifier: Apache-2.0 */
/* Cargo.lock: [[package]] tables, the crates of the workspace among them. */
#include "base/node.h"
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("Cargo.lock"));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    const struct node *root;
    if (!toml_read(arena, listing_text(content), &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_CARGO);
    for (const struct node *i = node_first(node_member(root, "package")); i != NULL; i = i->next)
        listing_add(&listing, node_member_text(i, "name"), node_member_text(i, "version"), NULL);
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_cargo_lock = {
    .name = "cargo_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
