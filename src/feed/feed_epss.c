/* SPDX-License-Identifier: Apache-2.0 */
/* The daily scores of EPSS (https://www.first.org/epss/data_stats): CSV, plain or compressed:

     #model_version:v2023.03.01,score_date:2023-08-28T00:00:00+0000
     cve,epss,percentile
     CVE-1999-0001,0.01167,0.83174

   Parts of it may lack the first line, or both. */
#include "base/clock.h"
#include "feed/feed.h"
#include "feed/lines.h"
#include "feed/unpacked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINES_MAX = 4 * 1000 * 1000,
    LINE_MAX_BYTES = 512,
    SHARE_TEXT_MAX = 32,
};
#define SCORES_BYTES_MAX (UINT64_C(256) << 20)
#define CONTENT_BYTES_MAX (UINT64_C(1) << 30)

struct scores {
    struct feed_sink *sink;
    int64_t date_ms; /* 0 = the file does not tell */
};

/* A decimal number from 0 to 1. */
static bool parse_share(struct view text, double *share)
{
    char copy[SHARE_TEXT_MAX];
    char *end;
    if (text.size == 0 || text.size >= sizeof(copy))
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    if (strspn(copy, "0123456789.eE+-") != text.size)
        return false;
    *share = strtod(copy, &end);
    return *end == '\0' && *share >= 0 && *share <= 1;
}

/* The date ends with "+0000", where RFC 3339 has "Z". */
static void read_comment(struct scores *scores, struct view line)
{
    enum { SECONDS_END = 19 };
    const struct view key = VIEW_LITERAL("score_date:");
    char text[TIME_TEXT_SIZE];
    struct error ignored;
    size_t at = view_find_text(line, key);
    if (at == line.size)
        return;
    struct view date = view_slice(view_from(line, at + key.size), 0, SECONDS_END);
    snprintf(text, sizeof(text), "%.*sZ", VIEW_PRINT(date));
    if (!time_parse(view_text(text), &scores->date_ms, &ignored))
        scores->date_ms = 0;
}

static bool read_score(void *context, struct view line, struct error *err)
{
    struct scores *scores = context;
    struct vulnerability_facts facts = {.has_epss = true};
    if (view_starts_with(line, "#"))
        read_comment(scores, line);
    if (line.size == 0 || line.data[0] == '#' || view_is(line, "cve,epss,percentile"))
        return true;
    struct view percentile = line;
    struct view id = view_cut(&percentile, ',');
    struct view score = view_cut(&percentile, ',');
    if (!view_starts_with(id, "CVE-") || !view_is_utf8(id))
        return error_set(err, ERROR_CORRUPT, "this is not \"cve,epss,percentile\"");
    facts.epss_date_ms = scores->date_ms;
    if (!parse_share(score, &facts.epss_score) || !parse_share(percentile, &facts.epss_percentile))
        return error_set(err, ERROR_CORRUPT, "score and percentile are not numbers from 0 to 1");
    return scores->sink->facts(scores->sink, id, &facts, err);
}

static bool read_scores(struct source *input, struct feed_sink *sink, struct error *err)
{
    struct scores scores = {.sink = sink};
    struct line_reading reading = {
        .lines_max = LINES_MAX,
        .line_bytes_max = LINE_MAX_BYTES,
        .ends_with_newline = true,
        .line = read_score,
        .context = &scores,
    };
    AUTO_SOURCE *content = unpacked(input, CONTENT_BYTES_MAX, "the scores");
    return lines_read(&reading, content, err);
}

const struct feed feed_epss = {
    .name = "epss",
    .address = "https://epss.empiricalsecurity.com",
    .is_about_vulnerabilities = true,
    .records = {.name = "epss_scores-current.csv.gz",
        .prefix = "epss_scores-",
        .bytes_max = SCORES_BYTES_MAX,
        .read = read_scores},
};
