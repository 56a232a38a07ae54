/* SPDX-License-Identifier: Apache-2.0 */
/* pip's requirements files (pip docs, "Requirements File Format"; specifiers: PEP 440 and 508). A pin gives the version; a
   range gives the one that it names as its bound ("~=1.1", ">=4.1", "<=2"), as that is all that the file tells. What has
   neither, and what comes from an address or a directory, is left out. */
#include "base/path.h"
#include "package/listing.h"

static bool wants(struct view path)
{
    if (!view_ends_with(path, ".txt") && !view_ends_with(path, "requirements.lock"))
        return false;
    struct view base = path_base(path);
    return view_find_text(base, view_text("requirements")) < base.size;
}

static bool is_name_byte(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           byte == '-' || byte == '_' || byte == '.';
}

static bool is_version(struct view version)
{
    for (size_t i = 0; i < version.size; i++) {
        if (!is_name_byte(version.data[i]) && strchr("+!", version.data[i]) == NULL)
            return false;
    }
    return version.size > 0 && version.data[0] != '-';
}

/* Without the comment, the marker behind ';' and options such as --hash. */
static struct view specification(struct view line)
{
    for (size_t i = 0; i < line.size; i++) {
        bool follows_blank = i == 0 || line.data[i - 1] == ' ' || line.data[i - 1] == '\t';
        if (line.data[i] == ';' || (follows_blank && (line.data[i] == '#' || (line.data[i] == '-' && i > 0))))
            return view_trim(view_slice(line, 0, i));
    }
    return view_trim(line);
}

/* The version behind one comparison; empty if it excludes or names none. */
static struct view version_of(struct view clause, bool *is_pin)
{
    static const struct {
        const char *text;
        bool is_pin;
    } operators[] = {{"===", true}, {"==", true}, {"~=", false}, {">=", false}, {"<=", false}};
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (!view_starts_with(clause, operators[i].text))
            continue;
        struct view version = view_from(clause, strlen(operators[i].text));
        *is_pin = operators[i].is_pin;
        return is_version(version) ? version : (struct view){0};
    }
    return (struct view){0};
}

/* Of several clauses a pin counts before a bound, and the first before the others; "==2.8.*" leaves many versions. */
static struct view choose_version(struct view clauses)
{
    struct view chosen = {0};
    while (clauses.size > 0) {
        bool is_pin = false;
        struct view version = version_of(view_cut(&clauses, ','), &is_pin);
        if (is_pin)
            return version;
        if (chosen.size == 0)
            chosen = version;
    }
    return chosen;
}

/* Blanks may stand between all parts. */
static struct view without_blanks(struct arena *arena, struct view text)
{
    char *out = arena_text(arena, text);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != ' ' && text.data[i] != '\t')
            out[size++] = text.data[i];
    }
    return view_of(out, size);
}

static void read_line(struct listing *listing, struct view line)
{
    struct view text = without_blanks(listing->arena, line);
    size_t size = 0;
    while (size < text.size && is_name_byte(text.data[size]))
        size++;
    if (size == 0 || text.data[0] == '-' || text.data[0] == '.')
        return;
    struct view name = view_slice(text, 0, size);
    struct view clauses = view_from(text, size);
    if (view_starts_with(clauses, "["))
        (void)view_cut(&clauses, ']');
    if (view_starts_with(clauses, "(") && view_ends_with(clauses, ")"))
        clauses = view_slice(clauses, 1, clauses.size - 2);
    struct view version = choose_version(clauses);
    if (version.size > 0)
        listing_add(listing, name, version, NULL);
}

/* A backslash at the end of a line continues it in the next one. */
static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    (void)err;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER joined;
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_PYPI);
    buffer_init(&joined, LISTING_BYTES_MAX);
    struct view rest = listing_text(content);
    while (rest.size > 0) {
        struct view line = view_cut_line(&rest);
        bool goes_on = view_ends_with(line, "\\");
        buffer_append(&joined, view_slice(line, 0, goes_on ? line.size - 1 : line.size));
        if (goes_on && rest.size > 0)
            continue;
        read_line(&listing, arena_copy(arena, specification(buffer_view(&joined))));
        buffer_clear(&joined);
    }
    listing_finish(&listing);
    return true;
}

const struct analyzer analyzer_python_requirements = {
    .name = "python_requirements",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
