/* SPDX-License-Identifier: Apache-2.0 */
/* A zip archive in memory (PKWARE APPNOTE 6.3): its central directory is walked, each local header is checked against it, and
   single entries are read. Bytes in front of the first entry (a launch script) and behind the end record are allowed;
   zip64 and data descriptors are understood. Nothing is believed: offsets, sizes and checksums are checked, and entries
   that share bytes are refused, since only bombs have them. Borrows the content; one thread; no system call. */
#ifndef STREAM_ZIP_ARCHIVE_H
#define STREAM_ZIP_ARCHIVE_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/view.h"

#include <stdint.h>

/* How many times its compressed size an entry may have, looked at above the first MiB. */
#define ZIP_RATIO_MAX 200

struct zip_archive {
    struct view content;
    struct view directory; /* the central directory */
    uint64_t base; /* where offsets count from: bytes in front of the archive */
    uint64_t entry_count; /* as the end record has it, checked */
};

struct zip_entry {
    struct view name; /* as written, any bytes; directories end with '/' */
    uint64_t size; /* decompressed, as the directory claims */
    uint64_t compressed_size;
    uint64_t offset; /* of the local header in the content */
    uint32_t checksum;
    uint16_t method;
    uint16_t flags;
};

/* Finds the central directory and checks that all its entries lie in front of it, one behind the other. ERROR_INVALID if it
   is no zip archive, ERROR_CORRUPT if its structure is damaged, ERROR_LIMIT above `entries_max` entries. */
bool zip_archive_open(struct view content, uint64_t entries_max, struct zip_archive *zip, struct error *err) MUST_CHECK;

/* Walks the central directory: `rest` starts as zip->directory; false at its end. */
bool zip_archive_next(const struct zip_archive *zip, struct view *rest, struct zip_entry *entry);

/* The bytes of an entry: of a stored one a view of the archive, of a deflated one in `buffer`, which is cleared first and
   whose maximum is the limit. ERROR_LIMIT above it or above ZIP_RATIO_MAX, ERROR_UNSUPPORTED for encryption and other
   methods, ERROR_CORRUPT if the local header, the size or the checksum differs. */
bool zip_archive_read(const struct zip_archive *zip, const struct zip_entry *entry, struct buffer *buffer,
    struct view *bytes, struct error *err) MUST_CHECK;

#endif
