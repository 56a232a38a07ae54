/* SPDX-License-Identifier: Apache-2.0 */
/* A dry run over 1,000,000 observed tags: from the rows of a SQLite store to a stored result, for each example policy.
   usage: dry_run_bench FOLDER [TAGS [EXAMPLE]] (FOLDER is filled if it does not exist, and left for the next time; with the
   name of an example only that one is measured) */
#include "base/clock.h"
#include "bench/observed_tags.h"
#include "job/dry_run_result.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

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

static bool measure(struct tag_store *bench, size_t example, struct error *err)
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
    struct tag_store bench = {.store = NULL};
    int64_t tags = argc > 2 ? atoll(argv[2]) : TAGS_DEFAULT;
    if (argc < 2 || tags < TAGS_OF_REPOSITORY) {
        fprintf(stderr, "usage: dry_run_bench FOLDER [TAGS [EXAMPLE]]\n");
        return 3;
    }
    bool is_done = tag_store_open(&bench, argv[1], tags, &err);
    for (size_t i = 0; is_done && i < sizeof(examples) / sizeof(examples[0]); i++) {
        if (argc < 4 || strcmp(argv[3], examples[i].name) == 0)
            is_done = measure(&bench, i, &err);
    }
    if (!is_done)
        fprintf(stderr, "dry_run_bench: %s\n", err.message);
    tag_store_close(&bench);
    return is_done ? 0 : 1;
}
