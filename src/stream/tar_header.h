/* SPDX-License-Identifier: Apache-2.0 */
/* One block of 512 bytes that stands before an entry of a tar archive: V7, POSIX.1-1988 (ustar), GNU and star. Where the
   formats leave room, it is read as Go's archive/tar does, with which containers are unpacked. Pure. */
#ifndef STREAM_TAR_HEADER_H
#define STREAM_TAR_HEADER_H

#include "base/error.h"
#include "base/view.h"

#include <stdint.h>

#define TAR_BLOCK_BYTES 512

/* Where GNU's own fields stand (tar.h of GNU tar, struct oldgnu_header). */
enum {
    TAR_GNU_SPARSE_AT = 386, /* four pairs of offset and length */
    TAR_GNU_SPARSE_COUNT = 4,
    TAR_GNU_EXTENDED_AT = 482, /* whether blocks with more pairs follow */
    TAR_GNU_REAL_SIZE_AT = 483,
    TAR_GNU_MORE_COUNT = 21, /* pairs of a following block; then the same byte as above */
    TAR_GNU_PAIR_BYTES = 24,
    TAR_NUMBER_BYTES = 12,
};

struct tar_header {
    bool is_gnu;
    char type;
    struct view prefix; /* empty, or what stands before the name and a slash */
    struct view name;
    struct view target; /* of links */
    int64_t size;
    uint32_t mode; /* permission bits */
};

/* `block` is not all zeros. Views point into it. ERROR_INVALID if the sum or a number is wrong. */
bool tar_header_read(const char block[TAR_BLOCK_BYTES], struct tar_header *header, struct error *err) MUST_CHECK;

/* The number in a field: octal digits, or GNU's base 256. */
bool tar_number(struct view field, int64_t *number);

/* The text before the first NUL. */
struct view tar_text(struct view field);

#endif
