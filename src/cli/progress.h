/* SPDX-License-Identifier: Apache-2.0 */
/* Progress of a scan on a terminal: one line on stderr that is overwritten; nothing if stderr is no terminal. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "scan/scan.h"

struct progress {
    struct scan_progress progress;
    bool is_shown;
    size_t layer;
    size_t layer_count;
    uint64_t bytes;
    int64_t started_ms;
    int64_t printed_ms;
};

void progress_init(struct progress *progress);

/* Clears the line. */
void progress_done(struct progress *progress);

#endif
