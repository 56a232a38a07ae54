/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side of image archives: names, offsets and links of a tar. */
#include "layer/input.h"

#include "base/pack.h"
#include "base/path.h"
#include "layer/image_files.h"
#include "stream/tar.h"

enum { PACKED_MAX = 64 + 2 * PATH_BYTES_MAX };

struct indexer {
    struct tar_reader *tar;
    struct frame_writer *out;
    struct arena *arena; /* of the member at hand */
    struct buffer packed;
};

/* Members that an image cannot consist of are left out: directories, devices, sparse files, names that are no paths. */
static bool index_member(struct indexer *indexer, const struct tar_entry *entry, struct error *err)
{
    struct error reason;
    struct view path, target = view_text("");
    enum archive_member_kind kind = ARCHIVE_FILE;
    if (!path_clean(indexer->arena, entry->name, &path, &reason) || path.size == 0)
        return true;
    if (entry->kind == TAR_HARD_LINK) {
        kind = ARCHIVE_HARD_LINK;
        if (!path_clean(indexer->arena, entry->target, &target, &reason))
            return true;
    } else if (entry->kind == TAR_SYMLINK) {
        kind = ARCHIVE_SYMLINK;
        target = entry->target;
        if (target.size > PATH_BYTES_MAX)
            return true;
    } else if (entry->kind != TAR_FILE || entry->is_sparse) {
        return true;
    }
    buffer_clear(&indexer->packed);
    buffer_append_u32(&indexer->packed, kind);
    buffer_append_u64(&indexer->packed, tar_position(indexer->tar));
    buffer_append_u64(&indexer->packed, entry->size);
    pack_text(&indexer->packed, path);
    pack_text(&indexer->packed, target);
    return buffer_check(&indexer->packed, "archive member", err) &&
           frame_write(indexer->out, ARCHIVE_FRAME_MEMBER, buffer_view(&indexer->packed), err);
}

static bool index_members(struct indexer *indexer, struct error *err)
{
    for (uint32_t count = 0;; count++) {
        struct tar_entry entry;
        bool is_end = false;
        if (!tar_next(indexer->tar, &entry, &is_end, err))
            return err->code == ERROR_INVALID && count == 0 ? error_wrap(err, "this is not a tar archive") : false;
        if (is_end)
            return true;
        if (count == ARCHIVE_MEMBERS_MAX)
            return error_set(err, ERROR_LIMIT, "the archive has more than %u members", ARCHIVE_MEMBERS_MAX);
        if (!index_member(indexer, &entry, err))
            return false;
        arena_reset(indexer->arena);
    }
}

static bool index_archive(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters;
    AUTO_ARENA *arena = arena_new();
    struct indexer indexer = {.tar = tar_reader_new(input), .out = out, .arena = arena};
    buffer_init(&indexer.packed, PACKED_MAX);
    bool is_indexed = index_members(&indexer, err);
    buffer_done(&indexer.packed);
    tar_reader_free(indexer.tar);
    return is_indexed;
}

const struct sandbox_task archive_task = {"archive", index_archive};
