/* SPDX-License-Identifier: Apache-2.0 */
/* What is forgotten after ninety days, and what stays. */
#include "store/operation.h"
#include "store/retention.h"
#include "tests/unit/store/results_fixture.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static void move_tag(struct fixture *fixture, unsigned bits)
{
    const struct service service = {.seed = 1, .generation = 1};
    struct scan_task task = import_tag(fixture, "v1", bits, MANIFEST_IMAGE, IMPORT_QUEUED);
    scan(fixture, &task, bits, &service);
}

static void prune(struct fixture *fixture)
{
    struct error err;
    assert_ok(store_prune_snapshots(fixture->store, &err), &err);
    assert_ok(store_prune_events(fixture->store, &err), &err);
    assert_ok(store_prune_dry_runs(fixture->store, &err), &err);
}

static void the_two_newest_snapshots_of_a_project_stay(void **state)
{
    struct fixture *fixture = *state;
    set_generation(fixture, 1);
    for (unsigned bits = 1; bits <= 4; bits++)
        move_tag(fixture, bits);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM snapshots"), 4);
    fixture->clock.now_ms += 90 * DAY_MS - 1;
    prune(fixture);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM snapshots"), 4);
    fixture->clock.now_ms += 1;
    for (int i = 0; i < 2; i++) {
        prune(fixture);
        assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM snapshots"), 2);
        assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM snapshot_images"), 2);
        assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM image_access"), 2);
        assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM events"), 0);
    }
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM projects JOIN snapshots "
                                            "ON snapshots.id = projects.snapshot_id"),
        1);
}

/* An image that another tag shows keeps its access. */
static void what_another_row_shows_stays(void **state)
{
    struct fixture *fixture = *state;
    set_generation(fixture, 1);
    for (unsigned bits = 1; bits <= 3; bits++)
        move_tag(fixture, bits);
    (void)import_tag(fixture, "v2", 1, MANIFEST_IMAGE, IMPORT_KNOWN);
    fixture->clock.now_ms += 90 * DAY_MS;
    prune(fixture);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM snapshots"), 3);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM image_access"), 3);
}

static void totals_count_what_waits_and_what_failed(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct sync_totals totals;
    set_generation(fixture, 1);
    move_tag(fixture, 1);
    (void)import_tag(fixture, "waits", 2, MANIFEST_IMAGE, IMPORT_QUEUED);
    assert_ok(store_read_sync_totals(fixture->store, &totals, &err), &err);
    assert_true(totals.integrations == 1 && totals.running == 1 && totals.failing == 0 && totals.images_pending == 1);
    fixture_execute(fixture, "UPDATE sync_runs SET state = 'failed'");
    fixture_execute(fixture, "UPDATE snapshot_images SET state = 2 WHERE state = 0");
    assert_ok(store_read_sync_totals(fixture->store, &totals, &err), &err);
    assert_true(totals.running == 0 && totals.failing == 1 && totals.images_pending == 0 && totals.images_failed == 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_two_newest_snapshots_of_a_project_stay),
        TEST(what_another_row_shows_stays),
        TEST(totals_count_what_waits_and_what_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
