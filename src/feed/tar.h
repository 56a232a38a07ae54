/* SPDX-License-Identifier: Apache-2.0 */
/* An archive of documents (stream/tar.h) that must have its end: each file is a source of its
   own while its callback runs. One thread; makes no system call but reads. */
#ifndef FEED_TAR_H
#define FEED_TAR_H

#include "stream/source.h"

#include <stdint.h>

struct tar_reading {
    uint64_t entries_max;

    /* For each regular file. `content` may be left unread, and is not closed; an error of it is an error of the archive, and
       false must be returned then. */
    bool (*entry)(void *context, struct view name, struct source *content, struct error *err);
    void *context;
};

/* ERROR_CORRUPT if the archive is cut short (its end is marked by two empty blocks) or malformed, ERROR_LIMIT, or the error of
   the input or the callback. `input` is unpacked already. */
bool tar_read(const struct tar_reading *reading, struct source *input, struct error *err) MUST_CHECK;

/* Whether reading the content of an entry failed: its error is then that of the archive, not of the document. */
bool tar_entry_has_failed(const struct source *content);

#endif
