/* SPDX-License-Identifier: Apache-2.0 */
/* The security databases of distributions that use apk: which version of a package fixed which vulnerabilities
   (https://secdb.alpinelinux.org). Makes no system call but reads. */
#ifndef FEED_SECDB_H
#define FEED_SECDB_H

#include "feed/feed.h"

#define SECDB_BYTES_MAX (18u * 1024 * 1024)

/* `ecosystem`: "Alpine", whose files name their release, or one without releases: "Wolfi". One advisory for each
   vulnerability of the file, about all its packages. */
bool secdb_read(struct source *input, const char *ecosystem, struct feed_sink *sink, struct error *err) MUST_CHECK;

#endif
