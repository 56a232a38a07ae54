/* SPDX-License-Identifier: Apache-2.0 */
/* Red Hat's VEX files (https://redhatproductsecurity.github.io/security-data-guidelines/csaf-vex): a CSAF document for each
   CVE, all of them in one archive csaf_vex_<date>.tar.zst, whose name archive_latest.txt tells. They say of each product and
   component what advisories do not: what is not fixed, why, and what was never affected. Security advisories in CSAF are
   read as well. changes.csv and deletions.csv tell what changed since. */
#include "base/clock.h"
#include "feed/csaf_advisories.h"
#include "feed/feed.h"
#include "feed/lines.h"
#include "feed/tar.h"
#include "feed/unpacked.h"

enum { DOCUMENTS_MAX = 1000 * 1000, LIST_LINE_MAX = 1024, CHANGES_MAX = 5000 };
#define LIST_BYTES_MAX (UINT64_C(256) << 20)
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

static bool read_single(struct source *input, struct feed_sink *sink, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct csaf_document document;
    AUTO_SOURCE *content = unpacked(input, CSAF_DOCUMENT_BYTES_MAX, "the document");
    return csaf_document_read(arena, content, &document, err) && csaf_advisories_write(arena, &document, sink, err);
}

/* Takes one quoted field off a line. */
static bool take_field(struct view *rest, struct view *field)
{
    if (rest->size < 2 || rest->data[0] != '"')
        return false;
    *rest = view_from(*rest, 1);
    size_t end = view_find(*rest, '"');
    *field = view_slice(*rest, 0, end);
    bool is_closed = end < rest->size;
    *rest = view_from(*rest, end + 1);
    if (rest->size > 0 && rest->data[0] == ',')
        *rest = view_from(*rest, 1);
    return is_closed;
}

/* "2024/cve-2024-2961.json","2024-08-20T17:24:27+00:00" */
static bool take_line(void *context, struct view line, struct error *err)
{
    struct feed_sink *sink = context;
    struct view name, time;
    int64_t modified_ms;
    if (line.size == 0)
        return true;
    if (!take_field(&line, &name) || !take_field(&line, &time) || name.size == 0 || !view_is_utf8(name))
        return error_set(err, ERROR_CORRUPT, "this is not a name and a time, each in quotes");
    return time_parse(time, &modified_ms, err) ? sink->listed(sink, name, modified_ms, err)
                                               : error_set(err, ERROR_CORRUPT, "this is no time");
}

static bool read_list(struct source *input, struct feed_sink *sink, struct error *err)
{
    struct line_reading reading = {
        .lines_max = DOCUMENTS_MAX, .line_bytes_max = LIST_LINE_MAX, .line = take_line, .context = sink};
    return lines_read(&reading, input, err);
}

/* "2024/cve-2024-2961.json" is about CVE-2024-2961. */
static bool name_change(struct arena *arena, struct view listed, struct view *id, struct view *name)
{
    struct view base =
        view_from(listed, view_find_last(listed, '/') < listed.size ? view_find_last(listed, '/') + 1 : 0);
    if (!view_ends_with(base, ".json") || listed.data[0] == '/')
        return false;
    for (size_t i = 0; i < listed.size; i++) {
        char byte = listed.data[i];
        bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '_' ||
                        byte == '/' || (byte == '.' && i + 1 < listed.size && listed.data[i + 1] != '.');
        if (!is_plain)
            return false;
    }
    *name = arena_copy(arena, listed);
    char *upper = arena_text(arena, view_slice(base, 0, base.size - strlen(".json")));
    for (char *byte = upper; *byte != '\0'; byte++)
        *byte = *byte >= 'a' && *byte <= 'z' ? (char)(*byte - 'a' + 'A') : *byte;
    *id = view_text(upper);
    return true;
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
    .changes = {.name = "changes.csv", .bytes_max = LIST_BYTES_MAX, .read = read_list},
    .changes_max = CHANGES_MAX,
    .deletions = {.name = "deletions.csv", .bytes_max = LIST_BYTES_MAX, .read = read_list},
    .record = {.name = "record.json", .bytes_max = CSAF_DOCUMENT_BYTES_MAX, .read = read_single},
    .name_change = name_change,
};
