/* SPDX-License-Identifier: Apache-2.0 */
/* When the tags of projects are looked up by themselves: the clock is moved by hand. */
#include "store/audit.h"
#include "store/import_policies.h"
#include "store/project_scans.h"
#include "store/projects.h"
#include "tests/unit/store/store_fixture.h"

static const int64_t hour_ms = INT64_C(3600) * 1000;
static const int64_t day_ms = 24 * INT64_C(3600) * 1000;

static void import_as(struct fixture *fixture, const char *tag, const char *content, enum look look)
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
        .look = look,
        .kind = MANIFEST_IMAGE,
    };
    assert_ok(store_import(fixture->store, &given, &result, &err), &err);
    fixture_execute(fixture, "UPDATE jobs SET state = 2 WHERE kind = 'scan'");
}

static void list_tag(struct fixture *fixture, const char *tag, const char *content)
{
    struct error err;
    size_t changed = 0;
    const struct listed_tag tags[] = {{.tag = view_text(tag), .digest = fixture_digest(content)}};
    const struct listing listing = {
        fixture->account.organization, fixture->integration.id, fixture->run, view_text("app"), tags, 1, false};
    assert_ok(store_record_listing(fixture->store, &listing, &changed, &err), &err);
}

static struct project_row project(struct fixture *fixture, const char *tag)
{
    struct error err;
    struct project_row *rows = NULL;
    size_t count = 0;
    bool has_more = false;
    const struct project_query query = {.tag = view_text(tag), .page = {.limit = 10}};
    assert_ok(store_list_projects(fixture->store, fixture->arena, fixture->account.organization, &query, &rows, &count,
                  &has_more, &err),
        &err);
    assert_int_equal(count, 1);
    return rows[0];
}

static void set(struct fixture *fixture, const char *tag, const char *frequency, bool is_active)
{
    struct error err;
    struct project_row row = project(fixture, tag);
    row.settings.frequency = view_text(frequency);
    row.settings.is_active = is_active;
    assert_ok(store_edit_project(
                  fixture->store, fixture->account.organization, &row.uuid, &row.settings, view_text("me"), &err),
        &err);
}

/* How many jobs it queues. */
static size_t queue(struct fixture *fixture)
{
    struct error err;
    size_t count = 9;
    assert_ok(store_queue_due_project_scans(fixture->store, &count, &err), &err);
    return count;
}

/* The tags that are due, in their order, with a space before each. */
static const char *due(struct fixture *fixture)
{
    AUTO_BUFFER text;
    struct error err;
    struct project_tag *items = NULL;
    size_t count = 0;
    buffer_init(&text, 1000);
    assert_ok(store_due_projects(fixture->store, fixture->arena, fixture->account.organization, fixture->integration.id,
                  NULL, &items, &count, &err),
        &err);
    for (size_t i = 0; i < count; i++)
        buffer_append_format(&text, " %.*s", VIEW_PRINT(items[i].tag));
    return arena_text(fixture->arena, buffer_view(&text));
}

static void take_job(struct fixture *fixture, struct job *job)
{
    struct error err;
    bool found = false;
    const struct job_lease lease = {.owner = view_text("w"), .lease_ms = 1000};
    assert_ok(store_lease_job(fixture->store, fixture->arena, &lease, &found, job, &err), &err);
    assert_true(found);
}

static void end_job(struct fixture *fixture)
{
    struct error err;
    struct job job;
    take_job(fixture, &job);
    assert_ok(store_complete_job(fixture->store, &job, &err), &err);
}

static void daily_is_a_day_and_weekly_seven_after_the_last_look(void **state)
{
    struct fixture *fixture = *state;
    import_as(fixture, "daily", "a", LOOK_SYNC);
    import_as(fixture, "weekly", "b", LOOK_WEBHOOK);
    set(fixture, "weekly", "weekly", true);
    assert_int_equal(project(fixture, "daily").next_look_ms, FIXTURE_NOW_MS + day_ms);
    assert_int_equal(project(fixture, "weekly").next_look_ms, FIXTURE_NOW_MS + 7 * day_ms);
    assert_true(view_is(project(fixture, "weekly").looked_by, "webhook"));
    fixture->clock.now_ms += day_ms - 1;
    assert_int_equal(queue(fixture), 0);
    assert_string_equal(due(fixture), "");
    fixture->clock.now_ms++;
    assert_string_equal(due(fixture), " daily");
    assert_int_equal(queue(fixture), 1);
    fixture->clock.now_ms += 6 * day_ms - 1;
    assert_string_equal(due(fixture), " daily");
    fixture->clock.now_ms++;
    assert_string_equal(due(fixture), " daily weekly");
}

