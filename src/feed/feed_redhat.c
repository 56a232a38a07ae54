/* SPDX-License-Identifier: Apache-2.0 */
/* Red Hat's VEX files (https://redhatproductsecurity.github.io/security-data-guidelines/csaf-vex): a CSAF document for each
   CVE, all of them in one archive csaf_vex_<date>.tar.zst, whose name archive_latest.txt tells. They say of each product and
   component what advisories do not: what is not fixed, why, and what was never affected. Security advisories in CSAF are
   read as well. */
#include "feed/csaf_advisories.h"
#include "feed/feed.h"
#include "feed/tar.h"
#include "feed/unpacked.h"

enum { DOCUMENTS_MAX = 1000 * 1000 };
#define ARCHIVE_BYTES_MAX (UINT64_C(8) << 30)
#define CONTENT_BYTES_MAX (UINT64_C(256) << 30)

static bool read_document(void *context, struct view name, struct source *content, struct error *err)
{
    struct feed_sink *sink = context;
    struct error reason;
    if (!view_ends_with(name, ".json"))
        return true; /* the lists that the archive has as well: index.txt, changes.csv */
    AUTO_ARENA *arena = arena_new();
    struct csaf_document document;
    AUTO_SOURCE *limited = source_limit(content, CSAF_DOCUMENT_BYTES_MAX, "the document");
    if (csaf_document_read(arena, limited, &document, &reason))
        return csaf_advisories_write(arena, &document, sink, err);
    if (tar_entry_has_failed(content)) {
        *err = reason;
        return false;
    }
    return sink->gap(sink, name, view_text(reason.message), err);
}

static bool read_archive(struct source *input, struct feed_sink *sink, struct error *err)
{
    struct tar_reading reading = {.entries_max = DOCUMENTS_MAX, .entry = read_document, .context = sink};
    AUTO_SOURCE *content = unpacked(input, CONTENT_BYTES_MAX, "the archive");
    return tar_read(&reading, content, err);
}

const struct feed feed_redhat = {
    .name = "redhat",
    .address = "https://security.access.redhat.com/data/csaf/v2/vex",
    .only_ecosystem = "Red Hat",
    .records = {.name = "csaf_vex.tar.zst",
        .prefix = "csaf_vex_",
        .latest = "archive_latest.txt",
        .bytes_max = ARCHIVE_BYTES_MAX,
        .read = read_archive},
};
