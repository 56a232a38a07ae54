/* SPDX-License-Identifier: Apache-2.0 */
/* The files that an image on disk consists of, by clean path: below a directory, or inside a tar. One thread. */
#ifndef LAYER_IMAGE_FILES_H
#define LAYER_IMAGE_FILES_H

#include "base/arena.h"
#include "sandbox/sandbox.h"
#include "stream/source.h"

struct image_files;

struct image_files_type {
    /* The content of a regular file, symlinks followed; its size too. ERROR_NOT_FOUND if there is none. The source must be
       closed before the files are. */
    bool (*open)(
        struct image_files *files, struct view path, struct source **content, uint64_t *size, struct error *err);
    void (*close)(struct image_files *files);
};

struct image_files {
    const struct image_files_type *type;
};

static inline bool MUST_CHECK image_files_open(
    struct image_files *files, struct view path, struct source **content, uint64_t *size, struct error *err)
{
    return files->type->open(files, path, content, size, err);
}

/* NULL is fine. */
static inline void image_files_close(struct image_files *files)
{
    if (files != NULL)
        files->type->close(files);
}

/* A whole file, into the arena. */
bool image_files_read(struct image_files *files, struct view path, size_t bytes_max, struct arena *arena,
    struct view *content, struct error *err) MUST_CHECK;

bool image_folder_open(const char *directory, struct image_files **files, struct error *err) MUST_CHECK;

/* Indexes the tar in the sandbox; what lies in it is then read by offset. */
bool image_archive_open(
    struct sandbox *sandbox, const char *file, struct image_files **files, struct error *err) MUST_CHECK;

/* What the indexing task sends for each member: u32 kind, u64 offset, u64 size, path, target of a link. */
enum archive_member_kind { ARCHIVE_FILE, ARCHIVE_SYMLINK, ARCHIVE_HARD_LINK, ARCHIVE_MEMBER_KIND_COUNT };
enum { ARCHIVE_FRAME_MEMBER = 1 };

/* Members of one archive. `docker save` of 50 images with 100 layers each writes some 15,000. */
#define ARCHIVE_MEMBERS_MAX 100000u

#endif
