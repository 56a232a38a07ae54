/* SPDX-License-Identifier: Apache-2.0 */
/* What import policies make of a store as time goes by: the clock is moved by hand. */
#include "job/plan_repository.h"
#include "store/projects.h"
#include "tests/unit/store/store_fixture.h"

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

struct tag {
    const char *name;
    const char *content;
    int64_t pushed_ms;
};

#define TAGS(...) (const struct tag[]){__VA_ARGS__}, sizeof((const struct tag[]){__VA_ARGS__}) / sizeof(struct tag)

static void save(struct fixture *fixture, const char *policy, bool is_replacement)
{
    struct error err;
    const struct import_policy_save given = {
        .document = arena_format(fixture->arena, "{\"name\":\"n\",\"import_policy\":%s}", policy),
        .schedule_ms = day_ms,
        .is_replacement = is_replacement,
        .who = view_text("me")};
    assert_ok(store_save_import_policy(
                  fixture->store, fixture->account.organization, &fixture->integration.uuid, &given, &err),
        &err);
}

/* A whole run that lists these tags of the repository "app", and takes the baseline if the policy has none yet. */
static void list(struct fixture *fixture, const struct tag *tags, size_t count)
{
    struct error err;
    size_t changed = 0;
    struct listed_tag *listed = ARENA_ARRAY(fixture->arena, struct listed_tag, count);
    int64_t organization = fixture->account.organization, integration = fixture->integration.id;
    for (size_t i = 0; i < count; i++)
        listed[i] = (struct listed_tag){.tag = view_text(tags[i].name),
            .digest = fixture_digest(tags[i].content),
            .pushed_ms = tags[i].pushed_ms,
            .push_source = view_text("test")};
    const struct listing listing = {organization, integration, fixture->run, view_text("app"), listed, count, true};
    assert_ok(store_record_listing(fixture->store, &listing, &changed, &err), &err);
    assert_ok(store_take_baseline(fixture->store, organization, integration, fixture->run, &err), &err);
    const struct sync_end end = {.is_complete = true, .is_whole = true};
    assert_ok(store_finish_sync(fixture->store, organization, fixture->run,
                  &(struct sync_counts){.tags = (int64_t)count}, &end, &err),
        &err);
    assert_ok(store_begin_sync(fixture->store, organization, integration, view_text("test"), NULL, &fixture->run, &err),
        &err);
}

/* "tag:action:reason:clock" of each step, separated by spaces. */
static const char *plan(struct fixture *fixture)
{
    AUTO_BUFFER text;
    struct error err;
    struct planner planner;
    struct import_policy_row row;
    struct planned planned;
    struct repository_row repository = {.name = view_text("app")};
    buffer_init(&text, 10000);
    assert_ok(store_find_import_policy(fixture->store, fixture->arena, fixture->account.organization,
                  &fixture->integration.uuid, &row, &err),
        &err);
    planner_init(&planner, fixture->store, fixture->account.organization, fixture->integration.id, true);
    planner.baseline = (struct baseline_rule){row.baseline_run != 0, row.posted_ms};
    assert_ok(import_policy_parse_text(fixture->arena, row.document, &planner.policy, &err), &err);
    repository.id = fixture_count(fixture, "SELECT id FROM repositories WHERE name = 'app'");
    assert_ok(planner_read(&planner, fixture->arena, &repository, false, &planned, &err), &err);
    for (size_t i = 0; i < planned.step_count; i++) {
        const struct plan_step *step = &planned.steps[i];
        buffer_append_format(
            &text, "%s%.*s:%s", i == 0 ? "" : " ", VIEW_PRINT(step->tag), plan_action_name(step->action));
        if (step->selection != NULL)
            buffer_append_format(&text, ":%s:%s", selection_reason_code(step->selection->reason),
                selection_clock_name(step->selection->clock));
    }
    import_policy_release(&planner.policy);
    return arena_text(fixture->arena, buffer_view(&text));
}

