/* SPDX-License-Identifier: Apache-2.0 */
/* deno.lock, versions 2 to 5: the npm packages that deno locked, "name@version" with the peers behind '_'. What comes from JSR or
   from addresses has no advisories by name. */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("deno.lock"));
}

static void add(struct listing *listing, struct view text)
{
    size_t at = view_find(view_from(text, 1), '@') + 1;
    if (text.size < 2 || at >= text.size) {
        listing_damaged(listing, "\"%.*s\" names no package", VIEW_PRINT(view_slice(text, 0, 64)));
        return;
    }
    struct view version = view_from(text, at + 1);
    listing_add(listing, view_slice(text, 0, at), view_slice(version, 0, view_find(version, '_')), NULL);
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, content, "deno.lock", &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_NPM);
    /* Version 2 has {"npm": {"packages": {…}}}, version 3 {"packages": {"npm": {…}}}, later ones {"npm": {…}}. */
    struct json packages = json_member(json_member(root, "packages"), "npm");
    if (!json_is_present(packages))
        packages = json_member(root, "npm");
    if (json_is_present(json_member(packages, "packages")))
        packages = json_member(packages, "packages");
    for (struct json_iterator i = json_each(packages); json_next(&i);)
        add(&listing, i.key);
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_deno_lock = {
    .name = "deno_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
