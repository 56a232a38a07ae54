/* SPDX-License-Identifier: Apache-2.0 */
/* A dry run over 1,000,000 observed tags: from the rows of a SQLite store to a stored result, for each example policy.
   usage: dry_run_bench FOLDER [TAGS [EXAMPLE]] (FOLDER is filled if it does not exist, and left for the next time; with the
   name of an example only that one is measured) */
#include "base/clock.h"
#include "job/dry_run_result.h"
#include "store/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { TAGS_DEFAULT = 1000000, TAGS_OF_REPOSITORY = 500 };

static const struct {
    const char *name;
    const char *policy;
} examples[] = {
    {"ImportAll", "{\"type\":\"ImportAll\"}"},
    {"ImportAllNew", "{\"type\":\"ImportAllNew\"}"},
    {"Regex", "{\"type\":\"Regex\",\"policy\":{\"tag\":\"^(latest|prod.*)$\","
              "\"repo\":\"^mycompany/.*$\"}}"},
    {"Recent", "{\"type\":\"Recent\",\"policy\":{\"maxAgeDays\":30}}"},
    {"LastNObserved", "{\"type\":\"LastNObserved\",\"policy\":{\"limitNewestImages\":5}}"},
    {"complex", "{\"type\":\"Or\",\"sub_policies\":[{\"type\":\"Regex\","
                "\"policy\":{\"tag\":\"^prod.*\"}},{\"type\":\"And\","
                "\"sub_policies\":[{\"type\":\"Regex\",\"policy\":{\"tag\":\"^"
                "latest$\"}},{\"type\":\"ImportAllNew\"}]}]}"},
    {"(a+)+$", "{\"type\":\"Regex\",\"policy\":{\"tag\":\"(a+)+$\"}}"},
};

struct bench {
    struct arena *arena;
    struct store *store;
    struct account account;
    struct integration integration;
};

static bool open_bench(struct bench *bench, const char *folder, bool is_filled, struct error *err)
{
    bench->arena = arena_new();
    const struct store_options options = {
        .address = arena_format(bench->arena, "sqlite:%s/tidewaiter.db", folder).data, .clock = clock_system()};
    const struct integration_new given = {.name = view_text("bench"),
        .type = view_text("oci"),
        .address = {.host = view_text("registry.example"), .path = view_text("")}};
    if (!store_open(&options, &bench->store, err) ||
        !store_ensure_admin(bench->store, bench->arena, &bench->account, err))
        return false;
    int64_t organization = bench->account.organization;
    return is_filled
               ? store_find_integration(bench->store, bench->arena, organization, given.name, &bench->integration, err)
               : store_add_integration(bench->store, bench->arena, organization, &given, &bench->integration, err);
}

/* Tag k of a repository: every hundredth is "latest" or "prod…", push times
 * spread over 1,000 days. */
static struct listed_tag make_tag(struct arena *arena, int64_t repository, int64_t k, int64_t now_ms)
{
    struct listed_tag tag = {.push_source = view_text("api")};
    tag.tag = k == 0 ? view_text("latest")
              : k % 100 == 0
                  ? arena_format(arena, "prod-%lld", (long long)k)
                  : arena_format(arena, "1.%lld.%lld-aaaaaaaaaaaaaaaaaaaa!", (long long)k / 10, (long long)k % 10);
    digest_of(arena_format(arena, "%lld/%lld", (long long)repository, (long long)k), &tag.digest);
    tag.pushed_ms =
        now_ms - (k * INT64_C(172800017) + repository * INT64_C(86400011)) % (INT64_C(1000) * 24 * 3600 * 1000);
    return tag;
}

static bool fill(struct bench *bench, int64_t tags, struct error *err)
{
    int64_t run = 0, now_ms = store_now_ms(bench->store);
    if (!store_begin_sync(
            bench->store, bench->account.organization, bench->integration.id, view_text("bench"), NULL, &run, err))
        return false;
    for (int64_t first = 0; first < tags; first += TAGS_OF_REPOSITORY) {
        AUTO_ARENA *arena = arena_new();
        size_t changed;
        struct listed_tag *list = ARENA_ARRAY(arena, struct listed_tag, TAGS_OF_REPOSITORY);
        for (int64_t k = 0; k < TAGS_OF_REPOSITORY; k++)
            list[k] = make_tag(arena, first / TAGS_OF_REPOSITORY, k, now_ms);
        const struct listing listing = {.organization = bench->account.organization,
            .integration = bench->integration.id,
            .run = run,
            .repository = arena_format(arena, "%s/app-%06lld", first % 1000 == 0 ? "mycompany" : "other",
                (long long)first / TAGS_OF_REPOSITORY),
            .tags = list,
            .tag_count = TAGS_OF_REPOSITORY,
            .is_complete = true};
        if (!store_record_listing(bench->store, &listing, &changed, err))
            return false;
    }
    const struct sync_end end = {.is_complete = true, .is_whole = true};
    return store_finish_sync(
        bench->store, bench->account.organization, run, &(struct sync_counts){.tags = tags}, &end, err);
}

