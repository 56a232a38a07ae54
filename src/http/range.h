/* SPDX-License-Identifier: Apache-2.0 */
/* Content-Range: which part of a thing an answer with status 206 holds (RFC 9110 §14.4). Pure. */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include "base/view.h"

#include <stdint.h>

struct content_range {
    uint64_t first;
    uint64_t last;
    uint64_t size; /* of the whole; UINT64_MAX: "*" */
};

/* "bytes 7-9/10" or "bytes 7-9/\*"; false for anything else, and for ranges that end before they begin or behind the end. */
bool content_range_read(struct view value, struct content_range *range);

/* "bytes *\/10", which an answer with status 416 has: how large the thing is. False for anything else. */
bool content_range_read_size(struct view value, uint64_t *size);

#endif
