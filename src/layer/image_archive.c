/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/image_files.h"

#include "base/map.h"
#include "base/memory.h"
#include "base/pack.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 10 };

struct archive_member {
    enum archive_member_kind kind;
    uint64_t offset;
    uint64_t size;
    struct view target;
};

struct image_archive {
    struct image_files base;
    int file;
    uint64_t size;
    struct arena *arena;
    struct map members;
    uint32_t frames; /* that the child sent */
};

static bool image_archive_open_file(
    struct image_files *files, struct view path, struct source **content, uint64_t *size, struct error *err)
{
    struct image_archive *archive = (struct image_archive *)files;
    AUTO_ARENA *scratch = arena_new();
    struct view at = path;
    for (int links = 0; links <= LINKS_MAX; links++) {
        const struct archive_member *member = map_get(&archive->members, at);
        if (member == NULL)
            return error_set(err, ERROR_NOT_FOUND, "the archive has no file \"%.*s\"", VIEW_PRINT(path));
        switch (member->kind) {
        case ARCHIVE_FILE:
            *size = member->size;
            *content = source_from_range(archive->file, member->offset, member->size);
            return true;
        case ARCHIVE_HARD_LINK:
            at = member->target;
            break;
        case ARCHIVE_SYMLINK:
            if (!path_resolve_link(scratch, at, member->target, &at, err))
                return false;
            break;
        case ARCHIVE_MEMBER_KIND_COUNT:
            return error_set(err, ERROR_INVALID, "\"%.*s\" is not a file", VIEW_PRINT(path));
        }
    }
    return error_set(err, ERROR_INVALID, "\"%.*s\" leads through more than %d links", VIEW_PRINT(path), LINKS_MAX);
}

static void image_archive_close(struct image_files *files)
{
    struct image_archive *archive = (struct image_archive *)files;
    close(archive->file);
    arena_free(archive->arena);
    free(archive);
}

static const struct image_files_type image_archive_type = {image_archive_open_file, image_archive_close};

/* A frame from the child, which read a stranger's archive: nothing in it is believed. */
static bool take_member(void *context, uint32_t type, struct view payload, struct error *err)
{
    struct image_archive *archive = context;
    struct unpack unpack = unpack_begin(payload);
    uint32_t kind = unpack_u32(&unpack);
    struct archive_member found = {.offset = unpack_u64(&unpack), .size = unpack_u64(&unpack)};
    struct view path = unpack_text(&unpack);
    found.target = unpack_text(&unpack);
    struct view clean;
    if (type != ARCHIVE_FRAME_MEMBER || !unpack_is_done(&unpack) || kind >= ARCHIVE_MEMBER_KIND_COUNT ||
        archive->frames >= ARCHIVE_MEMBERS_MAX || !path_clean(archive->arena, path, &clean, err) ||
        found.target.size > PATH_BYTES_MAX)
        return error_set(err, ERROR_CRASHED, "the sandboxed process sent a damaged index of the archive");
    archive->frames++;
    found.kind = (enum archive_member_kind)kind;
    if (found.kind == ARCHIVE_FILE && (found.offset > archive->size || found.size > archive->size - found.offset))
        return error_set(err, ERROR_CORRUPT, "the archive ends inside its file \"%.*s\"", VIEW_PRINT(path));
    found.target = arena_copy(archive->arena, found.target);
    struct archive_member *member = ARENA_NEW(archive->arena, struct archive_member);
    *member = found;
    /* The last one of a name counts. */
    map_set(&archive->members, arena_copy(archive->arena, clean), member);
    return true;
}

/* A compressed archive would have to be unpacked to disk. */
static bool refuse_compressed(int file, const char *name, struct error *err)
{
    static const struct {
        struct view magic;
        const char *format;
        const char *command;
    } formats[] = {
        {VIEW_LITERAL("\x1f\x8b"), "gzip", "gzip -d"},
        {VIEW_LITERAL("\x28\xb5\x2f\xfd"), "zstd", "zstd -d"},
        {VIEW_LITERAL("BZh"), "bzip2", "bzip2 -d"},
        {VIEW_LITERAL("\xfd"
                      "7zXZ"),
            "xz", "xz -d"},
    };
    char start[8];
    ssize_t got = pread(file, start, sizeof(start), 0);
    if (got < 0)
        return error_set_errno(err, errno, "could not read archive \"%s\"", name);
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct view magic = formats[i].magic;
        if ((size_t)got >= magic.size && memcmp(start, magic.data, magic.size) == 0)
            return error_set(err, ERROR_UNSUPPORTED,
                "archive \"%s\" is compressed with %s, and its parts cannot be read in place; decompress it first: "
                "%s < %s > image.tar",
                name, formats[i].format, formats[i].command, name);
    }
    return true;
}

static bool open_file(const char *name, int *file, uint64_t *size, struct error *err)
{
    int opened = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (opened < 0)
        return error_set_errno(err, errno, "could not open archive \"%s\"", name);
    struct stat about;
    bool ok = fstat(opened, &about) == 0 && S_ISREG(about.st_mode);
    if (!ok)
        error_set(err, ERROR_INVALID,
            "archive \"%s\" is not a regular file: its parts are read in place, which a pipe does not allow", name);
    if (!ok || !refuse_compressed(opened, name, err)) {
        close(opened);
        return false;
    }
    *file = opened;
    *size = (uint64_t)about.st_size;
    return true;
}

bool image_archive_open(struct sandbox *sandbox, const char *file, struct image_files **files, struct error *err)
{
    int opened = -1;
    uint64_t size = 0;
    if (!open_file(file, &opened, &size, err))
        return false;
    struct image_archive *archive = memory_alloc(sizeof(*archive));
    *archive =
        (struct image_archive){.base = {&image_archive_type}, .file = opened, .size = size, .arena = arena_new()};
    map_init(&archive->members, archive->arena);
    AUTO_SOURCE *input = source_from_range(opened, 0, size);
    const struct sandbox_run run = {.task = "archive", .input = input, .frame = take_member, .context = archive};
    if (!sandbox_run(sandbox, &run, err)) {
        image_archive_close(&archive->base);
        return error_wrap(err, "archive \"%s\"", file);
    }
    *files = &archive->base;
    return true;
}
