/* SPDX-License-Identifier: Apache-2.0 */
/* opt/bitnami/.bitnami_components.json: what older Bitnami images hold, a map from names to records. Newer ones have SPDX
   documents, which analyzer_sbom reads. */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text(".bitnami_components.json"));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, content, "list of Bitnami components", &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_BITNAMI);
    for (struct json_iterator i = json_each(root); json_next(&i);) {
        struct package package = {
            .type = PACKAGE_BITNAMI,
            .name = i.key,
            .version = json_member_string(i.value, "version"),
            .arch = json_member_string(i.value, "arch"),
            .vendor = json_member_string(i.value, "distro"),
        };
        listing_add_package(&listing, &package, NULL);
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_bitnami_components = {
    .name = "bitnami_components",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
