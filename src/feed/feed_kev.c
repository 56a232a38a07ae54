/* SPDX-License-Identifier: Apache-2.0 */
/* CISA's catalog of known exploited vulnerabilities (https://www.cisa.gov/known-exploited-vulnerabilities-catalog), in JSON. */
#include "base/clock.h"
#include "base/json.h"
#include "feed/feed.h"

#include <stdio.h>

enum {
    CATALOG_BYTES_MAX = 32 * 1024 * 1024, /* the real one has 1.5 MB */
    ENTRIES_MAX = 200 * 1000,
    TIME_TEXT_MAX = 40,
};

/* "2025-08-25", as its first moment. */
static bool parse_day(struct view day, int64_t *time_ms)
{
    struct error ignored;
    char text[TIME_TEXT_MAX];
    int size = snprintf(text, sizeof(text), "%.*sT00:00:00Z", VIEW_PRINT(day));
    return size > 0 && size < TIME_TEXT_MAX && time_parse(view_text(text), time_ms, &ignored);
}

static bool read_entry(struct json entry, struct feed_sink *sink, struct error *err)
{
    struct vulnerability_facts facts = {.is_known_exploited = true};
    struct view id = json_member_string(entry, "cveID");
    if (!view_starts_with(id, "CVE-"))
        return sink->gap(sink, id, view_text("the entry names no CVE"), err);
    if (!parse_day(json_member_string(entry, "dateAdded"), &facts.kev_added_ms) || facts.kev_added_ms <= 0)
        return sink->gap(sink, id, view_text("the day on which it was added cannot be read"), err);
    if (!parse_day(json_member_string(entry, "dueDate"), &facts.kev_due_ms))
        facts.kev_due_ms = 0;
    facts.is_used_by_ransomware = view_is(json_member_string(entry, "knownRansomwareCampaignUse"), "Known");
    return sink->facts(sink, id, &facts, err);
}

static bool read_catalog(struct source *input, struct feed_sink *sink, struct error *err)
{
    AUTO_BUFFER text;
    AUTO_JSON *document = json_document_new();
    struct json root;
    int64_t count;
    buffer_init(&text, CATALOG_BYTES_MAX);
    struct error why;
    if (!source_read_all(input, &text, "the catalog", err))
        return false;
    if (!json_parse(document, buffer_view(&text), CATALOG_BYTES_MAX, "the catalog", &root, &why))
        return error_set(err, ERROR_CORRUPT, "%s", why.message);
    struct json entries = json_member(root, "vulnerabilities");
    if (json_type(entries) != JSON_ARRAY)
        return error_set(err, ERROR_CORRUPT, "the catalog has no list \"vulnerabilities\"");
    if (json_count(entries) > ENTRIES_MAX)
        return error_set(err, ERROR_LIMIT, "the catalog has more than %d entries", ENTRIES_MAX);
    if (!json_integer(json_member(root, "count"), &count) || count < 0 || (size_t)count != json_count(entries))
        return error_set(err, ERROR_CORRUPT, "the catalog has %zu entries and counts others", json_count(entries));
    for (struct json_iterator i = json_each(entries); json_next(&i);) {
        if (!read_entry(i.value, sink, err))
            return false;
    }
    return true;
}

const struct feed feed_kev = {
    .name = "kev",
    .address = "https://www.cisa.gov/sites/default/files/feeds",
    .is_about_vulnerabilities = true,
    .records = {.name = "known_exploited_vulnerabilities.json", .bytes_max = CATALOG_BYTES_MAX, .read = read_catalog},
};
