/* SPDX-License-Identifier: Apache-2.0 */
/* Writes zip archives for tests: well-formed ones, and with the fields changed that a test names. */
#ifndef TESTS_UNIT_STREAM_ZIP_BUILDER_H
#define TESTS_UNIT_STREAM_ZIP_BUILDER_H

#include "base/buffer.h"

#include <stdint.h>

struct zip_member {
    const char *name;
    struct view content;
    bool is_deflated;
    bool has_descriptor; /* the local header has no sizes; they follow the data */
    bool is_zip64; /* the directory has its sizes and offset in the extra field */
    bool is_encrypted;
    /* Lies, if not 0. */
    const char *local_name;
    uint64_t claimed_size;
    uint32_t claimed_checksum;
    uint16_t claimed_method;
    uint32_t claimed_offset;
};

/* Appends an archive to `out`: offsets count from where it starts. The end record is a zip64 one if `has_end64`. */
void zip_build(struct buffer *out, const struct zip_member *members, size_t count, bool has_end64);

#endif
