/* SPDX-License-Identifier: Apache-2.0 */
/* vendor/composer/installed.json: what Composer installed. A list of packages in version 1; version 2 has them in `packages`. */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("composer/installed.json"));
}

static void add(struct listing *listing, struct json package, bool is_development)
{
    struct installation installation = {.licenses = listing_licenses(listing->arena, json_member(package, "license")),
        .is_development = is_development};
    listing_add(listing, json_member_string(package, "name"), json_member_string(package, "version"), &installation);
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, content, "installed.json", &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_COMPOSER);
    struct map development;
    map_init(&development, arena);
    for (struct json_iterator i = json_each(json_member(root, "dev-package-names")); json_next(&i);)
        map_set(&development, json_string(i.value), &development);
    struct json packages = json_type(root) == JSON_ARRAY ? root : json_member(root, "packages");
    for (struct json_iterator i = json_each(packages); json_next(&i);)
        add(&listing, i.value, map_get(&development, json_member_string(i.value, "name")) != NULL);
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_composer_installed = {
    .name = "composer_installed",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