static void what_nobody_wants_looked_up_is_never_due(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    char digest[] = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    import_as(fixture, "never", "a", LOOK_SYNC);
    import_as(fixture, "inactive", "b", LOOK_SYNC);
    import_as(fixture, "deleted", "c", LOOK_SYNC);
    import_as(fixture, digest, "d", LOOK_SCAN_REQUEST);
    set(fixture, "never", "never", true);
    set(fixture, "inactive", "daily", false);
    struct project_row row = project(fixture, "deleted");
    assert_ok(
        store_delete_project(fixture->store, fixture->account.organization, &row.uuid, view_text("me"), &err), &err);
    assert_int_equal(project(fixture, "never").next_look_ms, 0);
    assert_int_equal(project(fixture, "inactive").next_look_ms, 0);
    assert_int_equal(project(fixture, digest).next_look_ms, 0);
    fixture->clock.now_ms += 100 * day_ms;
    assert_int_equal(queue(fixture), 0);
    assert_string_equal(due(fixture), "");
    set(fixture, digest, "weekly", true);
    assert_int_equal(queue(fixture), 0);
    set(fixture, "inactive", "daily", true);
    set(fixture, "never", "weekly", true);
    assert_string_equal(due(fixture), " inactive never");
    assert_int_equal(queue(fixture), 1);
}

static void a_listing_counts_only_at_the_digest_of_the_project(void **state)
{
    struct fixture *fixture = *state;
    import_as(fixture, "same", "a", LOOK_IMPORT);
    import_as(fixture, "moved", "b", LOOK_IMPORT);
    fixture->clock.now_ms += hour_ms;
    list_tag(fixture, "same", "a");
    list_tag(fixture, "moved", "c");
    assert_true(view_is(project(fixture, "same").looked_by, "sync"));
    assert_int_equal(project(fixture, "same").looked_ms, FIXTURE_NOW_MS + hour_ms);
    assert_true(view_is(project(fixture, "moved").looked_by, "import"));
    assert_int_equal(project(fixture, "moved").next_look_ms, FIXTURE_NOW_MS + day_ms);
    fixture_execute(fixture, "UPDATE sync_runs SET kind = 'scan'");
    list_tag(fixture, "same", "a");
    assert_true(view_is(project(fixture, "same").looked_by, "registry-scan"));
}

static void one_job_waits_and_the_next_comes_an_hour_later(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct job job;
    import_as(fixture, "1", "a", LOOK_SYNC);
    fixture->clock.now_ms += day_ms;
    assert_int_equal(queue(fixture), 1);
    assert_int_equal(queue(fixture), 0);
    take_job(fixture, &job);
    assert_true(view_is(job.kind, PROJECT_SCAN));
    assert_int_equal(job.lane, JOB_LANE_NORMAL);
    /* It ends without having reached the registry: the project is due as before, and waits. */
    assert_ok(store_complete_job(fixture->store, &job, &err), &err);
    assert_string_equal(due(fixture), " 1");
    fixture->clock.now_ms += hour_ms - 1;
    assert_int_equal(queue(fixture), 0);
    fixture->clock.now_ms++;
    assert_int_equal(queue(fixture), 1);
}

static void a_sync_that_waits_goes_first(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct uuid job;
    import_as(fixture, "1", "a", LOOK_SYNC);
    fixture->clock.now_ms += day_ms;
    assert_ok(store_start_sync(fixture->store, fixture->account.organization, &fixture->integration.uuid,
                  view_text("me"), &job, &err),
        &err);
    assert_int_equal(queue(fixture), 0);
    end_job(fixture);
    assert_int_equal(queue(fixture), 1);
}

static void a_removed_registry_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    import_as(fixture, "1", "a", LOOK_SYNC);
    fixture->clock.now_ms += day_ms;
    fixture_execute(fixture, "UPDATE integrations SET removed_ms = 1");
    assert_int_equal(queue(fixture), 0);
}

static void looks_and_failures_set_the_next_turn(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    int64_t organization = fixture->account.organization;
    import_as(fixture, "read", "a", LOOK_SYNC);
    import_as(fixture, "unread", "b", LOOK_SYNC);
    set(fixture, "unread", "weekly", true);
    const int64_t read = project(fixture, "read").id, unread = project(fixture, "unread").id;
    fixture->clock.now_ms += 7 * day_ms;
    assert_ok(store_note_looks(fixture->store, organization, &read, 1, LOOK_SCHEDULE, &err), &err);
    assert_ok(store_postpone_projects(fixture->store, organization, &unread, 1, &err), &err);
    assert_string_equal(due(fixture), "");
    assert_int_equal(project(fixture, "read").next_look_ms, fixture->clock.now_ms + day_ms);
    assert_int_equal(project(fixture, "unread").next_look_ms, fixture->clock.now_ms + PROJECT_POSTPONED_MS);
    assert_int_equal(project(fixture, "unread").looked_ms, FIXTURE_NOW_MS);
    /* Those of others are not touched. */
    int64_t other = fixture_other_organization(fixture);
    fixture->clock.now_ms += day_ms;
    assert_ok(store_note_looks(fixture->store, other, &read, 1, LOOK_SCHEDULE, &err), &err);
    assert_ok(store_postpone_projects(fixture->store, other, &unread, 1, &err), &err);
    assert_string_equal(due(fixture), " read unread");
}

