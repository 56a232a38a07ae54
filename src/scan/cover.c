/* SPDX-License-Identifier: Apache-2.0 */
/* Which packages no feed speaks of. */
#include "scan/scan.h"

#include "base/map.h"

static const struct feed_state *feed_for(const struct feed_state *feeds, size_t count, struct view ecosystem)
{
    for (size_t i = 0; i < count && ecosystem.size > 0; i++) {
        if (view_equal(ecosystem_base(feeds[i].ecosystem), ecosystem_base(ecosystem)))
            return &feeds[i];
    }
    return NULL;
}

bool scan_is_covered(const struct feed_state *feeds, size_t feed_count, struct view ecosystem)
{
    return feed_for(feeds, feed_count, ecosystem) != NULL;
}

static bool has_release(const struct feed_state *feed, struct view ecosystem)
{
    for (size_t i = 0; i < feed->release_count; i++) {
        if (ecosystem_matches(feed->releases[i], ecosystem))
            return true;
    }
    return false;
}

/* Why the packages of an ecosystem cannot be matched; NULL if they can. */
static const char *explain_missing_cover(
    struct arena *arena, const struct feed_state *feeds, size_t count, struct view ecosystem, enum gap_kind *kind)
{
    if (ecosystem.size == 0) {
        *kind = GAP_UNKNOWN_DISTRIBUTION;
        return "no release file tells which distribution these packages belong to";
    }
    const struct feed_state *feed = feed_for(feeds, count, ecosystem);
    if (feed == NULL) {
        *kind = GAP_NO_FEED;
        struct view base = ecosystem_base(ecosystem);
        return arena_format(arena, "no advisories for %.*s; try: tidewaiter feed update --ecosystem \"%.*s\"",
            VIEW_PRINT(ecosystem), VIEW_PRINT(base))
            .data;
    }
    if (!has_release(feed, ecosystem)) {
        *kind = GAP_UNSUPPORTED_DISTRIBUTION;
        return arena_format(
            arena, "feed \"%.*s\" has no advisory for %.*s", VIEW_PRINT(feed->name), VIEW_PRINT(ecosystem))
            .data;
    }
    return NULL;
}

void scan_cover_gaps(struct arena *arena, const struct feed_state *feeds, size_t count, struct inventory *inventory)
{
    struct map seen;
    map_init(&seen, arena);
    for (size_t i = 0; i < inventory->package_count; i++) {
        struct view ecosystem = inventory->packages[i].package.ecosystem;
        enum gap_kind kind;
        if (inventory->packages[i].is_third_party || !map_set(&seen, ecosystem, inventory))
            continue; /* third-party packages belong to no distribution */
        const char *reason = explain_missing_cover(arena, feeds, count, ecosystem, &kind);
        if (reason != NULL)
            gap_add(arena, &inventory->gaps, kind, ecosystem, reason);
    }
}
