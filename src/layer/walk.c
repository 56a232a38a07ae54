/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/walk.h"

#include "base/arena.h"
#include "base/path.h"
#include "stream/tar.h"

enum { PATH_GAPS_MAX = 1000 }; /* gaps about single entries; further ones are counted into one */

/* Below this many decompressed bytes the ratio means nothing: a few kilobytes of zeros reach any ratio. */
#define RATIO_FREE_BYTES (UINT64_C(100) << 20)

/* Counts the compressed bytes on their way into the decompressor. */
struct counting_source {
    struct source base;
    struct source *below;
    uint64_t bytes;
};

static bool counting_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct counting_source *counting = (struct counting_source *)source;
    if (!source_read(counting->below, bytes, size, got, err))
        return false;
    counting->bytes += *got;
    return true;
}

static void counting_source_close(struct source *source)
{
    (void)source; /* lives in the walk; the blob below it is the caller's */
}

static const struct source_type counting_type = {"layer blob", counting_source_read, counting_source_close};

struct walk {
    struct source base; /* the decompressed bytes, counted; first, so that it is found from there */
    struct counting_source blob;
    struct source *plain;
    struct tar_reader *tar;
    struct arena *arena; /* of the entry at hand */
    const struct layer_limits *limits;
    struct layer_visitor *visitor;
    struct layer_totals totals;
    uint64_t path_gaps;
    bool is_limit_reached;
    struct error limit; /* which one */
};

static bool reach_limit(struct walk *walk, uint64_t limit, const char *what, struct error *err)
{
    walk->is_limit_reached = true;
    error_set(&walk->limit, ERROR_LIMIT, "the layer has more than %llu %s", (unsigned long long)limit, what);
    *err = walk->limit;
    return false;
}

static bool walk_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct walk *walk = (struct walk *)source;
    if (!source_read(walk->plain, bytes, size, got, err))
        return false;
    walk->totals.bytes += *got;
    if (walk->totals.bytes > walk->limits->bytes_max)
        return reach_limit(walk, walk->limits->bytes_max, "decompressed bytes", err);
    if (walk->totals.bytes > RATIO_FREE_BYTES && walk->totals.bytes / walk->limits->ratio_max > walk->blob.bytes)
        return reach_limit(walk, walk->limits->ratio_max, "times the bytes of its blob, as only bombs have", err);
    return true;
}

static void walk_close(struct source *source)
{
    (void)source; /* lives in the walk */
}

static const struct source_type walk_type = {"layer", walk_read, walk_close};

/* Entries that cannot be represented are passed over with a gap, but a million of them are not a million gaps. */
static bool path_gap(struct walk *walk, struct view path, const char *reason, struct error *err)
{
    walk->path_gaps++;
    if (walk->path_gaps > PATH_GAPS_MAX)
        return true;
    return walk->visitor->gap(walk->visitor, GAP_UNREADABLE_FILE, view_slice(path, 0, PATH_BYTES_MAX), reason, err);
}

/* OCI image spec 1.1, layer.md "Whiteouts"; other ".wh..wh." names are AUFS's own files, and a bare ".wh." names nothing. */
static bool visit_whiteout(struct walk *walk, struct view path, struct error *err)
{
    struct layer_visitor *visitor = walk->visitor;
    struct view directory = path_directory(path);
    struct view base = path_base(path);
    struct view hidden = view_from(base, sizeof(".wh.") - 1);
    if (view_is(base, ".wh..wh..opq"))
        return visitor->opaque(visitor, directory, err);
    if (view_starts_with(base, ".wh..wh.") || hidden.size == 0)
        return true;
    if (view_is(hidden, ".") || view_is(hidden, ".."))
        return path_gap(walk, path, "the whiteout does not name a file", err);
    if (directory.size == 0)
        return visitor->whiteout(visitor, hidden, err);
    struct view whole = arena_format(walk->arena, "%.*s/%.*s", VIEW_PRINT(directory), VIEW_PRINT(hidden));
    return visitor->whiteout(visitor, whole, err);
}

