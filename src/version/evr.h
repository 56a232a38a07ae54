/* SPDX-License-Identifier: Apache-2.0 */
/* [epoch:]version[-release], as rpm and pacman cut it. */
#ifndef VERSION_EVR_H
#define VERSION_EVR_H

#include "version/digits.h"

struct evr {
    struct view epoch; /* digits; empty = 0 */
    struct view version;
    struct view release;
    bool has_release;
};

/* Every text has parts: a prefix that is no number is no epoch. */
static inline struct evr evr_split(struct view text)
{
    struct evr parts = {{NULL, 0}, text, {NULL, 0}, false};
    struct view digits = digits_prefix(text);
    if (digits.size < text.size && text.data[digits.size] == ':') {
        parts.epoch = digits;
        parts.version = view_from(text, digits.size + 1);
    }
    size_t dash = view_find_last(parts.version, '-');
    parts.has_release = dash < parts.version.size;
    parts.release = view_from(parts.version, dash + 1);
    parts.version = view_slice(parts.version, 0, dash);
    return parts;
}

#endif
