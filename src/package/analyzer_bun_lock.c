/* SPDX-License-Identifier: Apache-2.0 */
/* bun.lock: JSON with comments and commas at the end of lists (bun.sh, "Lockfile"). */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("bun.lock"));
}

/* Where a comment at `at` ends; `at` itself if there is none. */
static size_t comment_end(struct view text, size_t at)
{
    struct view rest = view_from(text, at);
    if (view_starts_with(rest, "//"))
        return at + view_find(rest, '\n');
    if (!view_starts_with(rest, "/*"))
        return at;
    size_t end = view_find_text(view_from(rest, 2), view_text("*/"));
    return end + 4 > rest.size ? text.size : at + end + 4;
}

/* The same document as plain JSON: comments and the last commas become blanks. */
static struct view plain_json(struct arena *arena, struct view text)
{
    char *out = arena_text(arena, text);
    size_t comma = text.size; /* the last byte that is neither blank nor comment, if a comma */
    bool is_string = false;
    for (size_t i = 0; i < text.size; i++) {
        size_t end = is_string ? i : comment_end(text, i);
        if (end > i) {
            memset(out + i, ' ', end - i);
            i = end - 1;
        } else if (is_string) {
            is_string = out[i] != '"';
            i += out[i] == '\\' ? 1 : 0;
        } else if (strchr(" \t\r\n", out[i]) == NULL || out[i] == '\0') {
            if ((out[i] == ']' || out[i] == '}') && comma < i)
                out[comma] = ' ';
            is_string = out[i] == '"';
            comma = out[i] == ',' ? i : text.size;
        }
    }
    return view_of(out, text.size);
}

/* "@scope/name@1.2.3", or a place behind the '@' whose version is not known. */
static void add(struct listing *listing, struct view text)
{
    size_t at = view_find(view_from(text, 1), '@') + 1;
    if (text.size < 2 || at >= text.size) {
        listing_damaged(listing, "\"%.*s\" names no package", VIEW_PRINT(view_slice(text, 0, 64)));
        return;
    }
    struct view version = view_from(text, at + 1);
    bool is_own = view_starts_with(version, "workspace:") || view_starts_with(version, "link:") ||
                  view_starts_with(version, "root:");
    const struct installation installation = {.commit = listing_commit(version)};
    if (view_find(version, ':') < version.size || view_find(version, '/') < version.size)
        version = (struct view){0};
    if (!is_own)
        listing_add(listing, view_slice(text, 0, at), version, &installation);
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!listing_parse_json(document, plain_json(arena, content), "bun.lock", &root, err))
        return false;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_NPM);
    for (struct json_iterator i = json_each(json_member(root, "packages")); json_next(&i);) {
        struct json_iterator item = json_each(i.value);
        struct view text = json_next(&item) ? json_string(item.value) : (struct view){0};
        add(&listing, text);
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_bun_lock = {
    .name = "bun_lock",
    .version = 2,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
