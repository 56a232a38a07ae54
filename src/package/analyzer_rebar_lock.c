/* SPDX-License-Identifier: Apache-2.0 */
/* Rebar's rebar.lock: {<<"name">>,{pkg,<<"package">>,<<"1.2.3">>,…},0} for each dependency from Hex. */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("rebar.lock"));
}

/* The text of the next <<"binary">>. */
static struct view binary(struct view *rest)
{
    (void)view_cut(rest, '"');
    return view_cut(rest, '"');
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    (void)err;
    static const struct view mark = VIEW_LITERAL("{pkg,");
    AUTO_ARENA *arena = arena_new();
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_HEX);
    struct view rest = content;
    for (size_t found; (found = view_find_text(rest, mark)) < rest.size;) {
        rest = view_from(rest, found + mark.size);
        struct view name = binary(&rest);
        listing_add(&listing, name, binary(&rest), NULL);
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_rebar_lock = {
    .name = "rebar_lock",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
