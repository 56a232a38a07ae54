/* SPDX-License-Identifier: Apache-2.0 */
/* ebin/NAME.app of installed Erlang and Elixir applications: {application, NAME, [{vsn, "VERSION"}, …]} (erlang.org, app(4)). */
#include "base/path.h"
#include "package/listing.h"

static bool wants(struct view path)
{
    return view_ends_with(path, ".app") && listing_is_file(path_directory(path), view_text("ebin"));
}

/* What stands behind `word` and its comma; empty if it does not occur. */
static struct view behind(struct view text, const char *word)
{
    size_t found = view_find_text(text, view_text(word));
    struct view rest = view_trim(view_from(text, found + strlen(word)));
    return view_starts_with(rest, ",") ? view_trim(view_from(rest, 1)) : (struct view){0};
}

/* An atom, quoted or not. */
static struct view atom(struct view text)
{
    if (view_starts_with(text, "'")) {
        text = view_from(text, 1);
        return view_cut(&text, '\'');
    }
    return view_trim(view_cut(&text, ','));
}

/* {licenses, ["Apache-2.0", …]}, which rebar3 hands on from the application's source. */
static struct view licenses_of(struct arena *arena, struct view application)
{
    struct view licenses = {0};
    struct view list = behind(application, "{licenses");
    list = view_starts_with(list, "[") ? view_slice(list, 0, view_find(list, ']')) : view_text("");
    for (;;) {
        (void)view_cut(&list, '"');
        size_t end = view_find(list, '"');
        if (end == list.size)
            return licenses;
        listing_add_license(arena, &licenses, view_slice(list, 0, end));
        list = view_from(list, end + 1);
    }
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    struct view application = behind(content, "{application");
    struct view version = behind(application, "{vsn");
    if (content.size > 0 && application.size == 0)
        return error_set(err, ERROR_INVALID, "not an Erlang application: there is no {application, NAME, …}");
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_HEX);
    if (view_starts_with(version, "\"")) {
        version = view_from(version, 1);
        const struct installation installation = {.licenses = licenses_of(arena, application)};
        listing_add(&listing, atom(application), view_cut(&version, '"'), &installation);
    } else if (content.size > 0) {
        listing_damaged(&listing, "an Erlang application without {vsn, \"VERSION\"}");
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_erlang_app = {
    .name = "erlang_app",
    .version = 2,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
