/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a feed as they were read, normalized: what a database of the index is built from again, here or on another
   machine. A file is one zstd stream of frames (feed_frames.h): u32 type, u32 length, payload, little-endian, behind a
   line that names the format. The same records in the same order make the same bytes. */
#ifndef FEED_KEPT_H
#define FEED_KEPT_H

#include "base/digest.h"
#include "feed/feed.h"

/* Of a file, and of what it unpacks to. */
#define KEPT_BYTES_MAX (UINT64_C(4) << 30)
#define KEPT_CONTENT_BYTES_MAX (UINT64_C(64) << 30)

struct kept_writer;

/* Replaces the file at `path`. */
bool kept_writer_new(const char *path, struct kept_writer **writer, struct error *err) MUST_CHECK;

/* What the records go into; lists of ids are not kept. Borrowed. */
struct feed_sink *kept_writer_sink(struct kept_writer *writer);

/* The file is on the disk; once. */
bool kept_writer_finish(
    struct kept_writer *writer, struct digest *digest, uint64_t *size, struct error *err) MUST_CHECK;

void kept_writer_free(struct kept_writer *writer); /* NULL is fine; the file stays */

/* A feed whose one file is such a file, for feed_read: it may come from another machine, so it is parsed as feeds are. It is
   in no table, and has no address. */
extern const struct feed feed_kept;

#endif
