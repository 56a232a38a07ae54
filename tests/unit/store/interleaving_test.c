/* SPDX-License-Identifier: Apache-2.0 */
/* A scan that commits while a new generation of advisories arrives: whatever step of the one comes between whatever steps of the
   other, the store ends with what the new generation says. */
#include "tests/unit/store/rematch_fixture.h"

enum { STEPS = 3, BASE_BITS = 0x00f, LATER_BITS = 0x07c };

/* A scan and a feed commit, each step one transaction. */
struct race {
    struct fixture *fixture;
    struct world before;
    struct world after;
    const struct index_delta *delta; /* NULL: nobody knows what changed */
    struct scan_task task;
    struct scan_image image;
    int64_t generation; /* that the scan has opened */
    struct package_match matches[NAMES];
    size_t match_count;
};

static void race_begin(struct race *race, struct fixture *fixture, const struct index_delta *delta)
{
    enum { CHANGED = 3 };
    *race = (struct race){.fixture = fixture, .before.generation = 1, .after.generation = 2, .delta = delta};
    for (unsigned i = 0; i < CHANGED; i++)
        race->after.versions[2 * i + 1] = 7 + i;
    set_generation(fixture, 1);
    scan_in(fixture, &race->before, "base", BASE_BITS);
    race->task = import_tag(fixture, "later", LATER_BITS, MANIFEST_IMAGE, IMPORT_QUEUED);
}

/* Opens the advisories and matches, commits the image, ends the scan. */
static void scan_step(struct race *race, int step)
{
    struct error err;
    const struct service unused = {0};
    if (step == 0) {
        race->generation = fixture_count(race->fixture, "SELECT max(number) FROM generations");
        race->image = make_image(race->fixture->arena, LATER_BITS, &unused);
        for (size_t i = 0; i < race->image.inventory.package_count; i++)
            race->image.findings[i] = match_in(race->fixture, race->generation == 1 ? &race->before : &race->after,
                race->image.inventory.packages[i].package.name);
    } else if (step == 1) {
        commit_as(race->fixture, &race->task, race->task.digest, (struct platform){0}, &race->image, race->generation);
    } else {
        assert_ok(store_finish_scan(race->fixture->store, &race->task, 0, view_text(""), &err), &err);
    }
}

/* Puts the generation in force, reads and matches what lags, commits that. */
static void feed_step(struct race *race, int step)
{
    struct error err;
    struct fixture *fixture = race->fixture;
    struct lagging_package *items = NULL;
    struct rematch_counts counts;
    int64_t generation = 0;
    if (step == 0) {
        set_generation_by(fixture, 2, race->delta);
    } else if (step == 1) {
        assert_ok(store_lagging_packages(
                      fixture->store, fixture->arena, 0, NAMES, &items, &race->match_count, &generation, &err),
            &err);
        for (size_t i = 0; i < race->match_count; i++)
            race->matches[i] = answer_to(fixture, &items[i],
                (struct package_answer){.findings = match_in(fixture, &race->after, items[i].package.name)});
    } else {
        assert_ok(store_commit_rematch(fixture->store, 2, race->matches, race->match_count, &counts, &err), &err);
    }
}

/* Each bit of `order` is one step, 1 of the feed. Gives what the store ends with. */
static int64_t run_race(struct fixture *fixture, const struct index_delta *delta, unsigned order)
{
    struct race race;
    int scan_steps = 0;
    int feed_steps = 0;
    race_begin(&race, fixture, delta);
    for (int i = 0; i < 2 * STEPS; i++) {
        if ((order & 1u << i) != 0)
            feed_step(&race, feed_steps++);
        else
            scan_step(&race, scan_steps++);
    }
    rematch_in(fixture, &race.after);
    assert_int_equal(lagging(fixture), 0);
    return fingerprint(fixture);
}

static int64_t race_in_new_store(const struct index_delta *delta, unsigned order)
{
    void *state = NULL;
    assert_int_equal(fixture_begin(&state), 0);
    int64_t result = run_race(state, delta, order);
    assert_int_equal(fixture_end(&state), 0);
    return result;
}

static void ends_with_the_new_generation_in_every_order(void **state)
{
    (void)state;
    struct index_name names[] = {{view_text("Debian"), view_text("package1")},
        {view_text("Debian"), view_text("package3")}, {view_text("Debian"), view_text("package5")}};
    const struct index_delta delta = {.names = names, .name_count = 3};
    const unsigned feed_first = (1u << STEPS) - 1;
    int64_t expected = race_in_new_store(NULL, feed_first);
    unsigned tried = 0;
    for (unsigned order = 0; order < 1u << 2 * STEPS; order++) {
        if (__builtin_popcount(order) != STEPS)
            continue;
        assert_int_equal(race_in_new_store(&delta, order), expected);
        assert_int_equal(race_in_new_store(NULL, order), expected);
        tried++;
    }
    assert_int_equal(tried, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ends_with_the_new_generation_in_every_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