/* Puts the target of a link into `visited`; false with a reason if it cannot be one. */
static bool read_target(
    struct walk *walk, const struct tar_entry *entry, struct layer_entry *visited, struct error *reason)
{
    if (visited->kind == LAYER_HARD_LINK)
        return path_clean(walk->arena, entry->target, &visited->target, reason);
    if (visited->kind != LAYER_SYMLINK)
        return true;
    visited->target = entry->target;
    if (visited->target.size > PATH_BYTES_MAX)
        return error_set(reason, ERROR_LIMIT, "the link's target is longer than %d bytes", PATH_BYTES_MAX);
    return true;
}

static bool visit_entry(struct walk *walk, const struct tar_entry *entry, struct error *err)
{
    static const enum layer_entry_kind kinds[] = {
        [TAR_FILE] = LAYER_FILE,
        [TAR_DIRECTORY] = LAYER_DIRECTORY,
        [TAR_SYMLINK] = LAYER_SYMLINK,
        [TAR_HARD_LINK] = LAYER_HARD_LINK,
        [TAR_OTHER] = LAYER_OTHER,
    };
    struct layer_entry visited = {.kind = kinds[entry->kind], .size = entry->size, .mode = entry->mode};
    struct error reason;
    if (!path_clean(walk->arena, entry->name, &visited.path, &reason))
        return path_gap(walk, entry->name, reason.message, err);
    if (visited.path.size == 0)
        return true; /* the root itself; nothing else can stand there */
    if (view_starts_with(path_base(visited.path), ".wh."))
        return visit_whiteout(walk, visited.path, err);
    if (!read_target(walk, entry, &visited, &reason))
        return path_gap(walk, visited.path, reason.message, err);
    return walk->visitor->entry(walk->visitor, &visited, tar_content(walk->tar), err);
}

/* Reads what stands behind the end of the archive, so that the decompressor reaches its own end. Unpackers ignore it;
   zeros are usual, other bytes are told. */
static bool read_behind_archive(struct walk *walk, struct error *err)
{
    bool is_zero;
    if (!tar_drain(walk->tar, &is_zero, err))
        return false;
    if (!is_zero)
        return walk->visitor->gap(walk->visitor, GAP_UNREADABLE_LAYER, view_text(""),
            "the tar archive is followed by other data, which unpackers do not see and which was not analysed", err);
    return true;
}

static bool visit_all(struct walk *walk, struct error *err)
{
    for (;;) {
        struct tar_entry entry;
        bool is_end = false;
        if (!tar_next(walk->tar, &entry, &is_end, err))
            return false;
        if (is_end)
            return read_behind_archive(walk, err);
        if (walk->totals.entries == walk->limits->entries_max)
            return reach_limit(walk, walk->limits->entries_max, "entries", err);
        walk->totals.entries++;
        if (!visit_entry(walk, &entry, err))
            return false;
        arena_reset(walk->arena);
    }
}

/* Tells the limit and the entries that were passed over; what was visited before stays. */
static bool report_gaps(struct walk *walk, struct error *err)
{
    if (walk->path_gaps > PATH_GAPS_MAX) {
        struct view reason = arena_format(walk->arena, "%llu more entries have names that cannot be handled",
            (unsigned long long)(walk->path_gaps - PATH_GAPS_MAX));
        if (!walk->visitor->gap(walk->visitor, GAP_UNREADABLE_FILE, view_text(""), reason.data, err))
            return false;
    }
    if (walk->is_limit_reached)
        return walk->visitor->gap(walk->visitor, GAP_LIMIT_REACHED, view_text(""), walk->limit.message, err);
    return true;
}

bool layer_walk(struct source *blob, const struct layer_limits *limits, struct layer_visitor *visitor,
    struct layer_totals *totals, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct walk walk = {
        .base = {&walk_type},
        .blob = {.base = {&counting_type}, .below = blob},
        .arena = arena,
        .limits = limits,
        .visitor = visitor,
    };
    walk.plain = source_decompress(&walk.blob.base);
    walk.tar = tar_reader_new(&walk.base);
    /* A limit stops the visitor's reads as well; that is no failure of the layer. */
    bool ok = (visit_all(&walk, err) || walk.is_limit_reached) && report_gaps(&walk, err);
    if (ok)
        *totals = walk.totals;
    tar_reader_free(walk.tar);
    source_close(walk.plain);
    return ok;
}
