/* SPDX-License-Identifier: Apache-2.0 */
/* For fuzz targets of feeds: a sink that checks what any feed promises. */
#ifndef TESTS_FUZZ_FEED_SINK_H
#define TESTS_FUZZ_FEED_SINK_H

#include "tests/fuzz/fuzz.h"

#include "feed/feed.h"

static inline bool checked_advisory(struct feed_sink *sink, const struct advisory *advisory, struct error *err)
{
    (void)sink;
    (void)err;
    FUZZ_CHECK(advisory->id.size > 0 && view_is_utf8(advisory->id));
    for (size_t i = 0; i < advisory->affected_count; i++)
        FUZZ_CHECK(view_is_utf8(advisory->affected[i].name) && view_is_utf8(advisory->affected[i].ecosystem));
    return true;
}

static inline bool checked_facts(
    struct feed_sink *sink, struct view vulnerability, const struct vulnerability_facts *facts, struct error *err)
{
    (void)sink;
    (void)err;
    FUZZ_CHECK(view_starts_with(vulnerability, "CVE-") && view_is_utf8(vulnerability));
    FUZZ_CHECK(!facts->has_epss || (facts->epss_score >= 0 && facts->epss_score <= 1));
    FUZZ_CHECK(!facts->has_epss || (facts->epss_percentile >= 0 && facts->epss_percentile <= 1));
    FUZZ_CHECK(!facts->is_known_exploited || facts->kev_added_ms > 0);
    for (size_t i = 0; i < facts->rating_count; i++)
        FUZZ_CHECK(view_is_utf8(facts->ratings[i].type) && view_is_utf8(facts->ratings[i].score));
    for (size_t i = 0; i < facts->exploit_count; i++)
        FUZZ_CHECK(facts->exploits[i].reference.size > 0 && view_is_utf8(facts->exploits[i].reference));
    return true;
}

static inline bool checked_gap_of_feed(struct feed_sink *sink, struct view name, struct view reason, struct error *err)
{
    (void)sink;
    (void)name;
    (void)err;
    FUZZ_CHECK(reason.size > 0);
    return true;
}

static inline bool checked_listed(struct feed_sink *sink, struct view id, int64_t modified_ms, struct error *err)
{
    (void)modified_ms;
    (void)sink;
    (void)err;
    FUZZ_CHECK(id.size > 0);
    return true;
}

static const struct feed_sink checked_feed_sink = {
    .advisory = checked_advisory, .facts = checked_facts, .gap = checked_gap_of_feed, .listed = checked_listed};

#endif
