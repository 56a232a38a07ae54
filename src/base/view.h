/* SPDX-License-Identifier: Apache-2.0 */
/* A piece of text or bytes that somebody else owns: pointer and length, passed by value, never NUL-terminated.
   Whoever keeps a view longer than its owner lives must copy it into an arena first. All functions are pure. */
#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct view {
    const char *data;
    size_t size;
};

/* For printf: printf("%.*s", VIEW_PRINT(name)). */
#define VIEW_PRINT(view) (int)(view).size, (view).data

/* A view of a string literal, usable in static initializers. */
#define VIEW_LITERAL(text)                                                                                             \
    {                                                                                                                  \
        text, sizeof(text) - 1                                                                                         \
    }

static inline struct view view_of(const void *data, size_t size)
{
    struct view view = {(const char *)data, size};
    return view;
}

/* A view of a C string; NULL gives an empty view. */
static inline struct view view_text(const char *text)
{
    return view_of(text, text == NULL ? 0 : strlen(text));
}

static inline bool view_equal(struct view a, struct view b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool view_is(struct view view, const char *text)
{
    return view_equal(view, view_text(text));
}

/* Order by bytes, shorter first among equal prefixes; negative, 0 or positive. */
int view_compare(struct view a, struct view b);

/* Equality without regard to the case of ASCII letters. */
bool view_equal_ignoring_case(struct view a, struct view b);

bool view_starts_with(struct view view, const char *prefix);
bool view_ends_with(struct view view, const char *suffix);

/* Position of the first or last `byte`; `view.size` if there is none. */
size_t view_find(struct view view, char byte);
size_t view_find_last(struct view view, char byte);

/* Position of the first `needle`; `view.size` if there is none. */
size_t view_find_text(struct view view, struct view needle);

/* Bytes from `start` on, at most `size` of them; positions beyond the end give an empty view. */
struct view view_slice(struct view view, size_t start, size_t size);

/* Everything from `start` on. */
struct view view_from(struct view view, size_t start);

/* Returns what stands before the first `separator` and leaves in `rest` what stands after it; without a separator all of
   `rest` is returned and `rest` becomes empty. Loop with `while (rest.size > 0)`. */
struct view view_cut(struct view *rest, char separator);

/* As view_cut for lines: a '\r' before the '\n' is dropped as well. */
struct view view_cut_line(struct view *rest);

/* Without spaces, tabs, '\r' and '\n' at both ends. */
struct view view_trim(struct view view);

/* Decimal digits only; false for an empty view, another byte or a value above 2^63 - 1. */
bool view_to_integer(struct view view, int64_t *value);

/* Whether all bytes form valid UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool view_is_utf8(struct view view);

/* Length in bytes of the UTF-8 character at the start; 0 if the view is empty or starts with an invalid sequence. */
size_t view_utf8_sequence(struct view view);

/* 64-bit hash for stored path sets and hash tables (FNV-1a with a final mix); stable across machines and
   versions because layer records keep it. Not for anything that an attacker must not be able to collide. */
uint64_t view_hash(struct view view);

#endif