static bool plan_all(struct planner *planner, struct dry_run_result *result, struct error *err)
{
    AUTO_ARENA *names = arena_new();
    struct view after = view_text("");
    size_t count;
    AUTO_ARENA *scratch = arena_new();
    do {
        AUTO_ARENA *page = arena_new();
        struct repository_row *rows;
        if (!store_list_repositories(
                planner->store, page, planner->organization, planner->integration, after, &rows, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            struct planned planned;
            arena_reset(scratch);
            if (!planner_read(planner, scratch, &rows[i], false, &planned, err) ||
                !dry_run_result_add(result, rows[i].name, &planned, err))
                return false;
        }
        after = count > 0 ? arena_copy(names, rows[count - 1].name) : after;
    } while (count == REPOSITORY_PAGE_SIZE);
    return dry_run_result_flush(result, err);
}

static void planner_done(struct planner *planner)
{
    import_policy_release(&planner->policy);
}

/* What the process used of the processor: less disturbed by others than the
 * time that passed. */
static int64_t cpu_ms(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

static bool measure(struct bench *bench, size_t example, struct error *err)
{
    CLEANUP(planner_done) struct planner planner = {.store = NULL};
    CLEANUP(dry_run_result_done) struct dry_run_result result = {.store = NULL};
    struct dry_run dry_run;
    struct rusage usage;
    struct view document =
        arena_format(bench->arena, "{\"name\":\"bench\",\"import_policy\":%s}", examples[example].policy);
    const struct dry_run_new given = {document, view_text("bench")};
    if (!store_new_dry_run(
            bench->store, bench->arena, bench->account.organization, &bench->integration.uuid, &given, &dry_run, err))
        return false;
    int64_t start_ms = clock_system()->monotonic_ms(clock_system()), start_cpu_ms = cpu_ms();
    planner_init(&planner, bench->store, bench->account.organization, bench->integration.id, true);
    planner.baseline = (struct baseline_rule){.posted_ms = planner.now_ms};
    dry_run_result_init(&result, bench->store, dry_run.id);
    if (!import_policy_parse_text(bench->arena, document, &planner.policy, err) || !plan_all(&planner, &result, err))
        return false;
    const struct dry_run_end end = {.total = (int64_t)planner.totals.processed,
        .summary = plan_summary(bench->arena, &planner.totals),
        .keeps_deletions = true};
    if (!store_finish_dry_run(bench->store, dry_run.id, &end, err))
        return false;
    int64_t end_ms = clock_system()->monotonic_ms(clock_system());
    getrusage(RUSAGE_SELF, &usage);
    printf("%-14s %6lld ms, processor %6lld ms, %9zu selected of %zu, %lld "
           "chunks, peak %ld MB\n",
        examples[example].name, (long long)(end_ms - start_ms), (long long)(cpu_ms() - start_cpu_ms),
        planner.totals.selected, planner.totals.processed, (long long)result.positions[DRY_RUN_IMPORT],
        usage.ru_maxrss / 1024);
    return true;
}

int main(int argc, char **argv)
{
    struct error err;
    struct bench bench = {.store = NULL};
    int64_t tags = argc > 2 ? atoll(argv[2]) : TAGS_DEFAULT;
    if (argc < 2 || tags < TAGS_OF_REPOSITORY) {
        fprintf(stderr, "usage: dry_run_bench FOLDER [TAGS [EXAMPLE]]\n");
        return 3;
    }
    bool is_filled = access(argv[1], F_OK) == 0;
    bool is_done = open_bench(&bench, argv[1], is_filled, &err) && (is_filled || fill(&bench, tags, &err));
    for (size_t i = 0; is_done && i < sizeof(examples) / sizeof(examples[0]); i++) {
        if (argc < 4 || strcmp(argv[3], examples[i].name) == 0)
            is_done = measure(&bench, i, &err);
    }
    if (!is_done)
        fprintf(stderr, "dry_run_bench: %s\n", err.message);
    store_close(bench.store);
    arena_free(bench.arena);
    return is_done ? 0 : 1;
}
