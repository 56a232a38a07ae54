/* SPDX-License-Identifier: Apache-2.0 */
/* Package.resolved of the Swift package manager: pins below `object` in version 1, at the top since. OSV names a package by
   the address of its repository, without scheme and ".git". */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("Package.resolved"));
}

/* "https://github.com/o/r.git" and "git@github.com:o/r.git" → "github.com/o/r". */
static struct view name_of(struct arena *arena, struct view address)
{
    size_t scheme = view_find_text(address, view_text("://"));
    bool has_scheme = scheme < address.size;
    if (has_scheme)
        address = view_from(address, scheme + 3);
    size_t user = view_find(address, '@');
    if (user < view_find(address, '/'))
        address = view_from(address, user + 1);
    if (view_ends_with(address, ".git"))
        address = view_slice(address, 0, address.size - 4);
    size_t colon = view_find(address, ':');
    if (has_scheme || colon == address.size)
        return address;
    return arena_format(
        arena, "%.*s/%.*s", VIEW_PRINT(view_slice(address, 0, colon)), VIEW_PRINT(view_from(address, colon + 1)));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, content, "Package.resolved", &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_SWIFT);
    struct json pins = json_member(root, "pins");
    if (!json_is_present(pins))
        pins = json_member(json_member(root, "object"), "pins");
    for (struct json_iterator i = json_each(pins); json_next(&i);) {
        struct view address = json_member_string(i.value, "location");
        if (address.size == 0)
            address = json_member_string(i.value, "repositoryURL");
        listing_add(
            &listing, name_of(arena, address), json_member_string(json_member(i.value, "state"), "version"), NULL);
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_swift_resolved = {
    .name = "swift_resolved",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
