/* SPDX-License-Identifier: Apache-2.0 */
/* pnpm-lock.yaml (pnpm/spec, lockfile 3 to 9): `packages` by dependency path. */
#include "base/node.h"
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("pnpm-lock.yaml"));
}

/* What stands before the peers: "1.2.3_react@17.0.0", "name@1.2.3(react@17.0.0)". */
static struct view without_peers(struct view text, char mark)
{
    return view_slice(text, 0, view_find(text, mark));
}

/* The name at the end of "registry.host/@scope/name". */
static struct view without_host(struct view name)
{
    size_t last = view_find_last(name, '/');
    if (last == name.size)
        return name;
    size_t scope = view_find_last(view_slice(name, 0, last), '/');
    size_t start = scope < last ? scope + 1 : 0;
    return name.data[start] == '@' ? view_from(name, start) : view_from(name, last + 1);
}

/* "/@scope/name/1.2.3_peers" until version 5, "/@scope/name@1.2.3(peers)" in 6, the same without the first '/' in 9. */
static void split_path(struct view path, bool has_slashes, struct view *name, struct view *version)
{
    if (view_starts_with(path, "/"))
        path = view_from(path, 1);
    path = without_peers(path, '(');
    struct view host = view_slice(path, 0, view_find(path, '/'));
    if (!has_slashes && host.size < path.size && view_find(host, '@') == host.size)
        path = view_from(path, host.size + 1);
    size_t cut = has_slashes ? view_find_last(path, '/') : view_find(view_from(path, 1), '@') + 1;
    if (path.size == 0 || cut >= path.size)
        return;
    *name = has_slashes ? without_host(view_slice(path, 0, cut)) : view_slice(path, 0, cut);
    *version = view_from(path, cut + 1);
    if (has_slashes)
        *version = without_peers(*version, '_');
}

/* Tarballs and repositories have their place instead of a version. */
static bool is_place(struct view version)
{
    return view_find(version, '/') < version.size || view_find(version, ':') < version.size;
}

static void add(struct listing *listing, const struct node *package, bool has_slashes)
{
    struct view name = {0}, version = {0};
    struct view tarball = node_member_text(node_member(package, "resolution"), "tarball");
    struct view own_name = node_member_text(package, "name");
    struct view own_version = node_member_text(package, "version");
    split_path(package->key, has_slashes, &name, &version);
    struct view place = tarball.size > 0 ? tarball : is_place(version) ? without_peers(package->key, '(') : version;
    if (own_name.size > 0)
        name = own_name;
    if (own_version.size > 0)
        version = own_version;
    else if (is_place(version))
        version = (struct view){0};
    struct installation installation = {
        .commit = listing_commit(place), .is_development = view_is(node_member_text(package, "dev"), "true")};
    if (name.size > 0)
        listing_add(listing, name, version, &installation);
    else
        listing_damaged(listing, "\"%.*s\" names no package", VIEW_PRINT(view_slice(package->key, 0, 64)));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    const struct node *documents;
    if (!yaml_read(arena, content, &documents, err))
        return false;
    /* pnpm may put the lock of itself into a document before the project's. */
    const struct node *root = documents->last;
    if (root != NULL && root->type != NODE_MAP && root->text.size > 0)
        return error_set(err, ERROR_INVALID, "not a lock file of pnpm");
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_NPM);
    struct view format = node_member_text(root, "lockfileVersion");
    int64_t major = 0;
    bool has_slashes = view_to_integer(view_cut(&format, '.'), &major) && major < 6;
    for (const struct node *i = node_first(node_member(root, "packages")); i != NULL; i = i->next)
        add(&listing, i, has_slashes);
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_pnpm_lock = {
    .name = "pnpm_lock",
    .version = 2,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
