/* SPDX-License-Identifier: Apache-2.0 */
/* A scan gap: something that could not be read. It is shown wherever the result is shown and is never silent. */
#ifndef LAYER_GAP_H
#define LAYER_GAP_H

#include "base/view.h"

#include <stdbool.h>

enum gap_kind {
#define GAP_KIND(constant, name, hides_packages, consequence) GAP_##constant,
#include "layer/gap_kinds.def"
#undef GAP_KIND
    GAP_KIND_COUNT
};

struct gap {
    enum gap_kind kind;
    struct view path; /* file, layer digest, package or feed; may be empty */
    struct view reason; /* what was tried and why it failed */
};

struct gap_list {
    struct gap *items;
    size_t count;
    size_t capacity;
};

const char *gap_kind_name(enum gap_kind kind);
const char *gap_kind_consequence(enum gap_kind kind);
bool gap_kind_hides_packages(enum gap_kind kind);

/* False if there is no such kind. */
bool gap_kind_parse(struct view name, enum gap_kind *kind);

struct arena;
/* Copies path and reason into the arena. */
void gap_add(struct arena *arena, struct gap_list *gaps, enum gap_kind kind, struct view path, const char *reason);

#endif
