/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/folder_tar.h"

#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAR_BLOCK = 512, NAME_BYTES_MAX = 99, END_BYTES = 2 * TAR_BLOCK };

struct folder_tar {
    struct source source; /* first */
    struct arena *arena;
    struct view folder;
    struct names {
        struct view *items;
        size_t count;
        size_t capacity;
    } names;
    size_t next; /* name that is opened next */
    int file; /* that is open; negative = none */
    uint64_t content_left;
    size_t zeros_left; /* behind a content, or at the end */
    char header[TAR_BLOCK];
    size_t header_left;
    int64_t date_ms;
};

static int compare_names(const void *left, const void *right)
{
    return view_compare(*(const struct view *)left, *(const struct view *)right);
}

/* Files of the folder below `prefix`, which is empty or ends with '/'; of the top also of its folders. */
static bool list(struct folder_tar *tar, struct view prefix, struct error *err)
{
    struct view path = arena_format(tar->arena, "%.*s/%.*s", VIEW_PRINT(tar->folder), VIEW_PRINT(prefix));
    DIR *directory = opendir(path.data);
    bool is_listed = directory != NULL;
    if (!is_listed)
        return error_set_errno(err, errno, "could not open the folder \"%s\"", path.data);
    for (struct dirent *entry; is_listed && (entry = readdir(directory)) != NULL;) {
        struct stat status;
        struct view name = arena_format(tar->arena, "%.*s%s", VIEW_PRINT(prefix), entry->d_name);
        if (entry->d_name[0] == '.' || fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISDIR(status.st_mode) && prefix.size == 0) {
            is_listed = list(tar, arena_format(tar->arena, "%.*s/", VIEW_PRINT(name)), err);
        } else if (S_ISREG(status.st_mode) && view_ends_with(name, ".json") && name.size <= NAME_BYTES_MAX) {
            if (tar->names.count == FOLDER_FILES_MAX)
                is_listed = error_set(
                    err, ERROR_LIMIT, "the folder \"%s\" has more than %d files", tar->folder.data, FOLDER_FILES_MAX);
            else
                *(struct view *)ARENA_PUSH(tar->arena, &tar->names) = name;
            if ((int64_t)status.st_mtime * 1000 > tar->date_ms)
                tar->date_ms = (int64_t)status.st_mtime * 1000;
        }
    }
    closedir(directory);
    return is_listed;
}

/* POSIX.1-1988 ustar; sizes of 8 GiB and more do not fit, and no document has them. */
static bool write_header(struct folder_tar *tar, struct view name, uint64_t size, struct error *err)
{
    unsigned sum = 0;
    memset(tar->header, 0, sizeof(tar->header));
    if (size >= UINT64_C(1) << 33)
        return error_set(err, ERROR_LIMIT, "the file \"%.*s\" is larger than 8 GiB", VIEW_PRINT(name));
    memcpy(tar->header, name.data, name.size);
    snprintf(tar->header + 100, 8, "%07o", 0644u);
    snprintf(tar->header + 108, 8, "%07o", 0u);
    snprintf(tar->header + 116, 8, "%07o", 0u);
    snprintf(tar->header + 124, 12, "%011" PRIo64, size);
    snprintf(tar->header + 136, 12, "%011o", 0u);
    memset(tar->header + 148, ' ', 8);
    tar->header[156] = '0';
    snprintf(tar->header + 257, 6, "ustar");
    tar->header[263] = tar->header[264] = '0';
    for (size_t i = 0; i < sizeof(tar->header); i++)
        sum += (unsigned char)tar->header[i];
    snprintf(tar->header + 148, 8, "%06o", sum);
    tar->header_left = sizeof(tar->header);
    return true;
}

static bool open_next(struct folder_tar *tar, struct error *err)
{
    struct stat status;
    struct view name = tar->names.items[tar->next++];
    struct view path = arena_format(tar->arena, "%.*s/%.*s", VIEW_PRINT(tar->folder), VIEW_PRINT(name));
    tar->file = open(path.data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (tar->file < 0 || fstat(tar->file, &status) != 0)
        return error_set_errno(err, errno, "could not open \"%s\"", path.data);
    tar->content_left = (uint64_t)status.st_size;
    tar->zeros_left = (size_t)(-tar->content_left % TAR_BLOCK);
    if (tar->next == tar->names.count)
        tar->zeros_left += END_BYTES;
    return write_header(tar, name, tar->content_left, err);
}

static bool read_content(struct folder_tar *tar, void *bytes, size_t size, size_t *got, struct error *err)
{
    ssize_t count = read(tar->file, bytes, size < tar->content_left ? size : (size_t)tar->content_left);
    if (count < 0)
        return error_set_errno(err, errno, "could not read the folder \"%s\"", tar->folder.data);
    if (count == 0)
        return error_set(
            err, ERROR_CORRUPT, "a file of the folder \"%s\" became shorter while it was read", tar->folder.data);
    tar->content_left -= (uint64_t)count;
    *got = (size_t)count;
    return true;
}

static bool folder_tar_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct folder_tar *tar = (struct folder_tar *)source;
    *got = 0;
    if (tar->header_left == 0 && tar->content_left == 0 && tar->zeros_left == 0) {
        if (tar->file >= 0)
            close(tar->file);
        tar->file = -1;
        if (tar->next == tar->names.count)
            return true;
        if (!open_next(tar, err))
            return false;
    }
    if (tar->header_left > 0) {
        *got = size < tar->header_left ? size : tar->header_left;
        memcpy(bytes, tar->header + sizeof(tar->header) - tar->header_left, *got);
        tar->header_left -= *got;
        return true;
    }
    if (tar->content_left > 0)
        return read_content(tar, bytes, size, got, err);
    *got = size < tar->zeros_left ? size : tar->zeros_left;
    memset(bytes, 0, *got);
    tar->zeros_left -= *got;
    return true;
}

static void folder_tar_close(struct source *source)
{
    struct folder_tar *tar = (struct folder_tar *)source;
    if (tar->file >= 0)
        close(tar->file);
    arena_free(tar->arena);
    free(tar);
}

bool folder_tar_open(const char *folder, struct source **source, int64_t *date_ms, struct error *err)
{
    static const struct source_type type = {"folder of documents", folder_tar_read, folder_tar_close};
    struct folder_tar *tar = memory_alloc(sizeof(*tar));
    *tar = (struct folder_tar){.source = {&type}, .arena = arena_new(), .file = -1};
    tar->folder = arena_format(tar->arena, "%s", folder);
    bool is_listed = list(tar, view_text(""), err);
    bool has_files = is_listed && tar->names.count > 0;
    *source = has_files ? &tar->source : NULL;
    *date_ms = tar->date_ms;
    if (has_files)
        qsort(tar->names.items, tar->names.count, sizeof(tar->names.items[0]), compare_names);
    else
        folder_tar_close(&tar->source);
    return is_listed;
}
