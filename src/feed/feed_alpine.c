/* SPDX-License-Identifier: Apache-2.0 */
/* Alpine's security database. */
#include "feed/secdb.h"

/* 3.10 is the oldest release that has both. */
static const char *const repositories[] = {"main", "community", NULL};

static bool read_database(struct source *input, struct feed_sink *sink, struct error *err)
{
    return secdb_read(input, "Alpine", sink, err);
}

const struct feed feed_alpine = {
    .name = "alpine",
    .address = "https://secdb.alpinelinux.org",
    .only_ecosystem = "Alpine",
    .records = {.name = "v3.NUMBER/PART.json",
        .parts = repositories,
        .first_number = 10,
        .bytes_max = SECDB_BYTES_MAX,
        .read = read_database},
};
