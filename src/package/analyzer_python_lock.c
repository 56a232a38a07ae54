/* SPDX-License-Identifier: Apache-2.0 */
/* Lock files of Python in TOML, which all have [[package]] tables (pylock.toml, PEP 751: [[packages]]): Poetry, PDM, uv. */
#include "base/node.h"
#include "package/listing.h"

static const struct view names[] = {
    VIEW_LITERAL("poetry.lock"), VIEW_LITERAL("pdm.lock"), VIEW_LITERAL("uv.lock"), VIEW_LITERAL("pylock.toml")};

static bool wants(struct view path)
{
    return listing_is_one_of(path, names, sizeof(names) / sizeof(names[0]));
}

/* Poetry's `category` until version 1, `groups` of Poetry 2 and PDM: without the group of what the program needs to run. */
static bool is_development(const struct node *package)
{
    const struct node *groups = node_member(package, "groups");
    if (view_is(node_member_text(package, "category"), "dev"))
        return true;
    for (const struct node *i = node_first(groups); i != NULL; i = i->next) {
        if (view_is(i->text, "main") || view_is(i->text, "default"))
            return false;
    }
    return groups != NULL && groups->count > 0;
}

/* uv lists the project and the members of its workspace too. */
static bool is_own(const struct node *package)
{
    const struct node *source = node_member(package, "source");
    return node_member(source, "virtual") != NULL || node_member(source, "editable") != NULL;
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    const struct node *root;
    if (!toml_read(arena, listing_text(content), &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_PYPI);
    const struct node *packages = node_member(root, "package");
    if (packages == NULL)
        packages = node_member(root, "packages");
    for (const struct node *i = node_first(packages); i != NULL; i = i->next) {
        struct installation installation = {.is_development = is_development(i)};
        if (!is_own(i))
            listing_add(&listing, node_member_text(i, "name"), node_member_text(i, "version"), &installation);
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_python_lock = {
    .name = "python_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
