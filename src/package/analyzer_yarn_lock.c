/* SPDX-License-Identifier: Apache-2.0 */
/* yarn.lock: of version 1, which only resembles YAML, and of later ones, which are YAML of the same shape. Both have an
   unindented line of patterns for each package, and its members below, indented by two blanks:

     "alias@npm:real@^1.0.0", real@^1.2.0:        "real@npm:^1.0.0, real@npm:^1.2.0":
       version "1.2.3"                              version: 1.2.3
                                                    resolution: "real@npm:1.2.3" */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("yarn.lock"));
}

struct entry {
    struct view pattern; /* the first one */
    struct view version;
    struct view resolution;
    struct view resolved; /* of version 1: the address */
    struct view language;
};

static struct view unquoted(struct view text)
{
    text = view_trim(text);
    if (text.size >= 2 && text.data[0] == '"' && text.data[text.size - 1] == '"')
        return view_slice(text, 1, text.size - 2);
    return text;
}

/* "@scope/name@REST": where the '@' before the rest is; the size of the text if there is none. */
static size_t find_rest(struct view text)
{
    size_t at = view_find(view_from(text, 1), '@');
    return text.size < 2 || at + 1 >= text.size ? text.size : at + 1;
}

/* Directories of the project itself. */
static bool is_own(struct view rest)
{
    return view_starts_with(rest, "workspace:") || view_starts_with(rest, "link:") || view_starts_with(rest, "portal:");
}

static void finish_entry(struct listing *listing, struct entry *entry)
{
    struct entry read = *entry;
    *entry = (struct entry){0};
    if (read.pattern.size == 0 && read.resolution.size == 0)
        return;
    if (read.language.size > 0 && !view_is(read.language, "node"))
        return;
    struct view target = read.resolution.size > 0 ? read.resolution : read.pattern;
    size_t at = find_rest(target);
    struct view name = view_slice(target, 0, at);
    struct view rest = view_from(target, at + 1);
    if (is_own(rest))
        return;
    if (read.resolution.size == 0 && view_starts_with(rest, "npm:")) {
        struct view real = view_from(rest, 4);
        size_t range = view_find_last(view_from(real, 1), '@');
        if (real.size > 1 && range + 1 < real.size)
            name = view_slice(real, 0, range + 1);
    }
    const struct installation installation = {
        .commit = listing_commit(read.resolution.size > 0 ? rest : read.resolved)};
    if (read.version.size > 0)
        listing_add(listing, name, read.version, &installation);
    else
        listing_damaged(listing, "package \"%.*s\" has no version", VIEW_PRINT(name));
}

/* A member: `name value` or `name: value`. */
static void read_member(struct entry *entry, struct view line)
{
    size_t end = 0;
    while (end < line.size && line.data[end] != ' ' && line.data[end] != ':')
        end++;
    struct view name = view_slice(line, 0, end);
    struct view value = unquoted(view_from(line, end + 1));
    if (view_is(name, "version"))
        entry->version = value;
    else if (view_is(name, "resolution"))
        entry->resolution = value;
    else if (view_is(name, "resolved"))
        entry->resolved = value;
    else if (view_is(name, "languageName"))
        entry->language = value;
}

/* The line of patterns without its colon, or with the '?' that YAML has before long keys. */
static void begin_entry(struct entry *entry, struct view line)
{
    if (view_starts_with(line, "? "))
        line = view_from(line, 2);
    else if (view_ends_with(line, ":"))
        line = view_slice(line, 0, line.size - 1);
    line = view_trim(line);
    if (view_starts_with(line, "\"")) {
        line = view_from(line, 1);
        line = view_cut(&line, '"');
    }
    line = view_trim(view_cut(&line, ','));
    if (!view_is(line, "__metadata"))
        entry->pattern = line;
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_NPM);
    struct entry entry = {0};
    bool has_entry = false, has_other = false;
    struct view rest = listing_text(content);
    while (rest.size > 0) {
        struct view line = view_cut_line(&rest);
        if (database_line_is_blank(line) || line.data[0] == '#' || view_is(line, ":"))
            continue;
        if (view_starts_with(line, "  ") && line.size > 2 && line.data[2] != ' ') {
            read_member(&entry, view_from(line, 2));
        } else if (line.data[0] != ' ') {
            finish_entry(&listing, &entry);
            bool is_key = view_ends_with(view_trim(line), ":") || view_starts_with(line, "? ");
            has_entry = has_entry || is_key;
            has_other = has_other || !is_key;
            if (is_key)
                begin_entry(&entry, view_trim(line));
        }
    }
    finish_entry(&listing, &entry);
    listing_finish(&listing);
    if (has_other && !has_entry)
        return error_set(err, ERROR_INVALID, "not a lock file of Yarn: there is no entry");
    return true;
}

const struct analyzer analyzer_yarn_lock = {
    .name = "yarn_lock",
    .version = 2,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
