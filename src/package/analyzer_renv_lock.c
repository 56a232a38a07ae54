/* SPDX-License-Identifier: Apache-2.0 */
/* renv.lock: what renv restores for an R project. Only what comes from CRAN or a mirror of it has CRAN's versions. */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("renv.lock"));
}

/* Posit's mirrors are written by their short names. */
static bool is_cran(struct view repository)
{
    static const char *const names[] = {"CRAN", "RSPM", "PPM", "P3M"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (view_is(repository, names[i]))
            return true;
    }
    return false;
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, content, "renv.lock", &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_CRAN);
    for (struct json_iterator i = json_each(json_member(root, "Packages")); json_next(&i);) {
        struct view name = json_member_string(i.value, "Package");
        if (is_cran(json_member_string(i.value, "Repository")))
            listing_add(&listing, name.size > 0 ? name : i.key, json_member_string(i.value, "Version"), NULL);
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_renv_lock = {
    .name = "renv_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
