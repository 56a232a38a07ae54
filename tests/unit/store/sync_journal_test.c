/* SPDX-License-Identifier: Apache-2.0 */
/* Journals of sync runs: what they hold, how they are bounded, and how a run is stopped. */
#include "tests/unit/store/store_fixture.h"

enum { YEAR_RUNS = 365 };

static void record(struct fixture *fixture, int64_t run, struct listed_tag *tags, size_t count)
{
    struct error err;
    size_t changed = 0;
    struct listing listing = {
        fixture->account.organization, fixture->integration.id, run, view_text("team/app"), tags, count, true};
    assert_ok(store_record_listing(fixture->store, &listing, &changed, &err), &err);
}

static struct listed_tag *make_tags(struct fixture *fixture, size_t count)
{
    struct listed_tag *tags = ARENA_ARRAY(fixture->arena, struct listed_tag, count);
    for (size_t i = 0; i < count; i++) {
        struct view name = arena_format(fixture->arena, "1.%zu", i);
        tags[i] = (struct listed_tag){.tag = name, .digest = fixture_digest(name.data)};
    }
    return tags;
}

static void end_run(struct fixture *fixture, int64_t run)
{
    struct error err;
    struct sync_counts counts = {0};
    assert_ok(store_finish_sync(fixture->store, fixture->account.organization, run, &counts,
                  &(struct sync_end){.is_complete = true}, &err),
        &err);
}

static int64_t next_run(struct fixture *fixture)
{
    struct error err;
    int64_t run = 0;
    assert_ok(store_begin_sync(fixture->store, fixture->account.organization, fixture->integration.id,
                  view_text("schedule"), NULL, &run, &err),
        &err);
    return run;
}

static struct sync_run newest_run(struct fixture *fixture)
{
    struct error err;
    struct sync_run *runs = NULL;
    size_t count = 0;
    bool has_more = false;
    struct sync_run_query query = {.page = {.limit = 1}};
    assert_ok(store_list_sync_runs(fixture->store, fixture->arena, fixture->account.organization, &query, &runs, &count,
                  &has_more, &err),
        &err);
    assert_int_equal(count, 1);
    return runs[0];
}

static size_t read_journal(
    struct fixture *fixture, const struct uuid *run, const char *change, struct sync_change **items)
{
    struct error err;
    size_t count = 0;
    bool has_more = false;
    struct sync_change_query query = {.run = run, .change = view_text(change), .page = {.limit = 100}};
    assert_ok(store_list_sync_changes(fixture->store, fixture->arena, fixture->account.organization, &query, items,
                  &count, &has_more, &err),
        &err);
    return count;
}

/* Rows that a year of runs leaves when nothing changes: one a run, whatever the number of tags. */
static int64_t rows_of_a_year(struct fixture *fixture, struct listed_tag *tags, size_t count)
{
    static const char sql[] = "SELECT (SELECT count(*) FROM sync_runs) + (SELECT count(*) FROM sync_changes) + "
                              "(SELECT count(*) FROM sync_notes) + (SELECT count(*) FROM observed_tags)";
    int64_t run = next_run(fixture);
    record(fixture, run, tags, count);
    end_run(fixture, run);
    int64_t before = fixture_count(fixture, sql);
    for (int i = 0; i < YEAR_RUNS; i++) {
        run = next_run(fixture);
        record(fixture, run, tags, count);
        end_run(fixture, run);
    }
    return fixture_count(fixture, sql) - before;
}

static void a_year_of_journals_costs_a_row_a_run_however_many_tags_there_are(void **state)
{
    struct fixture *fixture = *state;
    end_run(fixture, fixture->run);
    assert_int_equal(rows_of_a_year(fixture, make_tags(fixture, 2), 2), YEAR_RUNS);
    assert_int_equal(rows_of_a_year(fixture, make_tags(fixture, 200), 200), YEAR_RUNS);
    /* A run's row, with its two longest texts and its places in four indexes, stays below 1 KiB. */
    int64_t row = fixture_count(
        fixture, "SELECT max(length(uuid) * 2 + length(state) + length(who) + length(error)) + 25 * 9 FROM sync_runs");
    assert_true(row < 1024);
    assert_true(YEAR_RUNS * row < 10 * 1000 * 1000);
}

static void keeps_what_changed_with_reason_and_clock(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    enum import_result result;
    struct sync_change *items = NULL;
    struct listed_tag *tags = make_tags(fixture, 2);
    record(fixture, fixture->run, tags, 2);
    struct import import = {
        .organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .run = fixture->run,
        .repository = view_text("team/app"),
        .tag = tags[0].tag,
        .digest = tags[0].digest,
        .kind = MANIFEST_IMAGE,
        .reason = "recent",
        .clock = "first-observed",
    };
    assert_ok(store_import(fixture->store, &import, &result, &err), &err);
    struct sync_run run = newest_run(fixture);
    assert_int_equal(run.changes, 3);
    assert_int_equal(read_journal(fixture, &run.uuid, "new", &items), 2);
    assert_int_equal(read_journal(fixture, &run.uuid, "imported", &items), 1);
    assert_view_equal(items[0].reason, "recent");
    assert_view_equal(items[0].clock, "first-observed");
    assert_view_equal(items[0].digest, tags[0].digest.text);
    import.digest = fixture_digest("moved");
    assert_ok(store_import(fixture->store, &import, &result, &err), &err);
    assert_int_equal(read_journal(fixture, &run.uuid, "refreshed", &items), 1);
    assert_view_equal(items[0].previous_digest, tags[0].digest.text);
    assert_ok(store_import(fixture->store, &import, &result, &err), &err);
    assert_int_equal(read_journal(fixture, &run.uuid, "", &items), 4); /* nothing changed: no row */
    struct sync_images images;
    assert_ok(store_count_sync_images(fixture->store, import.organization, &run.uuid, &images, &err), &err);
    assert_int_equal(images.total, 2);
    assert_int_equal(images.scanned, 0);
}

