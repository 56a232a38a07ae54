/* SPDX-License-Identifier: Apache-2.0 */
/* Wolfi's security database. */
#include "feed/secdb.h"

static bool read_database(struct source *input, struct feed_sink *sink, struct error *err)
{
    return secdb_read(input, "Wolfi", sink, err);
}

const struct feed feed_wolfi = {
    .name = "wolfi",
    .address = "https://packages.wolfi.dev/os",
    .only_ecosystem = "Wolfi",
    .records = {.name = "security.json", .bytes_max = SECDB_BYTES_MAX, .read = read_database},
};
