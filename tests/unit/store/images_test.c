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
    fixture_execute(fixture, "DELETE FROM image_tallies");
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

static size_t findings_with(struct fixture *fixture, const struct image_row *row, struct finding_query query)
{
    size_t count = 0, total = 0;
    list_findings(fixture, row, query, &count, &total);
    assert_int_equal(count, total);
    return count;
}

static void filters_findings_by_what_is_known_of_them(void **state)
{
    struct fixture *fixture = *state;
    size_t count = 0, all = 0, total = 0;
    fill(fixture);
    fixture_execute(fixture, "UPDATE vulnerabilities SET epss = id * 0.1, published_ms = id * 1000 WHERE id % 2 = 1");
    struct image_row *rows = list_rows(
        fixture, (struct image_query){.states = 1u << IMAGE_SCANNED, .order = IMAGE_ORDER_VULNERABILITIES}, &count);
    const struct image_row *row = &rows[0];
    struct finding_row *items = list_findings(fixture, row, (struct finding_query){0}, &all, &total);
    size_t likely = 0, old = 0, named = 0, scored = 0, based = 0;
    for (size_t i = 0; i < all; i++) {
        const struct vulnerability_facts *facts = items[i].finding.facts;
        likely += facts != NULL && facts->has_epss && facts->epss_score >= 0.3;
        old += facts != NULL && facts->published_ms > 0 && facts->published_ms < 5000;
        named += view_equal(items[i].package.name, items[0].package.name);
        bool is_high = false;
        for (size_t k = 0; k < items[i].finding.rating_count; k++)
            is_high |= view_starts_with(items[i].finding.ratings[k].score, "CVSS:3.1/AV:N");
        scored += is_high;
        based += items[i].is_base;
    }
    assert_true(likely > 0 && likely < all && old > 0 && old < all && named > 0 && named < all && scored > 0);
    assert_int_equal(findings_with(fixture, row, (struct finding_query){.epss_min = 300000}), likely);
    assert_int_equal(findings_with(fixture, row, (struct finding_query){.published_before_ms = 5000}), old);
    assert_int_equal(findings_with(fixture, row, (struct finding_query){.package = items[0].package.name}), named);
    assert_int_equal(findings_with(fixture, row, (struct finding_query){.cvss_min = 98}), scored);
    assert_int_equal(findings_with(fixture, row, (struct finding_query){.cvss_min = 99}), 0);
    assert_int_equal(findings_with(fixture, row, (struct finding_query){.layers = LAYERS_BASE}), based);
    assert_int_equal(findings_with(fixture, row, (struct finding_query){.layers = LAYERS_OWN}), all - based);
}

static void lists_the_most_dangerous_packages_first(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct package_row *items = NULL;
    size_t count = 0, total = 0, pages = 0;
    bool has_more = true;
    struct map seen;
    fill(fixture);
    map_init(&seen, fixture->arena);
    struct image_row *rows = list_rows(
        fixture, (struct image_query){.states = 1u << IMAGE_SCANNED, .order = IMAGE_ORDER_VULNERABILITIES}, &count);
    struct package_query query = {.page.limit = 3, .is_by_danger = true};
    int64_t last = INT64_MAX;
    for (; has_more; pages++) {
        assert_ok(store_list_packages(fixture->store, fixture->arena, fixture->account.organization, &rows[0].uuid,
                      &query, &items, &count, &total, &has_more, &err),
            &err);
        assert_int_equal(total, rows[0].counts.packages);
        for (size_t i = 0; i < count; i++) {
            assert_true(tally_rank(&items[i].tally) <= last);
            last = tally_rank(&items[i].tally);
            assert_int_equal(items[i].findings, tally_count(&items[i].tally, (struct kind_filter){0}));
            assert_true(map_set(&seen, items[i].package.name, fixture));
        }
        query.page.after = items[count - 1].cursor;
    }
    assert_true(pages > 1);
    assert_int_equal(seen.count, total);
    query.page = (struct page_request){.limit = 3, .before = items[0].cursor};
    assert_ok(store_list_packages(fixture->store, fixture->arena, fixture->account.organization, &rows[0].uuid, &query,
                  &items, &count, &total, &has_more, &err),
        &err);
    assert_int_equal(count, 3);
    query.is_by_danger = false;
    assert_fails(store_list_packages(fixture->store, fixture->arena, fixture->account.organization, &rows[0].uuid,
                     &query, &items, &count, &total, &has_more, &err),
        &err, ERROR_INVALID);
}

