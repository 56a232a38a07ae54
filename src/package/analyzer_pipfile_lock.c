/* SPDX-License-Identifier: Apache-2.0 */
/* Pipenv's Pipfile.lock: `default`, `develop` and further groups, each a map from names to pins. */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("Pipfile.lock"));
}

static void add_group(struct listing *listing, struct json group, bool is_development)
{
    for (struct json_iterator i = json_each(group); json_next(&i);) {
        struct view version = json_member_string(i.value, "version");
        struct installation installation = {.is_development = is_development};
        while (view_starts_with(version, "="))
            version = view_from(version, 1);
        if (version.size > 0 && !view_is(version, "*"))
            listing_add(listing, i.key, view_trim(version), &installation);
        else
            listing_damaged(listing, "package \"%.*s\" is not locked to a version", VIEW_PRINT(i.key));
    }
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, content, "Pipfile.lock", &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_PYPI);
    for (struct json_iterator i = json_each(root); json_next(&i);) {
        if (!view_is(i.key, "_meta"))
            add_group(&listing, i.value, view_is(i.key, "develop"));
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_pipfile_lock = {
    .name = "pipfile_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