static void a_webhook_counts_at_the_digest_of_the_project(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    import_as(fixture, "1", "a", LOOK_SYNC);
    fixture->clock.now_ms += hour_ms;
    for (int i = 0; i < 2; i++) {
        struct digest digest = fixture_digest(i == 0 ? "b" : "a");
        assert_ok(store_note_look_at(fixture->store, fixture->account.organization, fixture->integration.id,
                      view_text("app"), view_text("1"), &digest, LOOK_WEBHOOK, &err),
            &err);
        assert_true(view_is(project(fixture, "1").looked_by, i == 0 ? "sync" : "webhook"));
    }
}

static void pages_are_bounded_and_the_longest_due_come_first(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct project_tag *items = NULL;
    size_t count = 0;
    import_as(fixture, "0", "a", LOOK_SYNC);
    fixture_execute(fixture,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450) INSERT INTO projects (uuid, "
        "organization_id, target_id, tag, created_ms, registry_id, due_ms) SELECT 'p' || i, organization_id, target_id, "
        "'t' || i, 1, registry_id, 1000 - i FROM n, projects WHERE tag = '0'");
    size_t total = 0;
    for (int page = 0; page < 3; page++) {
        int64_t ids[PROJECT_TAGS_PAGE];
        assert_ok(store_due_projects(fixture->store, fixture->arena, fixture->account.organization,
                      fixture->integration.id, NULL, &items, &count, &err),
            &err);
        assert_true(page > 0 || view_is(items[0].tag, "t450"));
        for (size_t i = 0; i < count; i++)
            ids[i] = items[i].id;
        assert_ok(
            store_note_looks(fixture->store, fixture->account.organization, ids, count, LOOK_SCHEDULE, &err), &err);
        assert_int_equal(count, page < 2 ? PROJECT_TAGS_PAGE : 50);
        total += count;
    }
    assert_int_equal(total, 450);
    assert_string_equal(due(fixture), "");
}

static void a_person_asks_for_one_project_once(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct job job;
    struct uuid run, again;
    struct project_tag *items = NULL;
    size_t count = 0;
    int64_t organization = fixture->account.organization;
    import_as(fixture, "1", "a", LOOK_SYNC);
    import_as(fixture, "2", "b", LOOK_SYNC);
    struct uuid uuid = project(fixture, "1").uuid;
    assert_ok(store_start_project_scan(fixture->store, organization, &uuid, view_text("me"), &run, &err), &err);
    assert_ok(store_start_project_scan(fixture->store, organization, &uuid, view_text("me"), &again, &err), &err);
    assert_string_equal(run.text, again.text);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM audit_events WHERE action = 'project.scan'"), 2);
    take_job(fixture, &job);
    assert_int_equal(job.lane, JOB_LANE_NOW);
    assert_string_equal(job.uuid.text, run.text);
    assert_ok(store_due_projects(
                  fixture->store, fixture->arena, organization, fixture->integration.id, &uuid, &items, &count, &err),
        &err);
    assert_int_equal(count, 1);
    assert_true(view_is(items[0].tag, "1"));
}

static void a_project_without_a_tag_to_look_up_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct uuid run;
    char digest[] = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    int64_t organization = fixture->account.organization;
    import_as(fixture, "1", "a", LOOK_SYNC);
    import_as(fixture, digest, "b", LOOK_SCAN_REQUEST);
    struct uuid uuid = project(fixture, "1").uuid, fixed = project(fixture, digest).uuid;
    assert_fails(store_start_project_scan(fixture->store, organization, &fixed, view_text("me"), &run, &err), &err,
        ERROR_CONFLICT);
    assert_fails(store_start_project_scan(
                     fixture->store, fixture_other_organization(fixture), &uuid, view_text("me"), &run, &err),
        &err, ERROR_NOT_FOUND);
    set(fixture, "1", "daily", false);
    assert_fails(store_start_project_scan(fixture->store, organization, &uuid, view_text("me"), &run, &err), &err,
        ERROR_CONFLICT);
    set(fixture, "1", "never", true);
    assert_ok(store_start_project_scan(fixture->store, organization, &uuid, view_text("me"), &run, &err), &err);
    fixture_execute(fixture, "UPDATE integrations SET removed_ms = 1");
    assert_fails(store_start_project_scan(fixture->store, organization, &uuid, view_text("me"), &run, &err), &err,
        ERROR_CONFLICT);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM jobs WHERE kind = '" PROJECT_SCAN "'"), 1);
}

