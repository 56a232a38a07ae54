/* SPDX-License-Identifier: Apache-2.0 */
/* Exports: their parts, addresses of their files, and how long they are kept. */
#include "store/exports.h"

#include "tests/unit/store/store_fixture.h"

static struct export add_export(struct fixture *fixture)
{
    struct error err;
    struct export made;
    const struct export_new given = {view_text("{}"), view_text("admin")};
    assert_ok(
        store_new_export(fixture->store, fixture->arena, fixture->account.organization, &given, &made, &err), &err);
    return made;
}

static struct export find_again(struct fixture *fixture, const struct export *export)
{
    struct error err;
    struct export found;
    assert_ok(
        store_find_export(fixture->store, fixture->arena, fixture->account.organization, &export->uuid, &found, &err),
        &err);
    return found;
}

static void finish(struct fixture *fixture, const struct export *export, const char *error)
{
    struct error err;
    const struct export_end end = {.error = view_text(error), .rows = 3, .bytes = 10};
    assert_ok(store_finish_export(fixture->store, export->id, &end, &err), &err);
}

static struct view read_part(struct fixture *fixture, const struct export *export, int64_t position)
{
    struct error err;
    struct view text;
    assert_ok(store_read_export_part(fixture->store, fixture->arena, export->id, position, &text, &err), &err);
    return text;
}

static void goes_from_pending_to_finished(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct export export = add_export(fixture);
    assert_int_equal(export.state, EXPORT_PENDING);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM jobs WHERE kind = 'export'"), 1);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM audit_events WHERE action = 'export.create'"), 1);
    assert_ok(store_begin_export(fixture->store, export.id, &err), &err);
    assert_int_equal(find_again(fixture, &export).state, EXPORT_STARTED);
    assert_ok(store_add_export_part(fixture->store, export.id, 0, view_text("one"), &err), &err);
    /* Another attempt begins anew. */
    assert_ok(store_begin_export(fixture->store, export.id, &err), &err);
    assert_ok(store_add_export_part(fixture->store, export.id, 0, view_text("first"), &err), &err);
    assert_ok(store_add_export_part(fixture->store, export.id, 1, view_text("second"), &err), &err);
    finish(fixture, &export, "");
    export = find_again(fixture, &export);
    assert_int_equal(export.state, EXPORT_FINISHED);
    assert_int_equal(export.rows, 3);
    assert_int_equal(export.bytes, 10);
    assert_int_equal(export.finished_ms, FIXTURE_NOW_MS);
    assert_view_equal(read_part(fixture, &export, 0), "first");
    assert_view_equal(read_part(fixture, &export, 1), "second");
    assert_view_equal(read_part(fixture, &export, 2), "");
}

static void drops_the_parts_of_a_failure(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct export export = add_export(fixture);
    assert_ok(store_add_export_part(fixture->store, export.id, 0, view_text("first"), &err), &err);
    finish(fixture, &export, "the disk is full");
    export = find_again(fixture, &export);
    assert_int_equal(export.state, EXPORT_ERRORED);
    assert_view_equal(export.error, "the disk is full");
    assert_view_equal(read_part(fixture, &export, 0), "");
}

static void bounds_parts_and_waiting_exports(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct export export = add_export(fixture);
    char *text = arena_alloc(fixture->arena, EXPORT_PART_BYTES_MAX + 1);
    memset(text, 'x', EXPORT_PART_BYTES_MAX + 1);
    assert_ok(store_add_export_part(fixture->store, export.id, 0, view_of(text, EXPORT_PART_BYTES_MAX), &err), &err);
    assert_int_equal(read_part(fixture, &export, 0).size, EXPORT_PART_BYTES_MAX);
    assert_fails(store_add_export_part(fixture->store, export.id, 1, view_of(text, EXPORT_PART_BYTES_MAX + 1), &err),
        &err, ERROR_LIMIT);
    assert_fails(
        store_add_export_part(fixture->store, export.id, EXPORT_PARTS_MAX, view_text("x"), &err), &err, ERROR_LIMIT);
    for (int i = 1; i < EXPORTS_WAITING_MAX; i++)
        (void)add_export(fixture);
    const struct export_new given = {view_text("{}"), view_text("admin")};
    assert_fails(store_new_export(fixture->store, fixture->arena, fixture->account.organization, &given, &export, &err),
        &err, ERROR_LIMIT);
}

static void gives_the_file_to_a_proved_address_only(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct export found;
    struct export export = add_export(fixture);
    struct export other = add_export(fixture);
    int64_t until_ms = FIXTURE_NOW_MS + 1000;
    char proof[EXPORT_PROOF_SIZE];
    char forged[EXPORT_PROOF_SIZE];
    export_prove(&export, until_ms, proof);
    memcpy(forged, proof, sizeof(forged));
    forged[10] = forged[10] == '0' ? '1' : '0';
#define FIND(which, until, how)                                                                                        \
    store_find_proved_export(fixture->store, fixture->arena, &(which).uuid, (until), view_text(how), &found, &err)
    assert_fails(FIND(export, until_ms, proof), &err, ERROR_NOT_FOUND); /* not finished */
    struct error first = err;
    finish(fixture, &export, "");
    finish(fixture, &other, "");
    assert_ok(FIND(export, until_ms, proof), &err);
    assert_int_equal(found.id, export.id);
    assert_fails(FIND(export, until_ms + 1, proof), &err, ERROR_NOT_FOUND);
    assert_fails(FIND(export, until_ms, forged), &err, ERROR_NOT_FOUND);
    assert_fails(FIND(export, until_ms, ""), &err, ERROR_NOT_FOUND);
    assert_fails(FIND(other, until_ms, proof), &err, ERROR_NOT_FOUND);
    fixture->clock.now_ms = until_ms;
    assert_fails(FIND(export, until_ms, proof), &err, ERROR_NOT_FOUND);
    assert_string_equal(err.message, first.message);
#undef FIND
}

static void is_kept_for_a_week_and_nobody_elses(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct export found;
    struct export export = add_export(fixture);
    int64_t other = fixture_other_organization(fixture);
    assert_fails(
        store_find_export(fixture->store, fixture->arena, other, &export.uuid, &found, &err), &err, ERROR_NOT_FOUND);
    assert_ok(store_add_export_part(fixture->store, export.id, 0, view_text("first"), &err), &err);
    finish(fixture, &export, "");
    fixture->clock.now_ms += EXPORT_KEPT_MS - 1;
    assert_ok(store_prune_exports(fixture->store, &err), &err);
    (void)find_again(fixture, &export);
    fixture->clock.now_ms += 1;
    assert_fails(
        store_find_export(fixture->store, fixture->arena, fixture->account.organization, &export.uuid, &found, &err),
        &err, ERROR_NOT_FOUND);
    assert_ok(store_prune_exports(fixture->store, &err), &err);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM exports"), 0);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM export_parts"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(goes_from_pending_to_finished, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(drops_the_parts_of_a_failure, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(bounds_parts_and_waiting_exports, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(gives_the_file_to_a_proved_address_only, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(is_kept_for_a_week_and_nobody_elses, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
