/* SPDX-License-Identifier: Apache-2.0 */
/* After a feed commit: what lags behind the current generation is asked again, batch by batch. */
#include "job/advisories.h"
#include "job/kind.h"
#include "store/results.h"

/* Each batch writes the counters of the images that it moves once. */
enum { BATCH = REMATCH_BATCH_MAX };

struct rematch {
    struct job_run *run;
    struct advisories advisories; /* opened once for as many batches as have its generation */
    struct arena *advisories_arena;
};

static void rematch_done(struct rematch *rematch)
{
    advisories_done(&rematch->advisories);
    arena_free(rematch->advisories_arena);
}

/* Makes sure that the index is at the store's generation. */
static bool follow(struct rematch *rematch, int64_t generation, struct error *err)
{
    if (rematch->advisories.lookup != NULL && rematch->advisories.generation == generation)
        return true;
    advisories_done(&rematch->advisories);
    arena_reset(rematch->advisories_arena);
    if (!advisories_open(rematch->run->surroundings, rematch->advisories_arena, &rematch->advisories, err))
        return false;
    return rematch->advisories.generation == generation ||
           error_set(err, ERROR_CONFLICT, "the index is at generation %lld, the store at %lld",
               (long long)rematch->advisories.generation, (long long)generation);
}

static bool match_batch(struct rematch *rematch, struct arena *arena, const struct lagging_package *packages,
    size_t count, struct package_match *matches, struct error *err)
{
    int64_t now_ms = store_now_ms(rematch->run->surroundings->store);
    for (size_t i = 0; i < count; i++) {
        if (!cancel_check(rematch->run->cancel, err) ||
            !advisories_match(&rematch->advisories, arena, &packages[i], now_ms, &matches[i], err))
            return false;
    }
    return true;
}

/* A generation that became current meanwhile is no failure: what lags is asked of that one. */
static bool is_overtaken(const struct error *err)
{
    return err->code == ERROR_CONFLICT;
}

static bool match_packages(struct rematch *rematch, size_t *count, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct store *store = rematch->run->surroundings->store;
    struct lagging_package *packages;
    struct rematch_counts counts;
    int64_t generation;
    if (!store_lagging_packages(store, arena, BATCH, &packages, count, &generation, err))
        return false;
    if (*count == 0)
        return true;
    struct package_match *matches = ARENA_ARRAY(arena, struct package_match, *count);
    return follow(rematch, generation, err) && match_batch(rematch, arena, packages, *count, matches, err) &&
           (store_commit_rematch(store, generation, matches, *count, &counts, err) || is_overtaken(err));
}

static bool ask_facts(struct rematch *rematch, size_t *count, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct store *store = rematch->run->surroundings->store;
    struct lagging_vulnerability *items;
    struct rematch_counts counts;
    int64_t generation;
    if (!store_lagging_vulnerabilities(store, arena, BATCH, &items, count, &generation, err))
        return false;
    if (*count == 0)
        return true;
    if (!follow(rematch, generation, err))
        return false;
    struct vulnerability_answer *answers = ARENA_ARRAY(arena, struct vulnerability_answer, *count);
    const struct lookup *lookup = rematch->advisories.lookup;
    for (size_t i = 0; i < *count; i++) {
        answers[i].id = items[i].id;
        if (!cancel_check(rematch->run->cancel, err) ||
            (lookup->facts != NULL && !lookup->facts(lookup, arena, items[i].name, &answers[i].facts, err)))
            return false;
    }
    return store_commit_facts(store, generation, answers, *count, &counts, err) || is_overtaken(err);
}

static bool run_rematch(struct job_run *run, struct error *err)
{
    CLEANUP(rematch_done) struct rematch rematch = {.run = run, .advisories_arena = arena_new()};
    size_t count;
    do {
        if (!ask_facts(&rematch, &count, err))
            return false;
    } while (count > 0);
    do {
        if (!match_packages(&rematch, &count, err))
            return false;
    } while (count > 0);
    return true;
}

const struct job_kind job_rematch = {"rematch", run_rematch, NULL};
