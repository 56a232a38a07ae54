/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of an index folder, and who may write to it. */
#ifndef INDEX_FOLDER_H
#define INDEX_FOLDER_H

#include "base/buffer.h"
#include "base/error.h"

#define FOLDER_PATH_SIZE 4096

/* The path of a file in the folder. ERROR_LIMIT if it does not fit. */
bool folder_path(const char *folder, const char *name, char path[FOLDER_PATH_SIZE], struct error *err) MUST_CHECK;

/* Makes the folder and its subfolders where they are missing. */
bool folder_make(const char *folder, struct error *err) MUST_CHECK;

/* One writer at a time: ERROR_CONFLICT if another process has the lock. Closing the descriptor gives it back. */
bool folder_lock(const char *folder, int *lock, struct error *err) MUST_CHECK;

/* As file_read and file_replace, relative to the folder; what was written is on the disk under its name. */
bool folder_read(const char *folder, const char *name, struct buffer *content, struct error *err) MUST_CHECK;
bool folder_write(const char *folder, const char *name, struct view content, struct error *err) MUST_CHECK;

/* Calls `visit` with the name of each entry of a subfolder that does not begin with '.'. */
bool folder_each(const char *folder, const char *subfolder, void (*visit)(void *context, const char *name),
    void *context, struct error *err) MUST_CHECK;

/* Removing is tidiness: what cannot be removed now is tried again by the next builder. */
void folder_remove(const char *folder, const char *name);

#endif
