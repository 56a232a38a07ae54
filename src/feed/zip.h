/* SPDX-License-Identifier: Apache-2.0 */
/* A zip file (APPNOTE 6.3.10) read front to back through libarchive's streaming reader, which believes the local headers.
   So that nothing is lost between them or at the end, the end-of-central-directory record (zip64 too) must name as many
   entries as came and stand where the directory that it describes ends. One thread; makes no system call but reads. */
#ifndef FEED_ZIP_H
#define FEED_ZIP_H

#include "base/error.h"
#include "base/view.h"
#include "stream/source.h"

#include <stdint.h>

struct zip_reading {
    uint64_t entries_max;
    size_t entry_bytes_max;
    uint64_t bytes_max; /* of all contents together */
    uint64_t ratio_max; /* contents against file, once there are 64 MiB of contents */

    /* For each file; folders are passed over. Content is valid during the call. */
    bool (*entry)(void *context, struct view name, struct view content, struct error *err);

    /* For each file above entry_bytes_max, instead. */
    bool (*too_large)(void *context, struct view name, struct error *err);
    void *context;
};

/* ERROR_CORRUPT if it is cut short or malformed, ERROR_LIMIT above a limit, or the error of the input or a callback. */
bool zip_read(const struct zip_reading *reading, struct source *input, struct error *err) MUST_CHECK;

#endif
