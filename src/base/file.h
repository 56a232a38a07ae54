/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files of our own: read with a limit, written so that a crash leaves the old content or the new one. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"
#include "base/buffer.h"

/* Appends the content; ERROR_NOT_FOUND if there is none, ERROR_LIMIT above the buffer's maximum. */
bool file_read(const char *path, struct buffer *content, struct error *err) MUST_CHECK;

/* The content as pages of the file, which live as long as the arena and count as no memory of the process: for files that
   are only ever replaced as a whole. ERROR_NOT_FOUND if there is none, ERROR_LIMIT above `size_max` bytes. */
bool file_map(
    const char *path, uint64_t size_max, struct arena *arena, struct view *content, struct error *err) MUST_CHECK;

/* The first `size` bytes of an open file, likewise. */
bool descriptor_map(
    int descriptor, uint64_t size, struct arena *arena, struct view *content, struct error *err) MUST_CHECK;

/* Writes all of it; false with errno. */
bool descriptor_write(int descriptor, struct view content) MUST_CHECK;

/* Writes beside `path`, flushes to disk and renames over it; mode 0600. */
bool file_replace(const char *path, struct view content, struct error *err) MUST_CHECK;

/* Makes a directory and the missing ones above it, mode 0700; fine if it is there. */
bool directory_make(const char *path, struct error *err) MUST_CHECK;

/* Flushes a directory, so that renames in it survive a power cut. */
bool directory_flush(const char *path, struct error *err) MUST_CHECK;

#endif
