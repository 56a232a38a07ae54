/* SPDX-License-Identifier: Apache-2.0 */
/* Filters, orders and searches of the image list, each compared with what the whole list says. */
#include "store/counters.h"
#include "tests/unit/store/rematch_fixture.h"

enum { IMAGES = 40 };

/* Tags of three repositories with random packages; some are not scanned, some vulnerabilities are attacked. */
static void fill(struct fixture *fixture)
{
    struct error err;
    struct transaction transaction;
    struct world world = {.generation = 1};
    char tag[32];
    set_generation(fixture, 1);
    for (unsigned i = 0; i < IMAGES; i++) {
        snprintf(tag, sizeof(tag), "%s%u", i % 2 == 0 ? "v" : "Build-", i);
        if (i % 7 == 6)
            import_tag(fixture, tag, 5000 + i, MANIFEST_IMAGE, IMPORT_QUEUED);
        else
            scan_in(fixture, &world, tag, mix(i, 3) % 4096);
    }
    fixture_execute(fixture, "UPDATE vulnerabilities SET exploit = 'exploit-db 1' WHERE id % 4 = 1");
    fixture_execute(fixture, "UPDATE vulnerabilities SET kev_added_ms = 7 WHERE id % 4 = 2");
    fixture_execute(fixture, "UPDATE image_counters SET kinds = NULL");
    fixture_execute(fixture, "UPDATE images SET created_ms = id * 1000");
    fixture_execute(fixture, "UPDATE snapshot_images SET built_ms = image_id * 1000 WHERE image_id IS NOT NULL");
    fixture_execute(fixture,
        "INSERT INTO feeds (name, ecosystem, releases, records, gap_count, date_ms, checked_ms, is_remote, "
        "is_complete, is_demo) VALUES ('kev', '', '', 1, 0, 5, 5, 1, 1, 0)");
    assert_ok(transaction_write(fixture->store, &transaction, &err), &err);
    assert_ok(transaction_end(&transaction, counters_complete(&transaction, &err), &err), &err);
}

/* The keys by which the orders go, larger first unless the order goes upward. */
static int64_t key_of(const struct image_row *row, enum image_order order)
{
    switch (order) {
    case IMAGE_ORDER_SEVERITY:
        return tally_rank(&row->counts.tally);
    case IMAGE_ORDER_EXPLOITABLE:
        return tally_urgency(&row->counts.tally);
    case IMAGE_ORDER_SCORE:
        return row->counts.score;
    case IMAGE_ORDER_VULNERABILITIES:
        return row->counts.vulnerabilities;
    case IMAGE_ORDER_BUILT:
        return row->image_created_ms > 0 ? -row->image_created_ms : INT64_MIN;
    case IMAGE_ORDER_REFERENCE:
    case IMAGE_ORDER_ADDED:
    case IMAGE_ORDER_COUNT:
        break;
    }
    return 0;
}

static void orders_by_what_is_worst(void **state)
{
    struct fixture *fixture = *state;
    fill(fixture);
    for (int order = IMAGE_ORDER_SEVERITY; order < IMAGE_ORDER_COUNT; order++) {
        size_t count = 0, reversed_count = 0;
        struct image_row *rows = list_rows(fixture, (struct image_query){.order = (enum image_order)order}, &count);
        struct image_row *reversed = list_rows(
            fixture, (struct image_query){.order = (enum image_order)order, .is_reversed = true}, &reversed_count);
        assert_int_equal(count, IMAGES);
        assert_int_equal(reversed_count, IMAGES);
        assert_true(key_of(&rows[0], (enum image_order)order) > key_of(&rows[count - 1], (enum image_order)order));
        for (size_t i = 0; i < count; i++) {
            assert_true(
                i == 0 || key_of(&rows[i - 1], (enum image_order)order) >= key_of(&rows[i], (enum image_order)order));
            assert_string_equal(rows[i].uuid.text, reversed[count - 1 - i].uuid.text);
        }
    }
}

static void counts_as_the_list_of_findings_does(void **state)
{
    struct fixture *fixture = *state;
    size_t count = 0, findings = 0, total = 0;
    fill(fixture);
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].state != IMAGE_SCANNED)
            continue;
        for (int kind = 0; kind < KIND_COUNT; kind++) {
            struct map seen;
            struct finding_query query = {
                .kinds = {.severities = 1u << (kind / (2 * THREAT_COUNT)),
                    .fixable = kind / THREAT_COUNT % 2 == 0 ? KIND_WITHOUT_FIX : KIND_WITH_FIX,
                    .threats = 1u << kind % THREAT_COUNT}};
            map_init(&seen, fixture->arena);
            struct finding_row *items = list_findings(fixture, &rows[i], query, &findings, &total);
            for (size_t k = 0; k < findings; k++)
                map_set(&seen, items[k].finding.id, fixture);
            assert_int_equal(rows[i].counts.tally.kinds[kind], seen.count);
        }
    }
}

static size_t filtered(struct fixture *fixture, struct image_query query)
{
    size_t count = 0;
    list_rows(fixture, query, &count);
    return count;
}

static void filters_by_one_vulnerability_that_is_all_of_it(void **state)
{
    struct fixture *fixture = *state;
    size_t count = 0;
    fill(fixture);
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    size_t some = 0;
    for (unsigned severities = 0; severities < 1u << SEVERITY_COUNT; severities += 7) {
        for (unsigned fixable = 0; fixable < 3; fixable++) {
            for (unsigned threats = 0; threats < 1u << THREAT_COUNT; threats++) {
                struct image_query query = {.kinds = {severities, fixable, threats}, .order = IMAGE_ORDER_SCORE};
                bool is_any = severities + fixable + threats == 0;
                size_t expected = 0;
                for (size_t i = 0; i < count; i++)
                    expected += is_any || tally_count(&rows[i].counts.tally, query.kinds) > 0;
                assert_int_equal(filtered(fixture, query), expected);
                some += expected > 0 && expected < count;
            }
        }
    }
    assert_true(some > 10);
}

