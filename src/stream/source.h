/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of bytes that is read front to back: a file, a decompressor over another source, a limit, a running digest.
   Sources stack: tar over limit over gzip over digest over http. Each kind is one file and embeds `struct source` as its
   first member; callers use source_read and source_close only. One thread per stack. Closing a source closes the source
   below it, unless its constructor says otherwise. */
#ifndef STREAM_SOURCE_H
#define STREAM_SOURCE_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/cancel.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct source;

struct source_type {
    /* For error messages: "gzip". */
    const char *name;

    /* Puts 1 to `size` bytes into `bytes` and their number into `*got`; 0 means the end, and stays so. `size` > 0.
       After a failure the source is only good for closing. Truncated input is an error, never a quiet end. */
    bool (*read)(struct source *source, void *bytes, size_t size, size_t *got, struct error *err);

    /* Releases the source and what it owns. */
    void (*close)(struct source *source);
};

struct source {
    const struct source_type *type;
};

static inline bool MUST_CHECK source_read(
    struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    return source->type->read(source, bytes, size, got, err);
}

/* NULL is fine. */
static inline void source_close(struct source *source)
{
    if (source != NULL)
        source->type->close(source);
}

static inline void source_cleanup(struct source **source)
{
    source_close(*source);
}
#define AUTO_SOURCE CLEANUP(source_cleanup) struct source

/* Appends everything up to the end; ERROR_LIMIT if it does not fit into the buffer's maximum. */
bool source_read_all(struct source *source, struct buffer *buffer, const char *what, struct error *err) MUST_CHECK;

/* Reads and drops everything up to the end. */
bool source_drain(struct source *source, struct error *err) MUST_CHECK;

/* Borrowed bytes; they must outlive the source. */
struct source *source_from_memory(struct view content);

/* A file descriptor, read from its current position; closed with the source if `owns`. */
struct source *source_from_descriptor(int descriptor, bool owns);

/* A range of a file, by pread, so that several sources may share one descriptor; the descriptor is not closed. */
struct source *source_from_range(int descriptor, uint64_t offset, uint64_t size);

/* gzip by ISA-L: all members of a multi-member file (RFC 1952 §2.2), checksums verified, trailing zero bytes ignored,
   other trailing bytes an error. */
struct source *source_gzip(struct source *below);

/* zstd (RFC 8878): all frames, skippable frames passed over; a window above 2^25 bytes is ERROR_LIMIT. The same however the
   input comes in parts. */
struct source *source_zstd(struct source *below);

/* Looks at the first bytes and puts the right decompressor on top: gzip, zstd or none. The media type plays no part.
   bzip2 and xz are ERROR_UNSUPPORTED with the name of the format. */
struct source *source_decompress(struct source *below);

/* bzip2 or xz by libarchive; xz may need as much memory as its dictionary has (64 MiB at most with its own presets). Layers do
   not come in these, feeds do. */
struct source *source_bzip2_xz(struct source *below);

/* As source_decompress, and bzip2 and xz too. */
struct source *source_decompress_all(struct source *below);

/* ERROR_LIMIT as soon as more than `bytes_max` bytes came; `what` (a constant) names the thing. */
struct source *source_limit(struct source *below, uint64_t bytes_max, const char *what);

/* Hashes what passes. At the end of the stream the digest must equal `expected` and, unless `size` is UINT64_MAX, the
   number of bytes must equal `size`; more bytes than `size` fail at once. ERROR_CORRUPT otherwise. */
struct digest;
struct source *source_verify(struct source *below, const struct digest *expected, uint64_t size);

/* Fails with ERROR_CANCELLED once `cancel` was requested. */
struct source *source_cancellable(struct source *below, const struct cancel *cancel);

#endif