static void import(struct fixture *fixture, const char *tag, const char *content)
{
    struct error err;
    enum import_result result;
    const struct import given = {
        .organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .run = fixture->run,
        .repository = view_text("app"),
        .tag = view_text(tag),
        .digest = fixture_digest(content),
        .kind = MANIFEST_IMAGE,
    };
    assert_ok(store_import(fixture->store, &given, &result, &err), &err);
}

static void an_age_counts_to_the_millisecond(void **state)
{
    struct fixture *fixture = *state;
    save(fixture, "{\"type\":\"Recent\",\"policy\":{\"maxAgeDays\":30}}", true);
    list(fixture, TAGS({"a", "a", FIXTURE_NOW_MS - 30 * day_ms}));
    assert_string_equal(plan(fixture), "a:import:recent:pushed");
    fixture->clock.now_ms++;
    assert_string_equal(plan(fixture), "a:skip:too-old:pushed");
}

static void without_push_times_the_first_observation_counts(void **state)
{
    struct fixture *fixture = *state;
    save(fixture, "{\"type\":\"Recent\",\"policy\":{\"maxAgeDays\":1}}", true);
    list(fixture, TAGS({"there", "x", 0}));
    assert_string_equal(plan(fixture), "there:skip:no-push-time:none");
    fixture->clock.now_ms += 10 * day_ms;
    list(fixture, TAGS({"there", "x", 0}, {"later", "y", 0}));
    assert_string_equal(plan(fixture), "later:import:recent:first-observed there:skip:no-push-time:none");
    fixture->clock.now_ms += day_ms;
    assert_string_equal(plan(fixture), "later:import:recent:first-observed there:skip:no-push-time:none");
    fixture->clock.now_ms++;
    assert_string_equal(plan(fixture), "later:skip:too-old:first-observed there:skip:no-push-time:none");
}

static void a_post_takes_a_new_baseline_and_a_patch_does_not(void **state)
{
    struct fixture *fixture = *state;
    save(fixture, "{\"type\":\"ImportAllNew\"}", true);
    list(fixture, TAGS({"a", "one", 0}));
    assert_string_equal(plan(fixture), "a:skip:baseline:none");
    list(fixture, TAGS({"a", "two", 0}, {"b", "one", 0}));
    assert_string_equal(plan(fixture), "a:import:new:none b:import:new:none");
    save(fixture, "{\"type\":\"ImportAllNew\",\"name\":\"patched\"}", false);
    list(fixture, TAGS({"a", "two", 0}, {"b", "one", 0}));
    assert_string_equal(plan(fixture), "a:import:new:none b:import:new:none");
    fixture->clock.now_ms++;
    save(fixture, "{\"type\":\"ImportAllNew\"}", true);
    list(fixture, TAGS({"a", "two", 0}, {"b", "one", 0}));
    assert_string_equal(plan(fixture), "a:skip:baseline:none b:skip:baseline:none");
}

/* What was pushed after the policy was posted is new even if the first listing comes later. */
static void what_was_pushed_after_the_post_is_no_baseline(void **state)
{
    struct fixture *fixture = *state;
    save(fixture, "{\"type\":\"ImportAllNew\"}", true);
    fixture->clock.now_ms += 1000;
    list(fixture, TAGS({"after", "x", FIXTURE_NOW_MS + 1}, {"before", "y", FIXTURE_NOW_MS}));
    assert_string_equal(plan(fixture), "after:import:new:none before:skip:baseline:none");
}

static void a_moved_tag_is_refreshed(void **state)
{
    struct fixture *fixture = *state;
    save(fixture, "{\"type\":\"ImportAll\"}", true);
    list(fixture, TAGS({"a", "one", 0}));
    import(fixture, "a", "one");
    assert_string_equal(plan(fixture), "a:keep:all:none");
    list(fixture, TAGS({"a", "two", 0}));
    assert_string_equal(plan(fixture), "a:refresh:all:none");
    import(fixture, "a", "two");
    assert_string_equal(plan(fixture), "a:keep:all:none");
}

