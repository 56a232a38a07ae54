/* SPDX-License-Identifier: Apache-2.0 */
/* DESCRIPTION of R packages ("Writing R Extensions", 1.1.1). Only an installed one says when it was built. */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("DESCRIPTION"));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    (void)err;
    AUTO_ARENA *arena = arena_new();
    struct view name = {0}, version = {0}, built = {0};
    struct installation installation = {0};
    struct view rest = listing_text(content);
    while (rest.size > 0) {
        struct view value = view_cut_line(&rest);
        struct view field = view_cut(&value, ':');
        value = view_trim(value);
        if (view_is(field, "Package"))
            name = value;
        else if (view_is(field, "Version"))
            version = value;
        else if (view_is(field, "Built"))
            built = value;
        else if (view_is(field, "License"))
            listing_add_license(arena, &installation.licenses, value);
    }
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_CRAN);
    /* Others use the file name for something else. */
    if (name.size > 0 && version.size > 0 && built.size > 0)
        listing_add(&listing, name, version, &installation);
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_r_package = {
    .name = "r_package",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
