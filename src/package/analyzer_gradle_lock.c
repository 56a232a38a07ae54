/* SPDX-License-Identifier: Apache-2.0 */
/* gradle.lockfile: GROUP:ARTIFACT:VERSION=CONFIGURATIONS, a line each; `empty=` names configurations without dependencies. */
#include "package/listing.h"

static const struct view names[] = {VIEW_LITERAL("gradle.lockfile"), VIEW_LITERAL("buildscript-gradle.lockfile")};

static bool wants(struct view path)
{
    return listing_is_one_of(path, names, sizeof(names) / sizeof(names[0]));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    (void)err;
    AUTO_ARENA *arena = arena_new();
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_MAVEN);
    struct view rest = listing_text(content);
    while (rest.size > 0) {
        struct view line = view_trim(view_cut_line(&rest));
        if (line.size == 0 || line.data[0] == '#' || view_starts_with(line, "empty="))
            continue;
        struct view dependency = view_slice(line, 0, view_find(line, '='));
        size_t last = view_find_last(dependency, ':');
        struct view name = view_slice(dependency, 0, last);
        if (last < dependency.size && view_find(name, ':') < name.size)
            listing_add(&listing, name, view_from(dependency, last + 1), NULL);
        else
            listing_damaged(&listing, "\"%.*s\" is no dependency", VIEW_PRINT(view_slice(line, 0, 64)));
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_gradle_lock = {
    .name = "gradle_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
