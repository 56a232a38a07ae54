/* SPDX-License-Identifier: Apache-2.0 */
/* Chainguard's security database. */
#include "feed/secdb.h"

static bool read_database(struct source *input, struct feed_sink *sink, struct error *err)
{
    return secdb_read(input, "Chainguard", sink, err);
}

const struct feed feed_chainguard = {
    .name = "chainguard",
    .address = "https://packages.cgr.dev/chainguard",
    .only_ecosystem = "Chainguard",
    .records = {.name = "security.json", .bytes_max = SECDB_BYTES_MAX, .read = read_database},
};