static void filters_by_what_an_image_is(void **state)
{
    struct fixture *fixture = *state;
    fill(fixture);
    assert_int_equal(filtered(fixture, (struct image_query){.states = 1u << IMAGE_SCANNED}), IMAGES - IMAGES / 7);
    assert_int_equal(
        filtered(fixture, (struct image_query){.states = 1u << IMAGE_PENDING | 1u << IMAGE_FAILED}), IMAGES / 7);
    assert_int_equal(
        filtered(fixture, (struct image_query){.platform = view_text("linux/amd64")}), IMAGES - IMAGES / 7);
    assert_int_equal(filtered(fixture, (struct image_query){.platform = view_text("linux/arm64")}), 0);
    assert_int_equal(filtered(fixture, (struct image_query){.repository = view_text("team/app")}), IMAGES);
    assert_int_equal(filtered(fixture, (struct image_query){.repository = view_text("team")}), 0);
    assert_int_equal(filtered(fixture, (struct image_query){.integration = fixture->integration.uuid}), IMAGES);
    struct uuid other;
    uuid_new(&other);
    assert_int_equal(filtered(fixture, (struct image_query){.integration = other}), 0);
    assert_int_equal(filtered(fixture, (struct image_query){.owner = other}), 0);
    char sql[200];
    snprintf(sql, sizeof(sql), "UPDATE projects SET owner = '%s' WHERE tag IN ('v0', 'v2')", other.text);
    fixture_execute(fixture, sql);
    assert_int_equal(filtered(fixture, (struct image_query){.owner = other, .order = IMAGE_ORDER_SEVERITY}), 2);
    size_t count = 0;
    struct image_row *rows = list_rows(fixture, (struct image_query){.order = IMAGE_ORDER_BUILT}, &count);
    assert_int_equal(filtered(fixture, (struct image_query){.built_before_ms = rows[3].image_created_ms}) < 4, true);
    assert_int_equal(filtered(fixture, (struct image_query){.built_before_ms = 1}), 0);
}

static void searches_parts_whole_names_and_digests(void **state)
{
    struct fixture *fixture = *state;
    fill(fixture);
    static const struct {
        const char *text;
        size_t count;
    } searches[] = {{"BUILD-", IMAGES / 2}, {"\"Build-1\"", 1}, {"\"build-1\"", 0}, {"build-1", 6},
        {"\"team/app\"", IMAGES}, {"\"team/ap\"", 0}, {"\"team/app:v2\"", 1},
        {"\"registry.example:5000/team/app:v2\"", 1}, {"\"registry.example:5000/team/app:V2\"", 0}, {"\"v2\"", 1},
        {"registry.EXAMPLE", IMAGES}, {"\"", 0}, {"\"\"", 0}};
    for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
        for (int order = 0; order < IMAGE_ORDER_COUNT; order++) {
            struct image_query query = {.search = view_text(searches[i].text), .order = (enum image_order)order};
            assert_int_equal(filtered(fixture, query), searches[i].count);
        }
    }
    size_t count = 0;
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    struct view digest = rows[5].digest;
    assert_true(filtered(fixture, (struct image_query){.search = view_slice(digest, 0, 30)}) >= 1);
    assert_true(filtered(fixture, (struct image_query){.search = view_slice(digest, 7, 20)}) >= 1);
    assert_int_equal(filtered(fixture, (struct image_query){.search = view_slice(digest, 9, 20)}), 0);
}

static void shows_what_the_registry_had_once_apart(void **state)
{
    struct fixture *fixture = *state;
    struct service service = {.seed = 1, .generation = 1};
    size_t count = 0;
    set_generation(fixture, 1);
    struct scan_task task = import_tag(fixture, "1", 0x00f, MANIFEST_IMAGE, IMPORT_QUEUED);
    scan(fixture, &task, 0x00f, &service);
    task = import_tag(fixture, "2", 0x01f, MANIFEST_IMAGE, IMPORT_QUEUED);
    scan(fixture, &task, 0x01f, &service);
    assert_int_equal(filtered(fixture, (struct image_query){.is_obsolete = true}), 0);
    task = import_tag(fixture, "1", 0x0ff, MANIFEST_IMAGE, IMPORT_QUEUED);
    scan(fixture, &task, 0x0ff, &service);
    struct image_row *rows = list_rows(fixture, (struct image_query){.is_obsolete = true}, &count);
    assert_int_equal(count, 1);
    assert_true(rows[0].is_obsolete);
    assert_int_equal(rows[0].counts.packages, 4);
    rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_int_equal(count, 2);
    assert_false(rows[0].is_obsolete || rows[1].is_obsolete);
    /* What a user deleted is nobody's obsolete image. */
    fixture_execute(fixture, "UPDATE projects SET deleted_ms = 1 WHERE tag = '1'");
    assert_int_equal(filtered(fixture, (struct image_query){.is_obsolete = true}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(orders_by_what_is_worst, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(counts_as_the_list_of_findings_does, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(filters_by_one_vulnerability_that_is_all_of_it, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(filters_by_what_an_image_is, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(searches_parts_whole_names_and_digests, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(shows_what_the_registry_had_once_apart, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
