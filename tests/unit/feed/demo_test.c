/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/arena.h"
#include "feed/demo.h"

#define DEMO_ROWS_MIN 25
#define DEMO_ROWS_MAX 60

static void has_few_rows_in_order(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    assert_in_range(demo_advisory_count, DEMO_ROWS_MIN, DEMO_ROWS_MAX);
    struct view before = view_text("");
    for (size_t i = 0; i < demo_advisory_count; i++) {
        const struct demo_advisory *row = &demo_advisories[i];
        struct view key = arena_format(arena, "%.*s %.*s %.*s", VIEW_PRINT(row->ecosystem), VIEW_PRINT(row->package),
            VIEW_PRINT(row->vulnerability));
        if (view_compare(before, key) >= 0)
            fail_msg("\"%.*s\" is not after \"%.*s\"", VIEW_PRINT(key), VIEW_PRINT(before));
        before = key;
    }
}

static void finds_a_fixed_and_an_open_vulnerability(void **state)
{
    (void)state;
    struct error err;
    struct lookup_match *matches;
    size_t count;
    AUTO_ARENA *arena = arena_new();
    const struct lookup *lookup = demo_lookup();
    assert_ok(lookup->find(lookup, arena, view_text("Debian:11"), view_text("expat"), &matches, &count, &err), &err);
    assert_int_equal(count, 4);
    const struct advisory *advisory = &matches[1].advisory;
    assert_string_equal(matches[1].feed, "demo");
    assert_view_equal(advisory->id, "DLA-3893-1");
    struct view *ids;
    advisory_vulnerabilities(arena, advisory, &ids, &count);
    assert_int_equal(count, 1);
    assert_view_equal(ids[0], "CVE-2024-45490");
    struct severity_rating rating;
    const char *source;
    assert_int_equal(advisory_severity(advisory, &advisory->affected[0], &rating, &source), SEVERITY_CRITICAL);
    struct applicability_result result;
    affected_evaluate(arena, &advisory->affected[0],
        &(struct applicability_question){view_text("Debian:11"), view_text("2.2.10-2+deb11u5"), EPOCH_COUNTS}, &result);
    assert_int_equal(result.applies, APPLIES_YES);
    assert_view_equal(result.fixed, "2.2.10-2+deb11u6");
    affected_evaluate(arena, &advisory->affected[0],
        &(struct applicability_question){view_text("Debian:11"), view_text("2.2.10-2+deb11u6"), EPOCH_COUNTS}, &result);
    assert_int_equal(result.applies, APPLIES_NO);

    assert_ok(lookup->find(lookup, arena, view_text("Debian:12"), view_text("apt"), &matches, &count, &err), &err);
    assert_int_equal(count, 2); /* one for each release */
    affected_evaluate(arena, &matches[1].advisory.affected[0],
        &(struct applicability_question){view_text("Debian:12"), view_text("2.6.1"), EPOCH_COUNTS}, &result);
    assert_int_equal(result.applies, APPLIES_YES);
    assert_int_equal(result.fixed.size, 0);

    assert_ok(lookup->find(lookup, arena, view_text("npm"), view_text("expat"), &matches, &count, &err), &err);
    assert_int_equal(count, 0);
}

static void holds_back_one_advisory(void **state)
{
    (void)state;
    struct error err;
    struct lookup_match *matches;
    AUTO_ARENA *arena = arena_new();
    const struct demo_advisory *row = demo_advisory_held_back();
    assert_non_null(row);
    for (size_t i = 0; i < demo_advisory_count; i++) {
        const struct demo_advisory *each = &demo_advisories[i];
        size_t all, before;
        assert_ok(
            demo_lookup()->find(demo_lookup(), arena, each->ecosystem, each->package, &matches, &all, &err), &err);
        assert_ok(demo_lookup_before()->find(
                      demo_lookup_before(), arena, each->ecosystem, each->package, &matches, &before, &err),
            &err);
        assert_int_equal(all - before, view_equal(each->package, row->package) &&
                                           view_equal(ecosystem_base(each->ecosystem), ecosystem_base(row->ecosystem)));
    }
}

static void can_rate_every_row(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < demo_advisory_count; i++) {
        struct severity_rating vector = {.type = view_text("CVSS_V3"), .score = demo_advisories[i].vector};
        struct advisory advisory = {.ratings = &vector, .rating_count = 1};
        struct affected affected = {.ecosystem = demo_advisories[i].ecosystem};
        struct severity_rating rating;
        const char *source;
        assert_int_not_equal(advisory_severity(&advisory, &affected, &rating, &source), SEVERITY_UNKNOWN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_few_rows_in_order),
        cmocka_unit_test(finds_a_fixed_and_an_open_vulnerability),
        cmocka_unit_test(holds_back_one_advisory),
        cmocka_unit_test(can_rate_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
