/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/gap.h"

#include "base/arena.h"

#include <assert.h>

static const struct {
    const char *name;
    bool hides_packages;
    const char *consequence;
} kinds[GAP_KIND_COUNT] = {
#define GAP_KIND(constant, name, hides_packages, consequence) [GAP_##constant] = {name, hides_packages, consequence},
#include "layer/gap_kinds.def"
#undef GAP_KIND
};

const char *gap_kind_name(enum gap_kind kind)
{
    assert(kind < GAP_KIND_COUNT);
    return kinds[kind].name;
}

const char *gap_kind_consequence(enum gap_kind kind)
{
    assert(kind < GAP_KIND_COUNT);
    return kinds[kind].consequence;
}

bool gap_kind_hides_packages(enum gap_kind kind)
{
    assert(kind < GAP_KIND_COUNT);
    return kinds[kind].hides_packages;
}

bool gap_kind_parse(struct view name, enum gap_kind *kind)
{
    for (size_t i = 0; i < GAP_KIND_COUNT; i++) {
        if (view_is(name, kinds[i].name)) {
            *kind = (enum gap_kind)i;
            return true;
        }
    }
    return false;
}

void gap_add(struct arena *arena, struct gap_list *gaps, enum gap_kind kind, struct view path, const char *reason)
{
    struct gap *gap = ARENA_PUSH(arena, gaps);
    *gap = (struct gap){.kind = kind, .path = arena_copy(arena, path), .reason = arena_copy(arena, view_text(reason))};
}
