/* SPDX-License-Identifier: Apache-2.0 */
/* The yearly files of the National Vulnerability Database in the shape of its API 2.0 (https://nvd.nist.gov/vuln/data-feeds):
   CVSS vectors, dates, descriptions, and what was rejected or is disputed. */
#include "base/clock.h"
#include "feed/feed.h"
#include "feed/json_items.h"
#include "feed/unpacked.h"

#include <stdio.h>

enum {
    RECORDS_MAX = 500 * 1000, /* in one file */
    RECORD_BYTES_MAX = 16 * 1024 * 1024,
    RATINGS_MAX = 16,
    VECTOR_BYTES_MAX = 256,
    SUMMARY_BYTES_MAX = 500,
    TIME_TEXT_MAX = 40,
    FIRST_YEAR = 2002, /* older ones are in its file */
};
#define FILE_BYTES_MAX (UINT64_C(512) << 20)
#define CONTENT_BYTES_MAX (UINT64_C(8) << 30)

struct record {
    struct view id;
    struct vulnerability_facts facts;
    struct severity_rating ratings[RATINGS_MAX];
};

/* Its times have no zone and mean UTC. */
static int64_t read_time(struct view time)
{
    struct error ignored;
    char text[TIME_TEXT_MAX];
    int64_t time_ms = 0;
    bool has_zone = view_ends_with(time, "Z");
    int size = snprintf(text, sizeof(text), "%.*s%s", VIEW_PRINT(time), has_zone ? "" : "Z");
    return size < TIME_TEXT_MAX && time_parse(view_text(text), &time_ms, &ignored) ? time_ms : 0;
}

static void read_description(struct json cve, struct record *record)
{
    struct view text = {NULL, 0};
    for (struct json_iterator i = json_each(json_member(cve, "descriptions")); json_next(&i) && text.size == 0;) {
        if (view_is(json_member_string(i.value, "lang"), "en"))
            text = json_member_string(i.value, "value");
    }
    record->facts.is_rejected = view_is(json_member_string(cve, "vulnStatus"), "Rejected") ||
                                view_starts_with(text, "** REJECT **") || view_starts_with(text, "Rejected reason:");
    record->facts.is_disputed = view_starts_with(text, "** DISPUTED **");
    if (text.size > SUMMARY_BYTES_MAX) {
        text = view_slice(text, 0, SUMMARY_BYTES_MAX);
        while (text.size > 0 && !view_is_utf8(text))
            text.size--;
    }
    record->facts.summary = text;
}

/* [{"sourceIdentifier": …, "tags": ["disputed"]}] */
static void read_tags(struct json cve, struct record *record)
{
    for (struct json_iterator i = json_each(json_member(cve, "cveTags")); json_next(&i);) {
        for (struct json_iterator j = json_each(json_member(i.value, "tags")); json_next(&j);)
            record->facts.is_disputed |= view_is(json_string(j.value), "disputed");
    }
}

static void read_metrics(struct json metrics, const char *member, const char *type, struct record *record)
{
    for (struct json_iterator i = json_each(json_member(metrics, member)); json_next(&i);) {
        struct view vector = json_member_string(json_member(i.value, "cvssData"), "vectorString");
        if (vector.size == 0 || vector.size > VECTOR_BYTES_MAX || record->facts.rating_count == RATINGS_MAX)
            continue;
        record->ratings[record->facts.rating_count++] =
            (struct severity_rating){.type = view_text(type), .score = vector};
    }
}

static bool read_record(void *context, struct json item, struct error *err)
{
    struct feed_sink *sink = context;
    struct json cve = json_member(item, "cve");
    struct json metrics = json_member(cve, "metrics");
    struct record record = {.id = json_member_string(cve, "id")};
    if (!view_starts_with(record.id, "CVE-"))
        return sink->gap(sink, record.id, view_text("the record names no CVE"), err);
    record.facts.ratings = record.ratings;
    record.facts.published_ms = read_time(json_member_string(cve, "published"));
    read_description(cve, &record);
    read_tags(cve, &record);
    read_metrics(metrics, "cvssMetricV40", "CVSS_V4", &record);
    read_metrics(metrics, "cvssMetricV31", "CVSS_V3", &record);
    read_metrics(metrics, "cvssMetricV30", "CVSS_V3", &record);
    read_metrics(metrics, "cvssMetricV2", "CVSS_V2", &record);
    record.facts.modified_ms = read_time(json_member_string(cve, "lastModified"));
    return sink->facts(sink, record.id, &record.facts, err);
}

static bool read_records(struct source *input, struct feed_sink *sink, struct error *err)
{
    struct json_items_reading reading = {
        .name = "vulnerabilities",
        .items_max = RECORDS_MAX,
        .item_bytes_max = RECORD_BYTES_MAX,
        .item = read_record,
        .context = sink,
    };
    AUTO_SOURCE *content = unpacked(input, CONTENT_BYTES_MAX, "the records");
    return json_items_read(&reading, content, err);
}

const struct feed feed_nvd = {
    .name = "nvd",
    .address = "https://nvd.nist.gov/feeds/json/cve/2.0",
    .is_about_vulnerabilities = true,
    .records = {.name = "nvdcve-2.0-YEAR.json.gz",
        .prefix = "nvdcve-2.0-",
        .first_year = FIRST_YEAR,
        .bytes_max = FILE_BYTES_MAX,
        .read = read_records},
};
