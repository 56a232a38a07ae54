/* SPDX-License-Identifier: Apache-2.0 */
/* Well-known programs and libraries that were not installed by a package manager: a file name makes a candidate, and the version
   stands at a place in its bytes that a table describes. Python's depends on the file's name and has a rule of its own. */
#include "base/path.h"
#include "package/database.h"
#include "package/recogniser.h"

/* Longest version that is taken. */
#define VERSION_BYTES_MAX 64

enum rule { RULE_AFTER, RULE_START, RULE_BEFORE, RULE_BUILD, RULE_SCRIPT, RULE_ONLY };

static const struct signature {
    struct view name;
    const char *files;
    enum rule rule;
    struct view marker;
    struct view end;
} signatures[] = {
#define SIGNATURE(name, files, rule, marker, end)                                                                      \
    {VIEW_LITERAL(name), files, RULE_##rule, VIEW_LITERAL(marker), VIEW_LITERAL(end)},
#include "package/signatures.def"
#undef SIGNATURE
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_version_byte(char byte)
{
    bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    return is_digit(byte) || is_letter || byte == '.' || byte == '-' || byte == '+' || byte == '~' || byte == '_';
}

static size_t count_digits(struct view text)
{
    size_t count = 0;
    while (count < text.size && is_digit(text.data[count]))
        count++;
    return count;
}

/* Two numbers or more with dots between them; what they take. */
static size_t count_numbers(struct view text)
{
    size_t numbers = 0, size = 0;
    for (;;) {
        size_t digits = count_digits(view_from(text, size));
        if (digits == 0)
            return numbers >= 2 ? size - 1 : 0; /* the dot before was the end of a sentence */
        size += digits;
        numbers++;
        if (size >= text.size || text.data[size] != '.')
            return numbers >= 2 ? size : 0;
        size++;
    }
}

/* The version at the start of a text: numbers, then what may be a suffix (p20, rc1, w). Empty if there is none. */
static struct view version_at(struct view text)
{
    size_t size = count_numbers(view_slice(text, 0, VERSION_BYTES_MAX));
    if (size == 0)
        return view_text("");
    while (size < text.size && size <= VERSION_BYTES_MAX && is_version_byte(text.data[size]))
        size++;
    if (size > VERSION_BYTES_MAX)
        return view_text(""); /* no version is so long */
    while (strchr(".-+~_", text.data[size - 1]) != NULL)
        size--;
    return view_slice(text, 0, size);
}

static bool has_prefix(struct view text, struct view prefix)
{
    return view_equal(view_slice(text, 0, prefix.size), prefix);
}

/* Whether the last component of a path is one of the names. */
static bool is_named(struct view path, const char *files)
{
    struct view base = path_base(path);
    struct view rest = view_text(files);
    while (rest.size > 0) {
        struct view pattern = view_cut(&rest, ' ');
        bool is_prefix = view_ends_with(pattern, "*");
        if (is_prefix ? has_prefix(base, view_slice(pattern, 0, pattern.size - 1)) : view_equal(base, pattern))
            return true;
    }
    return false;
}

/* The first version behind a marker; of those that start a string the longest, since "Apache/2.4" may stand beside
   "Apache/2.4.58". */
static struct view find_after(struct view content, const struct signature *signature)
{
    struct view best = view_text("");
    for (size_t at = 0;; at++) {
        struct view rest = view_from(content, at);
        size_t found = view_find_text(rest, signature->marker);
        if (found == rest.size)
            return best;
        at += found;
        struct view text = view_from(content, at + signature->marker.size);
        struct view version = version_at(text);
        if (version.size == 0 || !has_prefix(view_from(text, version.size), signature->end))
            continue;
        if (signature->rule != RULE_START)
            return version;
        if (at > 0 && content.data[at - 1] == '\0' && version.size > best.size)
            best = version;
    }
}

/* Back from the marker to the NUL in front of the version. */
static struct view find_before(struct view content, struct view marker)
{
    for (size_t at = 0;;) {
        struct view rest = view_from(content, at);
        size_t found = view_find_text(rest, marker);
        if (found == rest.size)
            return view_text("");
        at += found;
        size_t start = at;
        while (start > 0 && at - start < VERSION_BYTES_MAX && is_version_byte(content.data[start - 1]))
            start--;
        struct view version = view_slice(content, start, at - start);
        if (start > 0 && content.data[start - 1] == '\0' && count_numbers(version) == version.size && version.size > 0)
            return version;
        at++;
    }
}

/* The next string of the file: bytes between two NULs, at most VERSION_BYTES_MAX and one of them. */
static bool next_string(struct view *rest, struct view *text)
{
    size_t start = view_find(*rest, '\0');
    if (start == rest->size)
        return false;
    *rest = view_from(*rest, start + 1);
    struct view window = view_slice(*rest, 0, VERSION_BYTES_MAX + 1);
    *text = view_slice(window, 0, view_find(window, '\0'));
    return true;
}

/* Host and time of the build: some name, '-', ten digits that begin with 1. */
static bool is_build(struct view text)
{
    for (size_t i = 1; i + 11 <= text.size; i++) {
        if (text.data[i] == '-' && text.data[i + 1] == '1' && count_digits(view_from(text, i + 1)) >= 10)
            return true;
    }
    return false;
}

static struct view find_build(struct view content)
{
    struct view text;
    while (next_string(&content, &text)) {
        size_t size = count_numbers(text);
        if (size > 0 && size < text.size && is_build(view_from(text, size)))
            return view_slice(text, 0, size);
    }
    return view_text("");
}

/* The version that is a string of its own and begins like this, if there is but one. */
static struct view find_only(struct view content, struct view front, struct view beginning)
{
    struct view text, found = view_text("");
    while (next_string(&content, &text)) {
        if (text.size <= front.size || !has_prefix(text, front))
            continue;
        struct view version = view_from(text, front.size);
        bool has_plus = view_ends_with(version, "+"); /* Python's mark of a working copy */
        size_t size = version_at(version).size;
        bool is_version = has_prefix(version, beginning) && size > 0 && size + (has_plus ? 1 : 0) == version.size;
        if (!is_version || view_equal(version, found))
            continue;
        if (found.size > 0)
            return view_text("");
        found = version;
    }
    return found;
}

static struct view find_version(struct view content, const struct signature *signature)
{
    switch (signature->rule) {
    case RULE_AFTER:
    case RULE_SCRIPT:
    case RULE_START:
        return find_after(content, signature);
    case RULE_BEFORE:
        return find_before(content, signature->marker);
    case RULE_BUILD:
        return find_build(content);
    case RULE_ONLY:
        return find_only(content, signature->marker, view_text(""));
    }
    return view_text("");
}

/* python3.11 and libpython3.11.so.1.0 say which versions to look for: the string that begins with "3.11.". */
static struct view find_python(struct arena *arena, struct view path, struct view content)
{
    struct view base = path_base(path);
    if (view_starts_with(base, "libpython"))
        base = view_from(base, 3);
    if (!view_starts_with(base, "python"))
        return view_text("");
    base = view_from(base, 6);
    size_t size = count_numbers(base) > 0 ? count_numbers(base) : count_digits(base);
    if (size == 0 || (size < base.size && !view_starts_with(view_from(base, size), ".so")))
        return view_text("");
    return find_only(content, view_text(""), arena_format(arena, "%.*s.", (int)size, base.data));
}

/* By the rows for scripts or by the others; whether one of them found a version. */
static bool find_row(struct view path, struct view content, bool is_script, struct package *package)
{
    for (size_t i = 0; package->version.size == 0 && i < sizeof(signatures) / sizeof(signatures[0]); i++) {
        if ((signatures[i].rule == RULE_SCRIPT) != is_script || !is_named(path, signatures[i].files))
            continue;
        package->name = signatures[i].name;
        package->type = view_is(package->name, "openjdk") ? PACKAGE_JVM : PACKAGE_GENERIC;
        package->version = find_version(content, &signatures[i]);
    }
    return package->version.size > 0;
}

static bool recognise(
    const struct executable *executable, struct view path, struct arena *arena, struct analysis *analysis)
{
    struct package package = {.type = PACKAGE_GENERIC, .name = view_text("python")};
    package.version = find_python(arena, path, executable->content);
    if (!find_row(path, executable->content, false, &package))
        return false;
    analysis->package(analysis, &package, NULL);
    return true;
}

bool recogniser_script(struct view path, struct view content, struct analysis *analysis)
{
    struct package package = {.type = PACKAGE_GENERIC};
    if (!find_row(path, content, true, &package))
        return false;
    analysis->package(analysis, &package, NULL);
    return true;
}

const struct recogniser recogniser_signature = {"signature", recognise};
