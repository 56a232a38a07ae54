/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a PAX extended header (POSIX.1-2001, pax, "pax Extended Header") that tell where an entry goes and how
   large it is, GNU's for sparse files included (GNU tar manual, "PAX 0" and "PAX 1"). An empty value is as if not there. */
#ifndef STREAM_TAR_RECORDS_H
#define STREAM_TAR_RECORDS_H

#include "base/buffer.h"
#include "base/error.h"

/* Values point into what was read; of several records of one key, the last one counts. */
struct tar_records {
    struct view path;
    struct view target;
    struct view size;
    struct view sparse_major;
    struct view sparse_minor;
    struct view sparse_name;
    struct view sparse_size; /* GNU.sparse.size */
    struct view sparse_real_size;
    struct view sparse_count;
    struct view sparse_map; /* offsets and lengths, separated by commas */
};

/* `pairs` takes the map of files in format 0.0, which has a record for each number; it must live as long as the records.
   ERROR_INVALID for what is no record. */
bool tar_records_read(
    struct view text, struct buffer *pairs, struct tar_records *records, struct error *err) MUST_CHECK;

#endif
