/* SPDX-License-Identifier: Apache-2.0 */
/* Walks one layer blob: decompression by its first bytes, tar, whiteouts told apart (OCI
   image spec 1.1, layer.md "Whiteouts"), paths cleaned. Runs in the sandboxed child: it makes no system call but memory
   and the reads of its source. Nothing is kept between entries. */
#ifndef LAYER_WALK_H
#define LAYER_WALK_H

#include "base/error.h"
#include "layer/gap.h"
#include "stream/source.h"

#include <stdint.h>

enum layer_entry_kind { LAYER_FILE, LAYER_DIRECTORY, LAYER_SYMLINK, LAYER_HARD_LINK, LAYER_OTHER };

struct layer_entry {
    enum layer_entry_kind kind;
    struct view path; /* clean; valid during the call */
    struct view target; /* symlinks: as written; hard links: clean path */
    uint64_t size; /* bytes of a file */
    uint32_t mode;
};

struct layer_limits {
    uint64_t entries_max; /* default 5,000,000 */
    uint64_t bytes_max; /* decompressed; default 50 GiB */
    uint64_t ratio_max; /* decompressed : compressed, looked at after the first 100 MiB; default 200 */
};
#define LAYER_LIMITS_DEFAULT                                                                                           \
    ((struct layer_limits){.entries_max = 5000000, .bytes_max = UINT64_C(50) << 30, .ratio_max = 200})

/* Called by the walk, in the order of the archive. A false return with `err` ends the walk with that error. */
struct layer_visitor {
    /* Any entry that is not a whiteout. `content` gives the bytes of a file and may be left unread; it is not closed by
       the visitor. */
    bool (*entry)(
        struct layer_visitor *visitor, const struct layer_entry *entry, struct source *content, struct error *err);
    /* `path` (or everything below it) of lower layers is hidden. */
    bool (*whiteout)(struct layer_visitor *visitor, struct view path, struct error *err);
    /* All that lower layers have below `directory` is hidden. */
    bool (*opaque)(struct layer_visitor *visitor, struct view directory, struct error *err);
    /* Something was passed over. */
    bool (*gap)(
        struct layer_visitor *visitor, enum gap_kind kind, struct view path, const char *reason, struct error *err);
};

struct layer_totals {
    uint64_t entries;
    uint64_t bytes; /* decompressed */
};

/* Reads `blob` (not closed here) to its end, also behind the end of the archive. A reached limit is a GAP_LIMIT_REACHED to the
   visitor and ends the walk with success; the rest of the blob is then drained undecoded by the caller, who owns the
   digest. Broken archives and streams are errors. */
bool layer_walk(struct source *blob, const struct layer_limits *limits, struct layer_visitor *visitor,
    struct layer_totals *totals, struct error *err) MUST_CHECK;

#endif
