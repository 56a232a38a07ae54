/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side of image archives: names, offsets and links of a tar. */
#include "layer/input.h"

#include "base/memory.h"
#include "base/pack.h"
#include "base/path.h"
#include "layer/image_files.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 128 * 1024, PACKED_MAX = 64 + 2 * PATH_BYTES_MAX };

struct indexer {
    struct source *input;
    struct frame_writer *out;
    struct archive *archive;
    struct arena *arena; /* of the member at hand */
    struct buffer packed;
    bool has_input_failed;
    struct error err; /* why */
    char block[BLOCK_BYTES];
};

static la_ssize_t read_block(struct archive *archive, void *context, const void **bytes)
{
    struct indexer *indexer = context;
    size_t got = 0;
    if (!source_read(indexer->input, indexer->block, sizeof(indexer->block), &got, &indexer->err)) {
        indexer->has_input_failed = true;
        archive_set_error(archive, EIO, "%s", indexer->err.message);
        return -1;
    }
    *bytes = indexer->block;
    return (la_ssize_t)got;
}

/* Members that an image cannot consist of are left out: directories, devices, sparse files, names that are no paths. */
static bool index_member(struct indexer *indexer, struct archive_entry *entry, struct error *err)
{
    struct error reason;
    struct view path, target = view_text("");
    enum archive_member_kind kind = ARCHIVE_FILE;
    if (!path_clean(indexer->arena, view_text(archive_entry_pathname(entry)), &path, &reason) || path.size == 0)
        return true;
    if (archive_entry_hardlink(entry) != NULL) {
        kind = ARCHIVE_HARD_LINK;
        if (!path_clean(indexer->arena, view_text(archive_entry_hardlink(entry)), &target, &reason))
            return true;
    } else if (archive_entry_filetype(entry) == AE_IFLNK) {
        kind = ARCHIVE_SYMLINK;
        target = view_text(archive_entry_symlink(entry));
        if (target.size > PATH_BYTES_MAX)
            return true;
    } else if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_sparse_count(entry) > 0) {
        return true;
    }
    buffer_clear(&indexer->packed);
    buffer_append_u32(&indexer->packed, kind);
    buffer_append_u64(&indexer->packed, (uint64_t)archive_filter_bytes(indexer->archive, 0));
    buffer_append_u64(&indexer->packed, archive_entry_size(entry) > 0 ? (uint64_t)archive_entry_size(entry) : 0);
    pack_text(&indexer->packed, path);
    pack_text(&indexer->packed, target);
    return buffer_check(&indexer->packed, "archive member", err) &&
           frame_write(indexer->out, ARCHIVE_FRAME_MEMBER, buffer_view(&indexer->packed), err);
}

static bool index_members(struct indexer *indexer, struct error *err)
{
    for (uint32_t count = 0;; count++) {
        struct archive_entry *entry = NULL;
        int result = archive_read_next_header(indexer->archive, &entry);
        if (result == ARCHIVE_EOF)
            return true;
        if (indexer->has_input_failed) {
            *err = indexer->err;
            return false;
        }
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
            return error_set(err, ERROR_INVALID, "this is not a tar archive, or it is damaged after %u members: %s",
                count, archive_error_string(indexer->archive));
        if (count == ARCHIVE_MEMBERS_MAX)
            return error_set(err, ERROR_LIMIT, "the archive has more than %u members", ARCHIVE_MEMBERS_MAX);
        if (!index_member(indexer, entry, err))
            return false;
        arena_reset(indexer->arena);
    }
}

static bool index_archive(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters;
    struct indexer *indexer = memory_alloc(sizeof(*indexer));
    *indexer = (struct indexer){.input = input, .out = out, .archive = archive_read_new(), .arena = arena_new()};
    buffer_init(&indexer->packed, PACKED_MAX);
    bool ok = archive_read_support_format_tar(indexer->archive) == ARCHIVE_OK;
    if (!ok)
        error_set(err, ERROR_IO, "could not set up the tar reader");
    /* A failure to open shows again at the first header. */
    else if (archive_read_open(indexer->archive, indexer, NULL, read_block, NULL) != ARCHIVE_OK)
        ok = indexer->has_input_failed ? (*err = indexer->err, false)
                                       : error_set(err, ERROR_INVALID, "this is not a tar archive");
    else
        ok = index_members(indexer, err);
    archive_read_free(indexer->archive);
    buffer_done(&indexer->packed);
    arena_free(indexer->arena);
    free(indexer);
    return ok;
}

const struct sandbox_task archive_task = {"archive", index_archive};
