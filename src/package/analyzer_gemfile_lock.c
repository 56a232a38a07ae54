/* SPDX-License-Identifier: Apache-2.0 */
/* Bundler's Gemfile.lock: sections GEM, GIT, PATH and others, of which those with `specs:` list gems by four blanks,
   `NAME (VERSION)`, and their dependencies, which are no gems of their own, by six. */
#include "package/listing.h"

static const struct view names[] = {VIEW_LITERAL("Gemfile.lock"), VIEW_LITERAL("gems.locked")};

static bool wants(struct view path)
{
    return listing_is_one_of(path, names, sizeof(names) / sizeof(names[0]));
}

/* "nokogiri (1.13.3-x86_64-linux)": no version of a gem has a '-', so what follows one is the platform. */
static void add_gem(struct listing *listing, struct view text)
{
    struct view version = text;
    struct view name = view_trim(view_cut(&version, '('));
    version = view_cut(&version, ')');
    version = view_cut(&version, '-');
    if (version.size > 0)
        listing_add(listing, name, view_trim(version), NULL);
}

/* "GEM", "BUNDLED WITH": capitals at the start of a line. */
static bool is_section(struct view line)
{
    for (size_t i = 0; i < line.size; i++) {
        if ((line.data[i] < 'A' || line.data[i] > 'Z') && line.data[i] != ' ')
            return false;
    }
    return line.size > 0 && line.data[0] != ' ';
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_GEM);
    bool has_section = false;
    bool is_in_specifications = false;
    struct view rest = listing_text(content);
    while (rest.size > 0) {
        struct view line = view_cut_line(&rest);
        size_t indent = 0;
        while (indent < line.size && line.data[indent] == ' ')
            indent++;
        struct view text = view_from(line, indent);
        has_section = has_section || is_section(line);
        if (indent < 4)
            is_in_specifications = indent == 2 && view_is(view_trim(text), "specs:");
        else if (indent == 4 && is_in_specifications)
            add_gem(&listing, text);
    }
    listing_finish(&listing);
    if (!has_section && view_trim(content).size > 0)
        return error_set(err, ERROR_INVALID, "not a lock file of Bundler: there is no section");
    return true;
}

const struct analyzer analyzer_gemfile_lock = {
    .name = "gemfile_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
