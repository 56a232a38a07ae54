/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of documents as the archive that is made of it, so that one child reads all of them: its JSON files and those of its
   subfolders, by name. Symlinks are not followed. One thread. */
#ifndef FEED_FOLDER_TAR_H
#define FEED_FOLDER_TAR_H

#include "base/arena.h"
#include "stream/source.h"

#include <stdint.h>

enum { FOLDER_FILES_MAX = 1000 * 1000 };

/* `*source` is NULL if there are none. `*date_ms`: when the newest was written. ERROR_LIMIT for too many. */
bool folder_tar_open(const char *folder, struct source **source, int64_t *date_ms, struct error *err) MUST_CHECK;

#endif
