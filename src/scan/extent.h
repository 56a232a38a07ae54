/* SPDX-License-Identifier: Apache-2.0 */
/* What of an image is counted, as its registry wants it. Layer records have everything, so one record serves every extent;
   inventories differ by it. */
#ifndef SCAN_EXTENT_H
#define SCAN_EXTENT_H

#include <stdbool.h>

struct scan_extent {
    bool without_applications; /* not what scan/applications.h drops */
    bool with_lock_files; /* also what lock files list */
};

static inline bool scan_extent_equal(const struct scan_extent *a, const struct scan_extent *b)
{
    return a->without_applications == b->without_applications && a->with_lock_files == b->with_lock_files;
}

#endif
