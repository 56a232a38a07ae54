/* SPDX-License-Identifier: Apache-2.0 */
#include "package/purl.h"

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

static struct view lower_case(struct arena *arena, struct view text)
{
    char *lowered = arena_alloc(arena, text.size + 1);
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        lowered[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
    }
    return view_of(lowered, text.size);
}

/* Percent-decodes; control characters and broken UTF-8 are in no name or version. */
static bool decode(struct arena *arena, struct view text, const char *what, struct view *decoded, struct error *err)
{
    char *bytes = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (byte == '%') {
            int high = i + 2 < text.size ? hex_value(text.data[i + 1]) : -1;
            int low = i + 2 < text.size ? hex_value(text.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return error_set(err, ERROR_INVALID, "the %s has a \"%%\" without two hexadecimal digits", what);
            byte = (char)(high * 16 + low);
            i += 2;
        }
        if ((unsigned char)byte < 0x20 || byte == 0x7f)
            return error_set(err, ERROR_INVALID, "the %s has a control character", what);
        bytes[size++] = byte;
    }
    *decoded = view_of(bytes, size);
    return view_is_utf8(*decoded) || error_set(err, ERROR_INVALID, "the %s is not UTF-8", what);
}

static bool is_type(struct view type)
{
    for (size_t i = 0; i < type.size; i++) {
        char byte = type.data[i];
        bool is_letter = byte >= 'a' && byte <= 'z';
        bool is_other = (byte >= '0' && byte <= '9') || byte == '.' || byte == '+' || byte == '-';
        if (!is_letter && (!is_other || i == 0))
            return false;
    }
    return type.size > 0;
}

/* Decodes each segment of a path and joins those that are not empty. */
static bool decode_path(
    struct arena *arena, struct view path, const char *what, struct view *decoded, struct error *err)
{
    *decoded = view_text("");
    while (path.size > 0) {
        struct view segment;
        if (!decode(arena, view_cut(&path, '/'), what, &segment, err))
            return false;
        if (segment.size > 0)
            *decoded = arena_format(
                arena, "%.*s%s%.*s", VIEW_PRINT(*decoded), decoded->size > 0 ? "/" : "", VIEW_PRINT(segment));
    }
    return true;
}

static bool read_qualifiers(struct arena *arena, struct view text, struct purl *purl, struct error *err)
{
    purl->qualifiers = ARENA_ARRAY(arena, struct purl_qualifier, PURL_QUALIFIERS_MAX);
    while (text.size > 0) {
        struct view value = view_cut(&text, '&');
        struct view key = view_cut(&value, '=');
        struct purl_qualifier qualifier = {lower_case(arena, key), {NULL, 0}};
        if (!decode(arena, value, "value of a qualifier", &qualifier.value, err))
            return false;
        if (key.size == 0 || qualifier.value.size == 0)
            continue; /* purl-spec: a qualifier without value is as none */
        if (!is_type(qualifier.key) && view_find(qualifier.key, '_') == qualifier.key.size)
            return error_set(err, ERROR_INVALID, "\"%.*s\" is not the key of a qualifier", VIEW_PRINT(key));
        if (purl->qualifier_count == PURL_QUALIFIERS_MAX)
            return error_set(err, ERROR_LIMIT, "there are more than %d qualifiers", PURL_QUALIFIERS_MAX);
        purl->qualifiers[purl->qualifier_count++] = qualifier;
    }
    return true;
}

/* "namespace/name@version": an '@' before the last '/' belongs to a scope that was not encoded. */
static bool read_path(struct arena *arena, struct view text, struct purl *purl, struct error *err)
{
    while (view_ends_with(text, "/"))
        text.size--;
    size_t slash = view_find_last(text, '/');
    size_t at = view_find_last(text, '@');
    struct view path = text;
    purl->version = view_text("");
    if (at < text.size && at > 0 && (slash == text.size || at > slash + 1)) {
        if (!decode(arena, view_from(text, at + 1), "version", &purl->version, err))
            return false;
        path = view_slice(text, 0, at);
    }
    while (view_ends_with(path, "/"))
        path.size--;
    slash = view_find_last(path, '/');
    struct view name = slash < path.size ? view_from(path, slash + 1) : path;
    if (!decode(arena, name, "name", &purl->name, err) ||
        !decode_path(
            arena, slash < path.size ? view_slice(path, 0, slash) : view_text(""), "namespace", &purl->name_space, err))
        return false;
    return purl->name.size > 0 || error_set(err, ERROR_INVALID, "it has no name");
}

static bool parse(struct arena *arena, struct view text, struct purl *purl, struct error *err)
{
    struct view rest = view_trim(text);
    size_t sharp = view_find_last(rest, '#');
    if (rest.size > PURL_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "it has %zu bytes, more than %d", rest.size, PURL_BYTES_MAX);
    if (!view_equal_ignoring_case(view_slice(rest, 0, 4), view_text("pkg:")))
        return error_set(err, ERROR_INVALID, "it does not begin with \"pkg:\"");
    if (sharp < rest.size && !decode_path(arena, view_from(rest, sharp + 1), "subpath", &purl->subpath, err))
        return false;
    rest = view_from(view_slice(rest, 0, sharp), 4);
    size_t question = view_find_last(rest, '?');
    if (question < rest.size && !read_qualifiers(arena, view_from(rest, question + 1), purl, err))
        return false;
    rest = view_slice(rest, 0, question);
    while (view_starts_with(rest, "/"))
        rest = view_from(rest, 1);
    if (view_find(rest, '/') == rest.size)
        return error_set(err, ERROR_INVALID, "it has no name");
    purl->type = lower_case(arena, view_cut(&rest, '/'));
    if (!is_type(purl->type))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not a type", VIEW_PRINT(purl->type));
    return read_path(arena, rest, purl, err);
}

bool purl_parse(struct arena *arena, struct view text, struct purl *purl, struct error *err)
{
    struct purl parsed = {.version = {NULL, 0}};
    if (!parse(arena, text, &parsed, err))
        return error_wrap(err, "package URL \"%.*s\"", VIEW_PRINT(view_slice(text, 0, 200)));
    *purl = parsed;
    return true;
}

struct view purl_qualifier(const struct purl *purl, const char *key)
{
    for (size_t i = 0; i < purl->qualifier_count; i++) {
        if (view_is(purl->qualifiers[i].key, key))
            return purl->qualifiers[i].value;
    }
    return view_of(NULL, 0);
}
