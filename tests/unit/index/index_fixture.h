/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary index folder and small advisories, for the tests of the index and of what is built on it. */
#ifndef TESTS_UNIT_INDEX_FIXTURE_H
#define TESTS_UNIT_INDEX_FIXTURE_H

#include "index/builder.h"
#include "tests/unit/test.h"

#include <ftw.h>
#include <unistd.h>

#define FIXTURE_NOW_MS INT64_C(1790000000000) /* 2026-09-21 */

struct fixture {
    char folder[64];
    struct clock_manual clock;
    struct arena *arena;
};

static int fixture_remove(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static inline int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/tidewaiter-index-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    clock_manual_init(&fixture->clock, FIXTURE_NOW_MS);
    fixture->arena = arena_new();
    *state = fixture;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    nftw(fixture->folder, fixture_remove, 16, FTW_DEPTH | FTW_PHYS);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

/* An advisory that affects one package in all versions before `fixed`. */
static inline struct advisory fixture_advisory(
    struct arena *arena, const char *id, const char *ecosystem, const char *name, const char *fixed)
{
    struct range_event *events = ARENA_ARRAY(arena, struct range_event, 2);
    events[0] = (struct range_event){EVENT_INTRODUCED, view_text("0")};
    events[1] = (struct range_event){EVENT_FIXED, view_text(fixed)};
    struct range *range = ARENA_NEW(arena, struct range);
    *range = (struct range){.type = RANGE_ECOSYSTEM, .events = events, .event_count = 2};
    struct affected *affected = ARENA_NEW(arena, struct affected);
    *affected = (struct affected){
        .ecosystem = view_text(ecosystem), .name = view_text(name), .ranges = range, .range_count = 1};
    return (struct advisory){
        .id = view_text(id), .modified_ms = FIXTURE_NOW_MS - 1000, .affected = affected, .affected_count = 1};
}

static inline struct index_builder *fixture_builder(struct fixture *fixture)
{
    struct error err;
    struct index_builder *builder;
    assert_ok(index_builder_new(fixture->folder, &fixture->clock.clock, &builder, &err), &err);
    return builder;
}

static inline void fixture_add(struct index_builder *builder, const struct advisory *advisory)
{
    struct error err;
    assert_ok(index_builder_add(builder, advisory, &err), &err);
}

static inline void fixture_begin(struct index_builder *builder, const char *ecosystem)
{
    struct error err;
    assert_ok(index_builder_begin(builder, view_text("osv"), view_text(ecosystem), &err), &err);
}

static inline void fixture_finish(struct index_builder *builder)
{
    struct error err;
    struct index_database info = {.checked_ms = FIXTURE_NOW_MS, .source = view_text("test"), .is_complete = true};
    assert_ok(index_builder_finish(builder, false, &info, &err), &err);
}

static inline uint64_t fixture_commit(struct index_builder *builder)
{
    struct error err;
    uint64_t number;
    assert_ok(index_builder_commit(builder, &number, &err), &err);
    index_builder_free(builder);
    return number;
}

static inline struct index_generation *fixture_open(struct fixture *fixture)
{
    struct error err;
    struct index_generation *generation;
    assert_ok(index_open(fixture->folder, &generation, &err), &err);
    return generation;
}

static inline size_t fixture_find(struct fixture *fixture, const struct index_generation *generation,
    const char *ecosystem, const char *name, struct lookup_match **matches)
{
    struct error err;
    size_t count;
    const struct lookup *lookup = index_lookup(generation);
    assert_ok(lookup->find(lookup, fixture->arena, view_text(ecosystem), view_text(name), matches, &count, &err), &err);
    return count;
}

#endif
