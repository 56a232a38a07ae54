/* SPDX-License-Identifier: Apache-2.0 */
#include "job/advisories.h"

#include "scan/feeds.h"
#include "scan/suppress.h"

static bool is_same_state(const struct advisories *advisories, const struct feed_state *feeds, size_t count)
{
    if (advisories->feed_count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (advisories->feeds[i].checked_ms > feeds[i].checked_ms)
            return false;
    }
    return true;
}

bool advisories_set_generation(struct store *store, struct arena *arena, const struct index_generation *index,
    const struct feed_state *feeds, size_t feed_count, struct error *err)
{
    struct index_delta delta;
    bool is_known = false;
    struct generation_new given = {.number = (int64_t)index_number(index),
        .digest = *index_digest(index),
        .feeds = feeds,
        .feed_count = feed_count};
    if (!store_read_generation(store, &given.since, err))
        return false;
    if (given.since.number > 0)
        index_delta_since(index, (uint64_t)given.since.number, &given.since.digest, arena, &delta, &is_known);
    given.delta = is_known ? &delta : NULL;
    return store_set_generation(store, &given, err);
}

/* Tells the store of a generation that it has not heard of, and of checks that found nothing new. */
static bool publish(struct store *store, struct arena *arena, const struct advisories *advisories, struct error *err)
{
    struct feed_state *feeds;
    size_t count;
    int64_t current;
    struct generation_state state;
    if (!store_current_generation(store, arena, &current, &feeds, &count, err) ||
        !store_read_generation(store, &state, err))
        return false;
    bool is_known =
        advisories->generation < current ||
        (advisories->generation == current && state.matcher == MATCHER_VERSION &&
            digest_equal(&state.digest, index_digest(advisories->index)) && is_same_state(advisories, feeds, count));
    return is_known ||
           advisories_set_generation(store, arena, advisories->index, advisories->feeds, advisories->feed_count, err) ||
           err->code == ERROR_CONFLICT; /* another process has put a later one in force meanwhile */
}

bool advisories_open(
    const struct job_surroundings *surroundings, struct arena *arena, struct advisories *advisories, struct error *err)
{
    if (surroundings->demo_lookup != NULL) {
        advisories->lookup = surroundings->demo_lookup;
        advisories->feeds = ARENA_ARRAY(arena, struct feed_state, surroundings->demo_feed_count);
        advisories->feed_count = surroundings->demo_feed_count;
        for (size_t i = 0; i < surroundings->demo_feed_count; i++)
            advisories->feeds[i] = surroundings->demo_feeds[i];
        advisories->generation = surroundings->demo_generation;
        return true;
    }
    if (!index_open(surroundings->index_folder, &advisories->index, err))
        return err->code == ERROR_NOT_FOUND;
    advisories->lookup = index_lookup(advisories->index);
    advisories->generation = (int64_t)index_number(advisories->index);
    feeds_of_index(arena, advisories->index, &advisories->feeds, &advisories->feed_count);
    return publish(surroundings->store, arena, advisories, err);
}

bool advisories_announce(const struct job_surroundings *surroundings, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    CLEANUP(advisories_done) struct advisories advisories = {0};
    return surroundings->demo_lookup != NULL || advisories_open(surroundings, arena, &advisories, err);
}

void advisories_done(struct advisories *advisories)
{
    index_unref(advisories->index);
    *advisories = (struct advisories){0};
}

bool advisories_match(const struct advisories *advisories, struct arena *arena, const struct lagging_package *lagging,
    int64_t now_ms, struct package_answer *answer, struct error *err)
{
    const struct package *package = &lagging->package;
    bool is_suppressed = false;
    *answer = (struct package_answer){0};
    if (package->version.size == 0 || !scan_is_covered(advisories->feeds, advisories->feed_count, package->ecosystem))
        return true;
    if (!match_package(arena, advisories->lookup, package, now_ms, &answer->findings, err) ||
        (lagging->owner != NULL && answer->findings.count > 0 &&
            !scan_owner_decides(advisories->lookup, arena, lagging->owner, &is_suppressed, err)))
        return false;
    if (is_suppressed) {
        answer->suppressed = answer->findings;
        answer->findings.count = 0;
    }
    return true;
}
