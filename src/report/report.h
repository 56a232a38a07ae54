/* SPDX-License-Identifier: Apache-2.0 */
/* Renders scans for people or programs. One file report_<name>.c and one row in reports.def make a format. Pure: writes
   into a buffer. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "scan/scan.h"

/* Largest report, in bytes. */
#define REPORT_BYTES_MAX (512u << 20)

struct report {
    struct view reference; /* as the user named the image */
    bool is_directory; /* no manifest: digest, config and layers do not exist */
    const struct scan_image *image;
    bool has_findings; /* false: inventory only */
    const struct feed_state *feeds;
    size_t feed_count;
    const struct gate *gate;
    const struct verdict_result *verdict; /* NULL: inventory only */
    size_t missing_platforms; /* children of the index that the registry lacks */
    bool is_colored; /* table: use terminal colours */
};

struct report_format {
    const char *name;
    void (*write)(const struct report *reports, size_t count, struct buffer *out);
    bool needs_findings; /* it is about findings and a verdict: an inventory alone would look clean in it */
};

/* NULL if there is no such format. */
const struct report_format *report_format_named(struct view name);

#endif
