/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include "base/uuid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024 };

static bool read_descriptor(int descriptor, const char *path, struct buffer *content, struct error *err)
{
    for (;;) {
        size_t room = content->size_max - content->size;
        if (room == 0) {
            char extra;
            ssize_t more = read(descriptor, &extra, 1);
            if (more == 0)
                return true;
            return error_set(err, ERROR_LIMIT, "file \"%s\" is larger than %zu bytes", path, content->size_max);
        }
        size_t size = room < READ_SIZE ? room : READ_SIZE;
        ssize_t got = read(descriptor, buffer_reserve(content, size), size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(err, errno, "could not read file \"%s\"", path);
        if (got == 0)
            return true;
        buffer_advance(content, (size_t)got);
    }
}

bool file_read(const char *path, struct buffer *content, struct error *err)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not open file \"%s\"", path);
    bool is_read = read_descriptor(descriptor, path, content, err);
    close(descriptor);
    return is_read;
}

bool descriptor_write(int descriptor, struct view content)
{
    while (content.size > 0) {
        ssize_t written = write(descriptor, content.data, content.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        content = view_from(content, (size_t)written);
    }
    return true;
}

bool descriptor_map(int descriptor, uint64_t size, struct arena *arena, struct view *content, struct error *err)
{
    if (size == 0) {
        *content = view_text("");
        return true;
    }
    void *pages = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (pages == MAP_FAILED)
        return error_set_errno(err, errno, "could not map a file of %llu bytes", (unsigned long long)size);
    arena_adopt_mapping(arena, pages, size);
    *content = view_of(pages, size);
    return true;
}

bool file_map(const char *path, uint64_t size_max, struct arena *arena, struct view *content, struct error *err)
{
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not open file \"%s\"", path);
    bool is_mapped = false;
    if (fstat(descriptor, &status) != 0)
        error_set_errno(err, errno, "could not look at file \"%s\"", path);
    else if ((uint64_t)status.st_size > size_max)
        error_set(err, ERROR_LIMIT, "file \"%s\" is larger than %llu bytes", path, (unsigned long long)size_max);
    else
        is_mapped = descriptor_map(descriptor, (uint64_t)status.st_size, arena, content, err);
    close(descriptor);
    return is_mapped;
}

bool file_replace(const char *path, struct view content, struct error *err)
{
    char temporary[4096];
    struct uuid unique;
    uuid_new(&unique);
    if (snprintf(temporary, sizeof(temporary), "%s.%s.tmp", path, unique.text) >= (int)sizeof(temporary))
        return error_set(err, ERROR_LIMIT, "path \"%s\" is too long", path);
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not create file \"%s\"", temporary);
    bool is_written = descriptor_write(descriptor, content) && fsync(descriptor) == 0;
    int failure = errno;
    close(descriptor);
    if (is_written && rename(temporary, path) == 0)
        return true;
    if (is_written)
        failure = errno;
    unlink(temporary);
    return error_set_errno(err, failure, "could not write file \"%s\"", path);
}

bool directory_make(const char *path, struct error *err)
{
    char prefix[4096];
    if (snprintf(prefix, sizeof(prefix), "%s", path) >= (int)sizeof(prefix))
        return error_set(err, ERROR_LIMIT, "path \"%s\" is too long", path);
    for (char *slash = prefix + 1; *slash != '\0'; slash++) {
        if (*slash != '/')
            continue;
        *slash = '\0';
        if (mkdir(prefix, 0700) != 0 && errno != EEXIST)
            return error_set_errno(err, errno, "could not create folder \"%s\"", prefix);
        *slash = '/';
    }
    if (mkdir(prefix, 0700) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "could not create folder \"%s\"", prefix);
    return true;
}

bool directory_flush(const char *path, struct error *err)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not open folder \"%s\"", path);
    bool is_flushed = fsync(descriptor) == 0;
    int failure = errno;
    close(descriptor);
    return is_flushed || error_set_errno(err, failure, "could not flush folder \"%s\"", path);
}
