/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX as XML. As of its JSON form, only components with a package URL count, and none of a distribution's own. */
#include "package/sbom.h"

static bool wants(struct view path)
{
    return view_ends_with(path, ".cdx.xml") || listing_is_file(path, view_text("bom.xml"));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    struct listing listing;
    bool is_bill;
    listing_init(&listing, arena, analysis, PACKAGE_GENERIC);
    bool is_read = content.size == 0 || sbom_read_xml(arena, content, sbom_take_into_listing, &listing, &is_bill, err);
    listing_finish(&listing);
    return is_read;
}

const struct analyzer analyzer_sbom_xml = {
    .name = "sbom_xml",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
