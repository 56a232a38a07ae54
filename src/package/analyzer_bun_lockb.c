/* SPDX-License-Identifier: Apache-2.0 */
/* bun.lockb, the binary lock file of bun before 1.2: a dump of its memory, whose layout is not documented and changed between
   releases. It is not read, which is told. */
#include "package/listing.h"

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("bun.lockb"));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    (void)err;
    if (content.size > 0)
        analysis->gap(analysis, GAP_UNREADABLE_FILE,
            "bun's binary lock file is not read; `bun install --save-text-lockfile` writes bun.lock, which is");
    return true;
}

const struct analyzer analyzer_bun_lockb = {
    .name = "bun_lockb",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
