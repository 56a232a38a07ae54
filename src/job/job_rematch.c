/* SPDX-License-Identifier: Apache-2.0 */
/* After a feed commit: packages whose findings are older than the current generation are matched again, batch by batch. */
#include "job/advisories.h"
#include "job/kind.h"
#include "store/results.h"

enum { BATCH = 1000 };

static bool match_batch(struct job_run *run, const struct advisories *advisories, struct arena *arena,
    const struct lagging_package *packages, size_t count, struct package_match *matches, struct error *err)
{
    int64_t now_ms = store_now_ms(run->surroundings->store);
    for (size_t i = 0; i < count; i++) {
        matches[i].id = packages[i].id;
        if (!cancel_check(run->cancel, err) ||
            !advisories_match(advisories, arena, &packages[i].package, now_ms, &matches[i].findings, err))
            return false;
    }
    return true;
}

static bool run_rematch(struct job_run *run, struct error *err)
{
    for (;;) {
        AUTO_ARENA *arena = arena_new();
        CLEANUP(advisories_done) struct advisories advisories = {0};
        struct lagging_package *packages;
        struct rematch_counts counts;
        size_t count;
        int64_t generation;
        if (!store_lagging_packages(run->surroundings->store, arena, BATCH, &packages, &count, &generation, err))
            return false;
        if (count == 0)
            return true;
        if (!advisories_open(run->surroundings, arena, &advisories, err))
            return false;
        if (advisories.generation != generation)
            return error_set(err, ERROR_CONFLICT, "the index is at generation %lld, the store at %lld",
                (long long)advisories.generation, (long long)generation);
        struct package_match *matches = ARENA_ARRAY(arena, struct package_match, count);
        if (!match_batch(run, &advisories, arena, packages, count, matches, err) ||
            !store_commit_rematch(run->surroundings->store, generation, matches, count, &counts, err))
            return false;
    }
}

const struct job_kind job_rematch = {"rematch", run_rematch, NULL};