static void counts_but_does_not_keep_more_rows_than_a_journal_may_have(void **state)
{
    struct fixture *fixture = *state;
    struct sync_change *items = NULL;
    char sql[100];
    snprintf(sql, sizeof(sql), "UPDATE sync_runs SET changes = %d", SYNC_CHANGES_MAX - 1);
    fixture_execute(fixture, sql);
    record(fixture, fixture->run, make_tags(fixture, 3), 3);
    struct sync_run run = newest_run(fixture);
    assert_int_equal(run.changes, SYNC_CHANGES_MAX + 2);
    assert_int_equal(read_journal(fixture, &run.uuid, "", &items), 1);
}

static void forgets_journals_but_not_runs_after_ninety_days(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct sync_change *items = NULL;
    struct listed_tag *tags = make_tags(fixture, 3);
    record(fixture, fixture->run, tags, 3);
    assert_ok(
        store_note_sync_text(fixture->store, fixture->account.organization, fixture->run, view_text("n"), &err), &err);
    end_run(fixture, fixture->run);
    struct sync_run old = newest_run(fixture);
    fixture->clock.now_ms += SYNC_JOURNAL_MS;
    assert_ok(store_prune_sync_journals(fixture->store, &err), &err);
    assert_int_equal(read_journal(fixture, &old.uuid, "", &items), 3);
    fixture->clock.now_ms++;
    int64_t run = next_run(fixture);
    record(fixture, run, tags, 2);
    assert_ok(store_prune_sync_journals(fixture->store, &err), &err);
    assert_int_equal(read_journal(fixture, &old.uuid, "", &items), 0);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM sync_notes"), 0);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM sync_changes"), 1); /* of the run that goes on */
    assert_ok(store_find_sync_run(fixture->store, fixture->arena, fixture->account.organization, &old.uuid, &old, &err),
        &err);
    assert_int_equal(old.changes, 3);
    assert_int_equal(old.journal_pruned_ms, fixture->clock.now_ms);
}

static void a_cancelled_run_takes_nothing_more(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct sync_counts counts = {0};
    int64_t organization = fixture->account.organization;
    struct sync_run run = newest_run(fixture);
    assert_fails(
        store_cancel_sync(fixture->store, fixture_other_organization(fixture), &run.uuid, view_text("me"), &err), &err,
        ERROR_NOT_FOUND);
    assert_ok(store_cancel_sync(fixture->store, organization, &run.uuid, view_text("me"), &err), &err);
    assert_view_equal(newest_run(fixture).state, "cancelled");
    assert_view_equal(newest_run(fixture).error, "cancelled by me");
    assert_fails(store_note_sync(fixture->store, organization, fixture->run, &counts, &err), &err, ERROR_CONFLICT);
    assert_fails(
        store_cancel_sync(fixture->store, organization, &run.uuid, view_text("me"), &err), &err, ERROR_CONFLICT);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM audit_events WHERE action = 'sync.cancel'"), 1);
}

static void cancelling_a_run_stops_its_job(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct uuid job, again;
    struct job leased;
    bool found = false, is_cancelled = false;
    int64_t run = 0, organization = fixture->account.organization;
    end_run(fixture, fixture->run);
    assert_ok(
        store_start_sync(fixture->store, organization, &fixture->integration.uuid, view_text("me"), &job, &err), &err);
    assert_ok(store_start_sync(fixture->store, organization, &fixture->integration.uuid, view_text("me"), &again, &err),
        &err);
    assert_string_equal(job.text, again.text);
    struct job_lease lease = {.owner = view_text("w"), .lease_ms = 1000};
    assert_ok(store_lease_job(fixture->store, fixture->arena, &lease, &found, &leased, &err), &err);
    assert_ok(store_begin_sync(
                  fixture->store, organization, fixture->integration.id, view_text("me"), &leased.uuid, &run, &err),
        &err);
    assert_ok(store_cancel_sync(fixture->store, organization, &job, view_text("me"), &err), &err);
    assert_ok(store_extend_job(fixture->store, &leased, 1000, &is_cancelled, &err), &err);
    assert_true(is_cancelled);
    /* A worker that takes the job up again does not go on with the run. */
    assert_ok(store_begin_sync(
                  fixture->store, organization, fixture->integration.id, view_text("me"), &leased.uuid, &run, &err),
        &err);
    assert_int_equal(run, 0);
}

static void lists_runs_of_an_integration_or_a_state(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct sync_run *runs = NULL;
    size_t count = 0;
    bool has_more = false;
    end_run(fixture, fixture->run);
    (void)next_run(fixture);
    static const struct {
        const char *state;
        size_t count;
    } rows[] = {{"", 2}, {"running", 1}, {"finished", 1}, {"failed", 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sync_run_query query = {
            .integration = fixture->integration.id, .state = view_text(rows[i].state), .page = {.limit = 10}};
        assert_ok(store_list_sync_runs(fixture->store, fixture->arena, fixture->account.organization, &query, &runs,
                      &count, &has_more, &err),
            &err);
        assert_int_equal(count, rows[i].count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_year_of_journals_costs_a_row_a_run_however_many_tags_there_are, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(keeps_what_changed_with_reason_and_clock, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(
            counts_but_does_not_keep_more_rows_than_a_journal_may_have, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(forgets_journals_but_not_runs_after_ninety_days, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(a_cancelled_run_takes_nothing_more, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(cancelling_a_run_stops_its_job, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(lists_runs_of_an_integration_or_a_state, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
