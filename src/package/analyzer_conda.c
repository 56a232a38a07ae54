/* SPDX-License-Identifier: Apache-2.0 */
/* conda-meta/NAME-VERSION-BUILD.json: what conda installed into an environment. */
#include "base/path.h"
#include "package/listing.h"

static bool wants(struct view path)
{
    return view_ends_with(path, ".json") && listing_is_file(path_directory(path), view_text("conda-meta"));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, content, "conda record", &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_CONDA);
    struct view name = json_member_string(root, "name");
    struct view version = json_member_string(root, "version");
    struct installation installation = {.licenses = listing_licenses(arena, json_member(root, "license"))};
    if (name.size > 0 && version.size > 0)
        listing_add(&listing, name, version, &installation);
    else if (json_is_present(root))
        listing_damaged(&listing, "a conda record without %s", name.size == 0 ? "name" : "version");
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_conda = {
    .name = "conda",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
