/* SPDX-License-Identifier: Apache-2.0 */
/* Ten thousand images are imported by one run, and what is left makes the next run start at once. */
#include "job/review.h"
#include "tests/unit/store/store_fixture.h"

enum { TAGS = POLICY_IMPORTS_DEFAULT + 1 };

#define POLICY                                                                                                         \
    "{\"name\":\"n\",\"import_policy\":{\"type\":\"%s\"%s},\"schedule_frequency_hours\":24,\"delete_images\":false}"

static void record(struct fixture *fixture, size_t count)
{
    struct error err;
    size_t changed = 0;
    struct listed_tag *tags = ARENA_ARRAY(fixture->arena, struct listed_tag, count);
    for (size_t i = 0; i < count; i++) {
        tags[i] = (struct listed_tag){.tag = arena_format(fixture->arena, "t%05zu", i)};
        tags[i].digest = fixture_digest(arena_text(fixture->arena, tags[i].tag));
    }
    struct listing listing = {
        fixture->account.organization, fixture->integration.id, fixture->run, view_text("app"), tags, count, true};
    assert_ok(store_record_listing(fixture->store, &listing, &changed, &err), &err);
}

static void save(struct fixture *fixture, const char *document)
{
    struct error err;
    const struct import_policy_save given = {.document = view_text(document),
        .schedule_ms = INT64_C(24) * 3600 * 1000,
        .is_replacement = true,
        .who = view_text("me")};
    assert_ok(store_save_import_policy(
                  fixture->store, fixture->account.organization, &fixture->integration.uuid, &given, &err),
        &err);
}

static struct plan_totals review(struct fixture *fixture, const char *type, const char *parameters)
{
    struct error err;
    struct planner planner;
    char document[300];
    snprintf(document, sizeof(document), POLICY, type, parameters);
    save(fixture, document);
    planner_init(&planner, fixture->store, fixture->account.organization, fixture->integration.id, true);
    assert_ok(import_policy_parse_text(fixture->arena, view_text(document), &planner.policy, &err), &err);
    planner.baseline = (struct baseline_rule){.posted_ms = planner.now_ms};
    assert_ok(review_policy(&planner, fixture->run, NULL, &err), &err);
    import_policy_release(&planner.policy);
    return planner.totals;
}

static void says_in_one_line_that_nothing_is_selected_for_want_of_push_times(void **state)
{
    struct fixture *fixture = *state;
    record(fixture, 7);
    struct plan_totals totals = review(fixture, "Recent", ",\"policy\":{\"maxAgeDays\":30}");
    struct view line = plan_summary(fixture->arena, &totals);
    assert_true(
        view_find_text(line, view_text("0 of 7 selected; 7 no-push-time: this registry gives no push time")) == 0);
}

static void counts_what_a_capped_run_leaves(void **state)
{
    struct fixture *fixture = *state;
    record(fixture, TAGS);
    struct plan_totals totals = review(fixture, "ImportAll", "");
    assert_int_equal(totals.imports, POLICY_IMPORTS_DEFAULT);
    assert_int_equal(totals.later, 1);
    totals.imports = 0; /* as after the run: one is left */
    assert_int_equal(review_backlog(&totals, POLICY_IMPORTS_DEFAULT), 1);
    assert_int_equal(review_backlog(&totals, 12), 0); /* not capped: what is left cannot be imported */
}

static void end_with(struct fixture *fixture, int64_t run, int64_t backlog)
{
    struct error err;
    const struct policy_outcome outcome = {.listing = view_text("x"), .backlog = backlog};
    const struct sync_end end = {.is_complete = true, .policy = &outcome};
    assert_ok(
        store_finish_sync(fixture->store, fixture->account.organization, run, &(struct sync_counts){0}, &end, &err),
        &err);
}

static void a_backlog_starts_the_next_run_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct job job;
    bool found = false;
    size_t count = 0;
    int64_t run = 0;
    char document[300];
    struct job_lease lease = {.owner = view_text("w"), .lease_ms = 1000};
    int64_t organization = fixture->account.organization;
    end_with(fixture, fixture->run, 0);
    snprintf(document, sizeof(document), POLICY, "ImportAll", "");
    save(fixture, document);
    assert_ok(store_lease_job(fixture->store, fixture->arena, &lease, &found, &job, &err), &err);
    assert_ok(
        store_begin_sync(fixture->store, organization, fixture->integration.id, view_text("me"), &job.uuid, &run, &err),
        &err);
    end_with(fixture, run, 5);
    assert_int_equal(fixture_count(fixture, "SELECT max(backlog) FROM sync_runs"), 5);
    /* While the job that made the run has not ended, it would be taken for the next one. */
    assert_ok(store_queue_due_syncs(fixture->store, &count, &err), &err);
    assert_int_equal(count, 0);
    assert_ok(store_complete_job(fixture->store, &job, &err), &err);
    assert_ok(store_queue_due_syncs(fixture->store, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_ok(store_lease_job(fixture->store, fixture->arena, &lease, &found, &job, &err), &err);
    assert_ok(
        store_begin_sync(fixture->store, organization, fixture->integration.id, view_text("me"), &job.uuid, &run, &err),
        &err);
    end_with(fixture, run, 0);
    assert_ok(store_complete_job(fixture->store, &job, &err), &err);
    assert_ok(store_queue_due_syncs(fixture->store, &count, &err), &err);
    assert_int_equal(count, 0);
    fixture->clock.now_ms += INT64_C(24) * 3600 * 1000; /* then it goes by the schedule again */
    assert_ok(store_queue_due_syncs(fixture->store, &count, &err), &err);
    assert_int_equal(count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(says_in_one_line_that_nothing_is_selected_for_want_of_push_times),
        TEST(counts_what_a_capped_run_leaves),
        TEST(a_backlog_starts_the_next_run_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
