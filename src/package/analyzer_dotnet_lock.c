/* SPDX-License-Identifier: Apache-2.0 */
/* packages.lock.json: what NuGet resolved for each target framework; projects are the program's own. */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("packages.lock.json"));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, content, "packages.lock.json", &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_NUGET);
    for (struct json_iterator framework = json_each(json_member(root, "dependencies")); json_next(&framework);) {
        for (struct json_iterator i = json_each(framework.value); json_next(&i);) {
            if (!view_equal_ignoring_case(json_member_string(i.value, "type"), view_text("Project")))
                listing_add(&listing, i.key, json_member_string(i.value, "resolved"), NULL);
        }
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_dotnet_lock = {
    .name = "dotnet_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
