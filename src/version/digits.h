/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in versions stay text, so that no length overflows. Shared by the orders. */
#ifndef VERSION_DIGITS_H
#define VERSION_DIGITS_H

#include "base/view.h"

static inline bool digits_is(char byte)
{
    return byte >= '0' && byte <= '9';
}

static inline bool digits_is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* The digits at the start; may be empty. */
static inline struct view digits_prefix(struct view text)
{
    size_t size = 0;
    while (size < text.size && digits_is(text.data[size]))
        size++;
    return view_slice(text, 0, size);
}

/* Takes the digits at the start away from `rest`. */
static inline struct view digits_cut(struct view *rest)
{
    struct view digits = digits_prefix(*rest);
    *rest = view_from(*rest, digits.size);
    return digits;
}

/* Takes the letters at the start away from `rest`. */
static inline struct view digits_cut_letters(struct view *rest)
{
    size_t size = 0;
    while (size < rest->size && digits_is_letter(rest->data[size]))
        size++;
    struct view letters = view_slice(*rest, 0, size);
    *rest = view_from(*rest, size);
    return letters;
}

/* -1, 0 or 1 by value; both hold digits only, none at all counts as 0. */
static inline int digits_compare(struct view a, struct view b)
{
    while (a.size > 0 && a.data[0] == '0')
        a = view_from(a, 1);
    while (b.size > 0 && b.data[0] == '0')
        b = view_from(b, 1);
    if (a.size != b.size)
        return a.size < b.size ? -1 : 1;
    int order = view_compare(a, b);
    return (order > 0) - (order < 0);
}

/* -1, 0 or 1 by bytes. */
static inline int digits_compare_bytes(struct view a, struct view b)
{
    int order = view_compare(a, b);
    return (order > 0) - (order < 0);
}

#endif
