/* SPDX-License-Identifier: Apache-2.0 */
/* Whole runs of an import policy that deletes, with the clock moved by hand: what is pruned, what is held, and for how long. */
#include "job/sync_job.h"
#include "tests/unit/store/store_fixture.h"

enum { TAGS = 50, GONE = 20 };

static const int64_t hour_ms = INT64_C(3600) * 1000;

static void save(struct fixture *fixture, const char *policy, bool is_replacement)
{
    struct error err;
    const struct import_policy_save given = {
        .document = arena_format(fixture->arena,
            "{\"name\":\"n\",\"delete_images\":true,\"schedule_frequency_hours\":24,\"import_policy\":%s}", policy),
        .schedule_ms = 24 * hour_ms,
        .is_replacement = is_replacement,
        .who = view_text("me")};
    assert_ok(store_save_import_policy(
                  fixture->store, fixture->account.organization, &fixture->integration.uuid, &given, &err),
        &err);
}

static void record(struct fixture *fixture, size_t first, size_t count)
{
    struct error err;
    size_t changed = 0;
    struct listed_tag *tags = ARENA_ARRAY(fixture->arena, struct listed_tag, count);
    for (size_t i = 0; i < count; i++) {
        tags[i] = (struct listed_tag){.tag = arena_format(fixture->arena, "t%03zu", first + i)};
        tags[i].digest = fixture_digest(arena_text(fixture->arena, tags[i].tag));
    }
    const struct listing listing = {
        fixture->account.organization, fixture->integration.id, fixture->run, view_text("app"), tags, count, true};
    assert_ok(store_record_listing(fixture->store, &listing, &changed, &err), &err);
}

/* A run whose listing shows these tags; whether it held its deletions. */
static bool sync_now(struct fixture *fixture, size_t first, size_t count, bool is_complete)
{
    struct error err;
    struct policy_outcome outcome;
    const struct job_surroundings surroundings = {.store = fixture->store};
    struct job job = {.organization = fixture->account.organization};
    struct job_run run = {.surroundings = &surroundings, .job = &job, .arena = fixture->arena};
    struct sync_job sync = {
        .run = &run, .run_id = fixture->run, .has_policy = true, .mutex = PTHREAD_MUTEX_INITIALIZER};
    uuid_new(&job.uuid);
    sync.connection.integration = fixture->integration;
    record(fixture, first, count);
    assert_ok(store_find_import_policy(fixture->store, fixture->arena, fixture->account.organization,
                  &fixture->integration.uuid, &sync.policy, &err),
        &err);
    assert_ok(sync_apply_policy(&sync, is_complete, &outcome, &err), &err);
    const struct sync_end end = {.is_complete = true, .is_whole = is_complete, .policy = &outcome};
    assert_ok(store_finish_sync(fixture->store, fixture->account.organization, fixture->run,
                  &(struct sync_counts){.tags = (int64_t)count}, &end, &err),
        &err);
    assert_ok(store_begin_sync(fixture->store, fixture->account.organization, fixture->integration.id,
                  view_text("test"), NULL, &fixture->run, &err),
        &err);
    return outcome.is_holding;
}

static int64_t projects(struct fixture *fixture)
{
    return fixture_count(fixture, "SELECT count(*) FROM projects WHERE deleted_ms = 0");
}

static void import_all(struct fixture *fixture)
{
    save(fixture, "{\"type\":\"ImportAll\"}", true);
    assert_false(sync_now(fixture, 0, TAGS, true));
    assert_int_equal(projects(fixture), TAGS);
}

static void what_is_gone_is_pruned_by_a_complete_listing_only(void **state)
{
    struct fixture *fixture = *state;
    import_all(fixture);
    assert_false(sync_now(fixture, 5, TAGS - 5, false));
    assert_int_equal(projects(fixture), TAGS);
    assert_false(sync_now(fixture, 5, TAGS - 5, true));
    assert_int_equal(projects(fixture), TAGS - 5);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM tombstones"), 0); /* they may come back */
    assert_false(sync_now(fixture, 0, TAGS, true));
    assert_int_equal(projects(fixture), TAGS);
}

static void many_deletions_wait_for_an_equal_listing_after_a_full_interval(void **state)
{
    struct fixture *fixture = *state;
    import_all(fixture);
    assert_true(sync_now(fixture, GONE, TAGS - GONE, true));
    assert_int_equal(projects(fixture), TAGS);
    fixture->clock.now_ms += 24 * hour_ms - 1;
    assert_true(sync_now(fixture, GONE, TAGS - GONE, true));
    fixture->clock.now_ms += 1;
    assert_true(sync_now(fixture, GONE - 1, TAGS - GONE + 1, true)); /* another listing: the wait begins anew */
    fixture->clock.now_ms += 24 * hour_ms;
    assert_false(sync_now(fixture, GONE - 1, TAGS - GONE + 1, true));
    assert_int_equal(projects(fixture), TAGS - GONE + 1);
}

static void approved_deletions_happen_in_the_next_run(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct uuid held;
    import_all(fixture);
    struct view text = fixture_text(fixture, "SELECT uuid FROM sync_runs WHERE state = 'running'");
    assert_true(uuid_parse(text, &held));
    assert_true(sync_now(fixture, GONE, TAGS - GONE, true));
    assert_ok(
        store_approve_deletions(fixture->store, fixture->account.organization, &held, view_text("me"), &err), &err);
    assert_false(sync_now(fixture, GONE, TAGS - GONE, true));
    assert_int_equal(projects(fixture), TAGS - GONE);
}

/* An interval and an equal listing are not enough when the policy is new: a person must look. */
static void a_changed_policy_deletes_much_by_approval_only(void **state)
{
    struct fixture *fixture = *state;
    import_all(fixture);
    save(fixture, "{\"type\":\"Regex\",\"policy\":{\"tag\":\"^t00\"}}", false);
    assert_true(sync_now(fixture, 0, TAGS, true));
    assert_int_equal(projects(fixture), TAGS);
    fixture->clock.now_ms += 24 * hour_ms;
    save(fixture, "{\"type\":\"Regex\",\"policy\":{\"tag\":\"^t00\"}}", false);
    assert_true(sync_now(fixture, 0, TAGS, true));
    assert_int_equal(projects(fixture), TAGS);
}

static void a_capped_run_leaves_the_rest_to_the_next(void **state)
{
    struct fixture *fixture = *state;
    save(fixture, "{\"type\":\"ImportAll\"},\"max_images_per_run\":30", true);
    assert_false(sync_now(fixture, 0, TAGS, true));
    assert_int_equal(projects(fixture), 30);
    assert_false(sync_now(fixture, 0, TAGS, true));
    assert_int_equal(projects(fixture), TAGS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_gone_is_pruned_by_a_complete_listing_only),
        TEST(many_deletions_wait_for_an_equal_listing_after_a_full_interval),
        TEST(approved_deletions_happen_in_the_next_run),
        TEST(a_changed_policy_deletes_much_by_approval_only),
        TEST(a_capped_run_leaves_the_rest_to_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
