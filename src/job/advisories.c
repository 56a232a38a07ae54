/* SPDX-License-Identifier: Apache-2.0 */
#include "job/advisories.h"

#include "scan/feeds.h"

bool advisories_open(
    const struct job_surroundings *surroundings, struct arena *arena, struct advisories *advisories, struct error *err)
{
    if (surroundings->demo_lookup != NULL) {
        advisories->lookup = surroundings->demo_lookup;
        advisories->feeds = ARENA_ARRAY(arena, struct feed_state, surroundings->demo_feed_count);
        advisories->feed_count = surroundings->demo_feed_count;
        for (size_t i = 0; i < surroundings->demo_feed_count; i++)
            advisories->feeds[i] = surroundings->demo_feeds[i];
        advisories->generation = DEMO_GENERATION;
        return true;
    }
    if (!index_open(surroundings->index_folder, &advisories->index, err))
        return err->code == ERROR_NOT_FOUND;
    advisories->lookup = index_lookup(advisories->index);
    advisories->generation = (int64_t)index_number(advisories->index);
    feeds_of_index(arena, advisories->index, &advisories->feeds, &advisories->feed_count);
    return true;
}

void advisories_done(struct advisories *advisories)
{
    index_unref(advisories->index);
    *advisories = (struct advisories){0};
}

bool advisories_match(const struct advisories *advisories, struct arena *arena, const struct package *package,
    int64_t now_ms, struct finding_list *findings, struct error *err)
{
    *findings = (struct finding_list){0};
    if (package->version.size == 0 || !scan_is_covered(advisories->feeds, advisories->feed_count, package->ecosystem))
        return true;
    return match_package(arena, advisories->lookup, package, now_ms, findings, err);
}