static void tells_what_changed_between_two_images(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct change_row *changes = NULL;
    struct world world = {.generation = 1};
    size_t count = 0, total = 0, history = 0;
    size_t found[IMAGE_CHANGE_COUNT] = {0};
    bool has_more = false;
    int64_t organization = fixture->account.organization;
    set_generation(fixture, 1);
    scan_in(fixture, &world, "1", 0x0ff);
    struct image_row first = list_rows(fixture, (struct image_query){0}, &count)[0];
    assert_ok(
        store_compare_images(fixture->store, fixture->arena, organization, NULL, &first.uuid, &changes, &count, &err),
        &err);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(changes[i].change, IMAGE_CHANGE_NEW);
    list_findings(fixture, &first, (struct finding_query){0}, &count, &total);
    size_t before = total;
    scan_in(fixture, &world, "1", 0x3f0);
    struct image_row second = list_rows(fixture, (struct image_query){0}, &count)[0];
    list_findings(fixture, &second, (struct finding_query){0}, &count, &total);
    assert_ok(
        store_compare_images(fixture->store, fixture->arena, organization, NULL, &second.uuid, &changes, &count, &err),
        &err);
    for (size_t i = 0; i < count; i++) {
        found[changes[i].change]++;
        assert_int_equal(changes[i].before.size > 0, changes[i].change != IMAGE_CHANGE_NEW);
        assert_int_equal(changes[i].after.size > 0, changes[i].change != IMAGE_CHANGE_FIXED);
        assert_true(i == 0 || changes[i - 1].change <= changes[i].change);
    }
    assert_int_equal(found[IMAGE_CHANGE_FIXED] + found[IMAGE_CHANGE_NONE], before);
    assert_int_equal(found[IMAGE_CHANGE_NEW] + found[IMAGE_CHANGE_NONE], total);
    assert_true(found[IMAGE_CHANGE_NEW] > 0 && found[IMAGE_CHANGE_FIXED] > 0 && found[IMAGE_CHANGE_NONE] > 0);
    struct change_row *same = NULL;
    assert_ok(store_compare_images(
                  fixture->store, fixture->arena, organization, &first.uuid, &second.uuid, &same, &total, &err),
        &err);
    assert_int_equal(total, count);
    struct image_row *rows = NULL;
    const struct page_request page = {.limit = 10};
    assert_ok(store_list_image_history(
                  fixture->store, fixture->arena, organization, &second.uuid, &page, &rows, &history, &has_more, &err),
        &err);
    assert_int_equal(history, 2);
    assert_string_equal(rows[0].uuid.text, second.uuid.text);
    assert_string_equal(rows[1].uuid.text, first.uuid.text);
    int64_t other = fixture_other_organization(fixture);
    assert_fails(
        store_compare_images(fixture->store, fixture->arena, other, &first.uuid, &second.uuid, &same, &total, &err),
        &err, ERROR_NOT_FOUND);
    assert_fails(store_list_image_history(
                     fixture->store, fixture->arena, other, &second.uuid, &page, &rows, &history, &has_more, &err),
        &err, ERROR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(filters_findings_by_what_is_known_of_them, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(lists_the_most_dangerous_packages_first, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(tells_what_changed_between_two_images, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(orders_by_what_is_worst, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(counts_as_the_list_of_findings_does, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(filters_by_one_vulnerability_that_is_all_of_it, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(filters_by_what_an_image_is, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(searches_parts_whole_names_and_digests, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(shows_what_the_registry_had_once_apart, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
