/* SPDX-License-Identifier: Apache-2.0 */
/* What the reader and the writer of a database agree on besides database.h. */
#ifndef INDEX_FORMAT_H
#define INDEX_FORMAT_H

#include "base/view.h"

#include <isa-l/crc64.h>

#define FORMAT_NAME "tidewaiter advisory database"
enum { FORMAT_VERSION = 2 };

#define FORMAT_KEY_HEADER "h"
#define FORMAT_KEY_GAPS "g"
#define FORMAT_KEY_ID "i\0" /* 2 bytes, then the id */
#define FORMAT_KEY_FACTS "v\0" /* 2 bytes, then the id of the vulnerability */
#define FORMAT_KEY_NAME "n\0" /* 2 bytes, then ecosystem, NUL, package name as ecosystem_package_name spells it */

/* CRC-64: over 10 GB/s with ISA-L, so that a process can afford it where SHA-256 would cost too much. */
static inline uint64_t format_checksum(struct view content)
{
    return crc64_ecma_refl(0, (const unsigned char *)content.data, content.size);
}

#endif
