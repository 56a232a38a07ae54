/* SPDX-License-Identifier: Apache-2.0 */
/* The write-ahead log beside a SQLite database ("-wal", https://sqlite.org/fileformat2.html, section 4): pages that were
   committed and not yet written back. They stand instead of the file's own. */
#ifndef PACKAGE_SQLITE_LOG_H
#define PACKAGE_SQLITE_LOG_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/view.h"

struct sqlite_log {
    struct view content;
    uint32_t page_size;
    uint32_t page_count; /* of the database after the last commit; 0 = nothing was committed */
    struct buffer places; /* by page: where in the log its last version is, u32; 0 = the file's own stands */
};

/* Finds the committed pages. A log that SQLite would not look at is one without commits: too short, with another magic or a
   wrong checksum. Frames count up to the first one that does not follow from the one before. `page_count_max` is what all
   files can hold; ERROR_LIMIT if the log claims more, ERROR_INVALID for pages of another size than the database's. To be closed
   also after a failure. */
bool sqlite_log_open(struct view content, uint32_t page_size, uint32_t page_count_max, struct sqlite_log *log,
    struct error *err) MUST_CHECK;
void sqlite_log_close(struct sqlite_log *log);

/* The last committed version of a page; empty if the log has none. */
struct view sqlite_log_page(const struct sqlite_log *log, uint32_t number);

#endif