static void a_tag_that_was_deleted_and_pushed_again(void **state)
{
    struct fixture *fixture = *state;
    save(fixture,
        "{\"type\":\"Or\",\"sub_policies\":[{\"type\":\"ImportAllNew\"},{\"type\":\"Recent\",\"policy\":"
        "{\"maxAgeDays\":1}}]}",
        true);
    list(fixture, TAGS({"a", "one", 0}, {"keeps", "x", 0}));
    list(fixture, TAGS({"keeps", "x", 0}));
    fixture->clock.now_ms += 10 * day_ms;
    list(fixture, TAGS({"a", "one", 0}, {"keeps", "x", 0}));
    /* The same digest is no news, but it was observed anew, and long after the first listing. */
    assert_string_equal(plan(fixture), "a:import:recent:first-observed keeps:skip:no-push-time:none");
    list(fixture, TAGS({"a", "two", 0}, {"keeps", "x", 0}));
    save(fixture, "{\"type\":\"ImportAllNew\"}", false);
    assert_string_equal(plan(fixture), "a:import:new:none keeps:skip:baseline:none");
}

static void a_tombstone_outlives_the_policy(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct project_row *rows = NULL;
    size_t count = 0;
    bool has_more = false;
    struct project_query query = {.page = {.limit = 10}};
    save(fixture, "{\"type\":\"ImportAll\"}", true);
    list(fixture, TAGS({"a", "one", 0}));
    import(fixture, "a", "one");
    assert_ok(store_list_projects(fixture->store, fixture->arena, fixture->account.organization, &query, &rows, &count,
                  &has_more, &err),
        &err);
    assert_ok(store_delete_project(fixture->store, fixture->account.organization, &rows[0].uuid, view_text("me"), &err),
        &err);
    save(fixture, "{\"type\":\"LastNObserved\",\"policy\":{\"limitNewestImages\":9}}", true);
    save(fixture, "{\"type\":\"ImportAll\"}", true);
    list(fixture, TAGS({"a", "two", 0}));
    assert_string_equal(plan(fixture), "a:skip-deleted:all:none");
    fixture->clock.now_ms += 2 * PROJECT_RESTORE_MS;
    assert_ok(store_purge_projects(fixture->store, &err), &err);
    assert_string_equal(plan(fixture), "a:skip-deleted:all:none");
}

static void runs_go_by_the_schedule(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct job job;
    bool found = false;
    size_t count = 0;
    struct job_lease lease = {.owner = view_text("w"), .lease_ms = 1000};
    save(fixture, "{\"type\":\"ImportAll\"}", true);
    assert_ok(store_lease_job(fixture->store, fixture->arena, &lease, &found, &job, &err), &err);
    assert_true(found); /* at once */
    assert_ok(store_complete_job(fixture->store, &job, &err), &err);
    fixture->clock.now_ms += day_ms - 1;
    assert_ok(store_queue_due_syncs(fixture->store, &count, &err), &err);
    assert_int_equal(count, 0);
    fixture->clock.now_ms++;
    assert_ok(store_queue_due_syncs(fixture->store, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_ok(store_queue_due_syncs(fixture->store, &count, &err), &err);
    assert_int_equal(count, 0); /* none begins beside the one that waits */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_age_counts_to_the_millisecond),
        TEST(without_push_times_the_first_observation_counts),
        TEST(a_post_takes_a_new_baseline_and_a_patch_does_not),
        TEST(what_was_pushed_after_the_post_is_no_baseline),
        TEST(a_moved_tag_is_refreshed),
        TEST(a_tag_that_was_deleted_and_pushed_again),
        TEST(a_tombstone_outlives_the_policy),
        TEST(runs_go_by_the_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
