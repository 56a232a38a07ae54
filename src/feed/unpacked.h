/* SPDX-License-Identifier: Apache-2.0 */
/* The content of a file that may be compressed. */
#ifndef FEED_UNPACKED_H
#define FEED_UNPACKED_H

#include "stream/source.h"

/* Of gzip, zstd, bzip2, xz or plain bytes, whatever they are called; ERROR_LIMIT above `bytes_max`. The input is not closed with it. */
struct source *unpacked(struct source *input, uint64_t bytes_max, const char *what);

#endif
