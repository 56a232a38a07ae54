/* SPDX-License-Identifier: Apache-2.0 */
/* After a feed commit: what lags behind the current generation is asked again, batch by batch. */
#include "base/fault.h"
#include "job/advisories.h"
#include "job/kind.h"
#include "store/results.h"

/* Packages are read page by page; those whose answer is the stored one wait with little memory until so many others have come, or
   all are asked: each commit writes the counters of the images that it moves once. */
enum { PAGE = 2000, VULNERABILITIES = REMATCH_BATCH_MAX, CHANGED_MAX = 20000, PACKAGES_MAX = 1000000 };

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

/* What goes into one commit. */
struct batch {
    struct arena *arena;
    struct package_match *items;
    size_t count;
    size_t capacity;
    size_t changed; /* with an answer that is not the stored one */
    int64_t generation;
};

/* Answers outlive the page that the packages were read into. */
static bool keep_answer(struct rematch *rematch, struct batch *batch, const struct lagging_package *lagging,
    int64_t now_ms, const struct package_answer **answer, struct error *err)
{
    struct lagging_package copy = *lagging;
    struct package_answer *kept = ARENA_NEW(batch->arena, struct package_answer);
    copy.package = package_copy(batch->arena, &lagging->package);
    if (lagging->owner != NULL) {
        struct package *owner = ARENA_NEW(batch->arena, struct package);
        *owner = package_copy(batch->arena, lagging->owner);
        copy.owner = owner;
    }
    *answer = kept;
    batch->changed++;
    return advisories_match(&rematch->advisories, batch->arena, &copy, now_ms, kept, err);
}

static bool match_page(struct rematch *rematch, struct batch *batch, const struct lagging_package *packages,
    size_t count, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    int64_t now_ms = store_now_ms(rematch->run->surroundings->store);
    for (size_t i = 0; i < count; i++) {
        struct package_answer answer;
        struct package_match match = {.id = packages[i].id};
        arena_reset(scratch);
        if (!cancel_check(rematch->run->cancel, err) ||
            !advisories_match(&rematch->advisories, scratch, &packages[i], now_ms, &answer, err))
            return false;
        match.fingerprint = package_answer_fingerprint(&answer);
        bool is_same = match.fingerprint == packages[i].fingerprint && packages[i].cause != LAG_RULE;
        if (!is_same && !keep_answer(rematch, batch, &packages[i], now_ms, &match.answer, err))
            return false;
        *(struct package_match *)ARENA_PUSH(batch->arena, batch) = match;
    }
    return true;
}

static bool fill_batch(struct rematch *rematch, struct batch *batch, struct error *err)
{
    AUTO_ARENA *page = arena_new();
    int64_t after = 0;
    while (batch->changed < CHANGED_MAX && batch->count < PACKAGES_MAX) {
        struct lagging_package *packages;
        size_t count;
        int64_t generation;
        arena_reset(page);
        if (!store_lagging_packages(
                rematch->run->surroundings->store, page, after, PAGE, &packages, &count, &generation, err))
            return false;
        if (count == 0 || (batch->count > 0 && generation != batch->generation))
            return true;
        batch->generation = generation;
        if (!follow(rematch, generation, err) || !match_page(rematch, batch, packages, count, err))
            return false;
        after = packages[count - 1].id;
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
    struct batch batch = {.arena = arena};
    struct rematch_counts counts;
    if (!fill_batch(rematch, &batch, err))
        return false;
    *count = batch.count;
    if (batch.count > 0)
        fault_point(FAULT_REMATCH_BEFORE_COMMIT);
    return batch.count == 0 ||
           store_commit_rematch(
               rematch->run->surroundings->store, batch.generation, batch.items, batch.count, &counts, err) ||
           is_overtaken(err);
}

static bool ask_facts(struct rematch *rematch, size_t *count, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct store *store = rematch->run->surroundings->store;
    struct lagging_vulnerability *items;
    struct rematch_counts counts;
    int64_t generation;
    if (!store_lagging_vulnerabilities(store, arena, VULNERABILITIES, &items, count, &generation, err))
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
