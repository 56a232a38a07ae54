/* SPDX-License-Identifier: Apache-2.0 */
/* Elixir's mix.lock, a line for each dependency: "name": {:hex, :package, "1.2.3", …} or {:git, "url", "revision", …}. */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("mix.lock"));
}

/* The next double-quoted text of the line. */
static struct view quoted(struct view *line)
{
    (void)view_cut(line, '"');
    return view_cut(line, '"');
}

static void read_line(struct listing *listing, struct view line)
{
    struct view name = quoted(&line);
    struct view source = view_cut(&line, '{');
    if (!view_is(view_trim(source), ":") || name.size == 0)
        return;
    struct view kind = view_trim(view_cut(&line, ','));
    if (view_is(kind, ":hex")) {
        struct view package = view_trim(view_cut(&line, ','));
        if (view_starts_with(package, ":"))
            package = view_from(package, 1);
        if (view_starts_with(package, "\""))
            package = view_slice(package, 1, package.size - 2);
        listing_add(listing, package, quoted(&line), NULL);
    } else if (view_is(kind, ":git")) {
        listing_add(listing, name, (struct view){0}, NULL);
    }
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    (void)err;
    AUTO_ARENA *arena = arena_new();
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_HEX);
    struct view rest = listing_text(content);
    while (rest.size > 0)
        read_line(&listing, view_cut_line(&rest));
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_mix_lock = {
    .name = "mix_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