static int64_t begin_scan(struct fixture *fixture, const struct uuid *job)
{
    struct error err;
    int64_t run = 0;
    assert_ok(store_begin_project_scan(fixture->store, fixture->account.organization, fixture->integration.id,
                  view_text("schedule"), job, &run, &err),
        &err);
    return run;
}

static void its_run_goes_beside_a_sync_and_is_not_the_last_of_the_registry(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct integration integration;
    struct sync_run *runs;
    size_t count = 0;
    bool has_more = false;
    struct uuid dead, scan;
    int64_t organization = fixture->account.organization;
    uuid_new(&dead);
    int64_t lost = begin_scan(fixture, &dead); /* no job has this id: its process died */
    import_as(fixture, "1", "a", LOOK_SYNC);
    struct uuid uuid = project(fixture, "1").uuid;
    assert_ok(store_start_project_scan(fixture->store, organization, &uuid, view_text("me"), &scan, &err), &err);
    int64_t run = begin_scan(fixture, &scan);
    assert_int_equal(begin_scan(fixture, &scan), run);
    fixture_execute(fixture, "UPDATE projects SET due_ms = 0");
    assert_int_equal(queue(fixture), 1);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM sync_runs WHERE state = 'running'"), 2);
    assert_ok(store_finish_sync(fixture->store, organization, run, &(struct sync_counts){0},
                  &(struct sync_end){.error = view_text("down")}, &err),
        &err);
    assert_ok(
        store_find_integration(fixture->store, fixture->arena, organization, view_text("local"), &integration, &err),
        &err);
    assert_true(view_is(integration.last_sync_state, "running"));
    const struct sync_run_query query = {.lists_registry = true, .page = {.limit = 10}};
    assert_ok(
        store_list_sync_runs(fixture->store, fixture->arena, organization, &query, &runs, &count, &has_more, &err),
        &err);
    assert_int_equal(count, 1);
    assert_true(view_is(runs[0].kind, "sync"));
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM sync_runs WHERE state = 'failed'"), 2);
    assert_true(lost != run);
    fixture->clock.now_ms += SYNC_JOURNAL_MS + 1;
    assert_ok(store_prune_sync_journals(fixture->store, &err), &err);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM sync_runs WHERE kind = 'projects'"), 0);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM sync_runs"), 1);
}

static void its_run_is_cancelled_like_a_sync(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct job job;
    struct uuid scan;
    bool is_cancelled = false;
    int64_t organization = fixture->account.organization;
    import_as(fixture, "1", "a", LOOK_SYNC);
    struct uuid uuid = project(fixture, "1").uuid;
    assert_ok(store_start_project_scan(fixture->store, organization, &uuid, view_text("me"), &scan, &err), &err);
    take_job(fixture, &job);
    int64_t run = begin_scan(fixture, &scan);
    assert_ok(store_cancel_sync(fixture->store, organization, &scan, view_text("me"), &err), &err);
    assert_ok(store_extend_job(fixture->store, &job, 1000, &is_cancelled, &err), &err);
    assert_true(is_cancelled);
    assert_fails(
        store_note_sync(fixture->store, organization, run, &(struct sync_counts){0}, &err), &err, ERROR_CONFLICT);
    assert_int_equal(begin_scan(fixture, &scan), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(daily_is_a_day_and_weekly_seven_after_the_last_look),
        TEST(what_nobody_wants_looked_up_is_never_due),
        TEST(a_listing_counts_only_at_the_digest_of_the_project),
        TEST(one_job_waits_and_the_next_comes_an_hour_later),
        TEST(a_sync_that_waits_goes_first),
        TEST(a_removed_registry_is_left_alone),
        TEST(looks_and_failures_set_the_next_turn),
        TEST(a_webhook_counts_at_the_digest_of_the_project),
        TEST(pages_are_bounded_and_the_longest_due_come_first),
        TEST(a_person_asks_for_one_project_once),
        TEST(a_project_without_a_tag_to_look_up_is_refused),
        TEST(its_run_is_cancelled_like_a_sync),
        TEST(its_run_goes_beside_a_sync_and_is_not_the_last_of_the_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
