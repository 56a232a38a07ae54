/* SPDX-License-Identifier: Apache-2.0 */
/* For fuzz targets of layers: a visitor that reads everything and checks what it is promised. */
#ifndef TESTS_FUZZ_VISITOR_H
#define TESTS_FUZZ_VISITOR_H

#include "tests/fuzz/fuzz.h"

#include "base/path.h"
#include "layer/walk.h"

#include <string.h>

static inline void check_path(struct view path, bool may_be_root)
{
    AUTO_ARENA *arena = arena_new();
    struct view clean;
    struct error err;
    FUZZ_CHECK(path_clean(arena, path, &clean, &err) && view_equal(path, clean));
    FUZZ_CHECK(path.size > 0 || may_be_root);
}

static inline bool checked_entry(
    struct layer_visitor *visitor, const struct layer_entry *entry, struct source *content, struct error *err)
{
    (void)visitor;
    check_path(entry->path, false);
    FUZZ_CHECK(entry->target.size <= PATH_BYTES_MAX);
    if (entry->kind == LAYER_HARD_LINK)
        check_path(entry->target, true);
    char bytes[1024];
    uint64_t total = 0;
    for (size_t got = 1; got > 0 && total < 1 << 20; total += got) {
        if (!source_read(content, bytes, sizeof(bytes), &got, err))
            return false;
    }
    /* A directory's stream may leave the content of a file out as a whole. */
    FUZZ_CHECK(entry->kind != LAYER_FILE || total >= 1 << 20 || total == entry->size || total == 0);
    return true;
}

static inline bool checked_whiteout(struct layer_visitor *visitor, struct view path, struct error *err)
{
    (void)visitor, (void)err;
    check_path(path, false);
    return true;
}

static inline bool checked_opaque(struct layer_visitor *visitor, struct view directory, struct error *err)
{
    (void)visitor, (void)err;
    check_path(directory, true);
    return true;
}

static inline bool checked_gap(
    struct layer_visitor *visitor, enum gap_kind kind, struct view path, const char *reason, struct error *err)
{
    (void)visitor, (void)err;
    FUZZ_CHECK(kind < GAP_KIND_COUNT && path.size <= PATH_BYTES_MAX && strlen(reason) > 0);
    return true;
}

static const struct layer_visitor checked_visitor = {
    .entry = checked_entry, .whiteout = checked_whiteout, .opaque = checked_opaque, .gap = checked_gap};

#endif
