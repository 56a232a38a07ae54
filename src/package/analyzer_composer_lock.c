/* SPDX-License-Identifier: Apache-2.0 */
/* composer.lock: the packages that Composer would install, those for development apart. */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("composer.lock"));
}

static void add_all(struct listing *listing, struct json packages, bool is_development)
{
    for (struct json_iterator i = json_each(packages); json_next(&i);) {
        struct installation installation = {
            .licenses = listing_licenses(listing->arena, json_member(i.value, "license")),
            .is_development = is_development,
        };
        listing_add(
            listing, json_member_string(i.value, "name"), json_member_string(i.value, "version"), &installation);
    }
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, content, "composer.lock", &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_COMPOSER);
    add_all(&listing, json_member(root, "packages"), false);
    add_all(&listing, json_member(root, "packages-dev"), true);
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_composer_lock = {
    .name = "composer_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
