/* SPDX-License-Identifier: Apache-2.0 */
/* The bucket of osv.dev (https://google.github.io/osv.dev/data/): <ecosystem>/all.zip with one JSON file a record,
   <ecosystem>/modified_id.csv with "modified,id" lines, and ecosystems.txt. */
#include "base/clock.h"
#include "base/json.h"
#include "feed/feed.h"
#include "feed/lines.h"
#include "feed/osv_record.h"
#include "feed/zip.h"
#include "http/url.h"

enum {
    RECORDS_MAX = 2 * 1000 * 1000,
    RECORD_BYTES_MAX = 4 * 1024 * 1024,
    ZIP_RATIO_MAX = 100, /* real ones have 2 to 10 */
    LIST_LINES_MAX = 4 * 1000 * 1000,
    LIST_LINE_MAX = 1024, /* bytes */
    CHANGES_MAX = 1000,
};
#define ZIP_BYTES_MAX (UINT64_C(8) << 30)
#define CONTENT_BYTES_MAX (UINT64_C(64) << 30)
#define LIST_BYTES_MAX (UINT64_C(512) << 20)

struct records {
    struct feed_sink *sink;
    struct arena *arena; /* of one record */
    struct json_document *document;
};

static struct view id_of_file(struct view name)
{
    return view_ends_with(name, ".json") ? view_slice(name, 0, name.size - 5) : name;
}

static bool read_record(void *context, struct view name, struct view content, struct error *err)
{
    struct records *records = context;
    struct feed_sink *sink = records->sink;
    struct error reason;
    struct json root;
    struct advisory advisory;
    arena_reset(records->arena);
    if (!view_ends_with(name, ".json"))
        return sink->gap(sink, name, view_text("this is not a JSON file"), err);
    if (json_parse(records->document, content, RECORD_BYTES_MAX, "the record", &root, &reason) &&
        osv_record_parse(records->arena, root, &advisory, &reason))
        return sink->advisory(sink, &advisory, err);
    return sink->gap(sink, id_of_file(name), view_text(reason.message), err);
}

static bool note_large_record(void *context, struct view name, struct error *err)
{
    struct records *records = context;
    return records->sink->gap(records->sink, id_of_file(name), view_text("the record is larger than 4 MiB"), err);
}

static bool read_zip(struct source *input, struct feed_sink *sink, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct records records = {.sink = sink, .arena = arena, .document = document};
    struct zip_reading reading = {
        .entries_max = RECORDS_MAX,
        .entry_bytes_max = RECORD_BYTES_MAX,
        .bytes_max = CONTENT_BYTES_MAX,
        .ratio_max = ZIP_RATIO_MAX,
        .entry = read_record,
        .too_large = note_large_record,
        .context = &records,
    };
    return zip_read(&reading, input, err);
}

/* "2026-08-21T00:00:00Z,DSA-6458-1"; the list of the whole bucket has "Debian/DSA-6458-1". Times
   need no more than the looks of one (some lists end them with "ZZ"): what cannot be read as one is not told. */
static bool read_line(struct view line, struct feed_sink *sink, struct error *err)
{
    struct error ignored;
    struct view id = line;
    int64_t modified_ms;
    struct view modified = view_cut(&id, ',');
    int64_t year;
    if (modified.size < 5 || modified.data[4] != '-' || !view_to_integer(view_slice(modified, 0, 4), &year))
        return error_set(err, ERROR_INVALID, "this is not \"time,id\"");
    if (view_find_last(id, '/') < id.size)
        id = view_from(id, view_find_last(id, '/') + 1);
    if (id.size == 0 || !view_is_utf8(id))
        return error_set(err, ERROR_INVALID, "there is no id");
    if (!time_parse(modified, &modified_ms, &ignored))
        modified_ms = 0;
    return sink->listed(sink, id, modified_ms, err);
}

static bool take_line(void *context, struct view line, struct error *err)
{
    return line.size == 0 || read_line(line, context, err);
}

static bool read_list(struct source *input, struct feed_sink *sink, struct error *err)
{
    struct line_reading reading = {
        .lines_max = LIST_LINES_MAX, .line_bytes_max = LIST_LINE_MAX, .line = take_line, .context = sink};
    return lines_read(&reading, input, err);
}

/* <ecosystem>/<id>.json */
static bool read_single(struct source *input, struct feed_sink *sink, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    AUTO_BUFFER content;
    struct json root;
    struct advisory advisory;
    buffer_init(&content, RECORD_BYTES_MAX);
    return source_read_all(input, &content, "the record", err) &&
           json_parse(document, buffer_view(&content), RECORD_BYTES_MAX, "the record", &root, err) &&
           osv_record_parse(arena, root, &advisory, err) && sink->advisory(sink, &advisory, err);
}

static bool name_change(struct arena *arena, struct view listed, struct view *id, struct view *name)
{
    AUTO_BUFFER file;
    buffer_init(&file, 4 * LIST_LINE_MAX);
    url_append_encoded(&file, listed, "");
    buffer_append_text(&file, ".json");
    *id = arena_copy(arena, listed);
    *name = arena_copy(arena, buffer_view(&file));
    return listed.size > 0 && !file.is_full;
}

const struct feed feed_osv = {
    .name = "osv",
    .address = "https://osv-vulnerabilities.storage.googleapis.com",
    .records = {.name = "all.zip", .bytes_max = ZIP_BYTES_MAX, .read = read_zip},
    .list = {.name = "modified_id.csv", .bytes_max = LIST_BYTES_MAX, .read = read_list},
    .changes = {.name = "modified_id.csv", .bytes_max = LIST_BYTES_MAX, .read = read_list},
    .changes_name_all = true,
    .changes_max = CHANGES_MAX,
    .record = {.name = "record.json", .bytes_max = RECORD_BYTES_MAX, .read = read_single},
    .name_change = name_change,
    .ecosystems = "ecosystems.txt",
};
