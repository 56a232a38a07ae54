/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that are made piece by piece and wanted as a whole: in memory while they are few, in a file without a name beyond
   that, which is mapped at the end. So a large result costs the disk and not the memory that it has a budget of; what the
   process leaves behind when it is killed is nothing. One thread at a time uses a spool. */
#ifndef BASE_SPOOL_H
#define BASE_SPOOL_H

#include "base/arena.h"
#include "base/buffer.h"

/* Bytes that stay in memory. */
#define SPOOL_MEMORY_BYTES (16u << 20)

struct spool {
    struct buffer bytes; /* append here, at most SPOOL_MEMORY_BYTES at once, then call spool_settle */
    const char *folder; /* of the file; borrowed; NULL: everything stays in memory */
    uint64_t size_max;
    uint64_t written; /* bytes that are in the file */
    int file; /* -1: there is none */
};

void spool_init(struct spool *spool, const char *folder, uint64_t size_max);

/* Moves what was appended into the file when there is much of it; ERROR_LIMIT above the maximum, `what` names the thing. */
bool spool_settle(struct spool *spool, const char *what, struct error *err) MUST_CHECK;

/* All bytes, which live as long as the arena; the spool is empty then. */
bool spool_take(struct spool *spool, struct arena *arena, struct view *bytes, struct error *err) MUST_CHECK;

/* Gives up what was not taken. */
void spool_done(struct spool *spool);

#define AUTO_SPOOL CLEANUP(spool_done) struct spool

#endif
