/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/demo.h"

const struct demo_advisory demo_advisories[] = {
#define DEMO_ADVISORY(ecosystem, package, vulnerability, advisory, fixed, vector)                                      \
    {VIEW_LITERAL(ecosystem), VIEW_LITERAL(package), VIEW_LITERAL(vulnerability), VIEW_LITERAL(advisory),              \
        VIEW_LITERAL(fixed), VIEW_LITERAL(vector)},
#include "feed/demo_advisories.def"
#undef DEMO_ADVISORY
};
const size_t demo_advisory_count = sizeof(demo_advisories) / sizeof(demo_advisories[0]);

const struct view demo_ecosystems[] = {VIEW_LITERAL("Alpine"), VIEW_LITERAL("Debian")};
const size_t demo_ecosystem_count = sizeof(demo_ecosystems) / sizeof(demo_ecosystems[0]);

struct matches {
    struct lookup_match *items;
    size_t count;
    size_t capacity;
};

static void make_match(struct arena *arena, const struct demo_advisory *row, struct lookup_match *match)
{
    struct range_event *events = ARENA_ARRAY(arena, struct range_event, 2);
    events[0] = (struct range_event){EVENT_INTRODUCED, view_text("0")};
    events[1] = (struct range_event){EVENT_FIXED, row->fixed};
    struct range *range = ARENA_NEW(arena, struct range);
    *range = (struct range){RANGE_ECOSYSTEM, events, row->fixed.size == 0 ? 1 : 2};
    struct affected *affected = ARENA_NEW(arena, struct affected);
    *affected = (struct affected){.ecosystem = row->ecosystem, .name = row->package, .ranges = range, .range_count = 1};
    struct view *upstream = ARENA_NEW(arena, struct view);
    *upstream = row->vulnerability;
    struct severity_rating *rating = ARENA_NEW(arena, struct severity_rating);
    *rating = (struct severity_rating){.type = view_text("CVSS_V3"), .score = row->vector};
    *match = (struct lookup_match){
        .feed = DEMO_FEED,
        .advisory =
            {
                .id = row->advisory,
                .modified_ms = DEMO_DATE_MS,
                .upstream = upstream,
                .upstream_count = 1,
                .ratings = rating,
                .rating_count = 1,
                .affected = affected,
                .affected_count = 1,
            },
    };
}

static bool find(const struct lookup *lookup, struct arena *arena, struct view ecosystem, struct view name,
    struct lookup_match **matches, size_t *count, struct error *err)
{
    (void)err;
    struct matches found = {NULL, 0, 0};
    for (size_t i = 0; i < demo_advisory_count; i++) {
        const struct demo_advisory *row = &demo_advisories[i];
        if (lookup == demo_lookup_before() && row == demo_advisory_held_back())
            continue;
        if (view_equal(row->package, name) && view_equal(ecosystem_base(row->ecosystem), ecosystem_base(ecosystem)))
            make_match(arena, row, ARENA_PUSH(arena, &found));
    }
    *matches = found.items;
    *count = found.count;
    return true;
}

const struct lookup *demo_lookup(void)
{
    static const struct lookup lookup = {.find = find};
    return &lookup;
}

const struct lookup *demo_lookup_before(void)
{
    static const struct lookup lookup = {.find = find};
    return &lookup;
}

/* Every Debian 12 has zlib1g, which dpkg needs. */
const struct demo_advisory *demo_advisory_held_back(void)
{
    for (size_t i = 0; i < demo_advisory_count; i++) {
        if (view_is(demo_advisories[i].ecosystem, "Debian:12") && view_is(demo_advisories[i].package, "zlib"))
            return &demo_advisories[i];
    }
    return NULL;
}
