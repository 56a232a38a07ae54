/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/image_files.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct image_folder {
    struct image_files base;
    int directory;
};

/* Symlinks are followed, as build tools make layouts of them; what they lead to is used only if its digest fits. */
static bool image_folder_open_file(
    struct image_files *files, struct view path, struct source **content, uint64_t *size, struct error *err)
{
    struct image_folder *folder = (struct image_folder *)files;
    AUTO_ARENA *arena = arena_new();
    const char *name = arena_text(arena, path);
    /* Not to wait for a FIFO. */
    int file = openat(folder->directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0)
        return error_set_errno(err, errno, "could not open \"%s\"", name);
    struct stat about;
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
        close(file);
        return error_set(err, ERROR_INVALID, "\"%s\" is not a regular file", name);
    }
    *size = (uint64_t)about.st_size;
    *content = source_from_descriptor(file, true);
    return true;
}

static void image_folder_close(struct image_files *files)
{
    struct image_folder *folder = (struct image_folder *)files;
    close(folder->directory);
    free(folder);
}

static const struct image_files_type image_folder_type = {image_folder_open_file, image_folder_close};

bool image_folder_open(const char *directory, struct image_files **files, struct error *err)
{
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not open directory \"%s\"", directory);
    struct image_folder *folder = memory_alloc(sizeof(*folder));
    *folder = (struct image_folder){.base = {&image_folder_type}, .directory = descriptor};
    *files = &folder->base;
    return true;
}

bool image_files_read(struct image_files *files, struct view path, size_t bytes_max, struct arena *arena,
    struct view *content, struct error *err)
{
    struct source *opened = NULL;
    uint64_t size = 0;
    if (!image_files_open(files, path, &opened, &size, err))
        return false;
    AUTO_SOURCE *source = opened;
    AUTO_BUFFER bytes;
    buffer_init(&bytes, bytes_max);
    if (!source_read_all(source, &bytes, "file", err))
        return error_wrap(err, "\"%.*s\"", VIEW_PRINT(path));
    *content = arena_copy(arena, buffer_view(&bytes));
    return true;
}
