/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "scan/scan.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define NOW_MS (1000 * DAY_MS)

/* One Debian package with findings of the given severities, a fresh and complete feed, no gap. */
struct fixture {
    struct inventory_package package;
    struct finding findings[2];
    struct finding_list list;
    struct scan_image image;
    struct view release;
    struct feed_state feed;
    struct gate gate;
};

static void fixture_init(struct fixture *fixture, size_t count, enum severity severity)
{
    *fixture = (struct fixture){
        .package.package = {.name = view_text("a"), .version = view_text("1"), .ecosystem = view_text("Debian:12")},
        .findings = {{.severity = severity}, {.severity = severity}},
        .release = view_text("Debian:12"),
        .gate = {.feed_age_max_ms = 7 * DAY_MS},
    };
    fixture->list = (struct finding_list){.items = fixture->findings, .count = count};
    fixture->image.inventory.packages = &fixture->package;
    fixture->image.inventory.package_count = 1;
    fixture->image.findings = &fixture->list;
    fixture->feed = (struct feed_state){.name = view_text("osv/Debian"),
        .ecosystem = view_text("Debian"),
        .releases = &fixture->release,
        .release_count = 1,
        .date_ms = NOW_MS - DAY_MS,
        .is_complete = true};
}

static enum verdict judge(struct fixture *fixture)
{
    AUTO_ARENA *arena = arena_new();
    struct verdict_result result;
    scan_verdict(&fixture->image, &fixture->feed, 1, &fixture->gate, NOW_MS, arena, &result);
    assert_true(result.verdict == VERDICT_PASSED || result.reason_count > 0);
    return result.verdict;
}

static void passes_below_the_threshold_and_fails_at_it(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, 1, SEVERITY_MEDIUM);
    assert_int_equal(judge(&fixture), VERDICT_PASSED);
    fixture.gate.has_threshold = true;
    fixture.gate.fail_on = SEVERITY_HIGH;
    assert_int_equal(judge(&fixture), VERDICT_PASSED);
    fixture.gate.fail_on = SEVERITY_MEDIUM;
    assert_int_equal(judge(&fixture), VERDICT_FAILED);
}

static void cannot_tell_what_a_finding_without_severity_means(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, 1, SEVERITY_UNKNOWN);
    fixture.gate.has_threshold = true;
    fixture.gate.fail_on = SEVERITY_CRITICAL;
    assert_int_equal(judge(&fixture), VERDICT_COULD_NOT_TELL);
    fixture.gate.unknown_severity_is_set = true;
    assert_int_equal(judge(&fixture), VERDICT_PASSED);
    fixture.gate.unknown_severity_fails = true;
    assert_int_equal(judge(&fixture), VERDICT_FAILED);
}

static void cannot_tell_with_an_old_feed(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, 0, SEVERITY_UNKNOWN);
    fixture.feed.date_ms = NOW_MS - 8 * DAY_MS;
    assert_int_equal(judge(&fixture), VERDICT_COULD_NOT_TELL);
    fixture.gate.allow_stale = true;
    assert_int_equal(judge(&fixture), VERDICT_PASSED);
}

static void counts_the_age_of_a_remote_feed_from_its_check(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, 0, SEVERITY_UNKNOWN);
    fixture.feed.is_remote = true;
    fixture.feed.date_ms = NOW_MS - 100 * DAY_MS;
    fixture.feed.checked_ms = NOW_MS - DAY_MS;
    assert_int_equal(judge(&fixture), VERDICT_PASSED);
    fixture.feed.checked_ms = NOW_MS - 8 * DAY_MS;
    assert_int_equal(judge(&fixture), VERDICT_COULD_NOT_TELL);
}

static void cannot_tell_with_an_incomplete_feed(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, 0, SEVERITY_UNKNOWN);
    fixture.feed.is_complete = false;
    assert_int_equal(judge(&fixture), VERDICT_COULD_NOT_TELL);
}

static void cannot_tell_with_a_gap_that_could_hide_packages(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct fixture fixture;
    fixture_init(&fixture, 0, SEVERITY_UNKNOWN);
    gap_add(arena, &fixture.image.inventory.gaps, GAP_FEED_RECORD, view_text("X"), "odd");
    assert_int_equal(judge(&fixture), VERDICT_PASSED);
    gap_add(arena, &fixture.image.inventory.gaps, GAP_UNREADABLE_LAYER, view_text("sha256:…"), "cut off");
    assert_int_equal(judge(&fixture), VERDICT_COULD_NOT_TELL);
    fixture.gate.allow_gaps = true;
    assert_int_equal(judge(&fixture), VERDICT_PASSED);
}

static void unattributed_programs_fail_only_if_asked(void **state)
{
    (void)state;
    struct view paths[] = {VIEW_LITERAL("bin/a")};
    struct fixture fixture;
    fixture_init(&fixture, 0, SEVERITY_UNKNOWN);
    fixture.image.inventory.unattributed = (struct unattributed_list){paths, 1, 1};
    assert_int_equal(judge(&fixture), VERDICT_PASSED);
    fixture.gate.fails_on_unattributed = true;
    assert_int_equal(judge(&fixture), VERDICT_FAILED);
    fixture.image.inventory.unattributed.count = 0;
    assert_int_equal(judge(&fixture), VERDICT_PASSED);
}

static void a_failure_outweighs_a_gap(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct fixture fixture;
    fixture_init(&fixture, 2, SEVERITY_CRITICAL);
    fixture.gate.has_threshold = true;
    fixture.gate.fail_on = SEVERITY_HIGH;
    gap_add(arena, &fixture.image.inventory.gaps, GAP_UNREADABLE_LAYER, view_text("sha256:…"), "cut off");
    assert_int_equal(judge(&fixture), VERDICT_FAILED);
}

static void packages_that_no_advisory_names_are_told_but_hide_nothing(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct fixture fixture;
    struct inventory_package packages[] = {
        {.package = {.type = PACKAGE_JVM, .name = VIEW_LITERAL("openjdk"), .version = VIEW_LITERAL("17")}},
        {.package = {.type = PACKAGE_JVM, .name = VIEW_LITERAL("openjdk"), .version = VIEW_LITERAL("21")}},
    };
    fixture_init(&fixture, 0, SEVERITY_UNKNOWN);
    fixture.image.inventory.packages = packages;
    fixture.image.inventory.package_count = 2;
    scan_cover_gaps(arena, NULL, 0, NOW_MS, &fixture.image.inventory);
    assert_int_equal(fixture.image.inventory.gaps.count, 1);
    assert_int_equal(fixture.image.inventory.gaps.items[0].kind, GAP_NO_ADVISORIES);
    assert_view_equal(fixture.image.inventory.gaps.items[0].path, "jvm");
    assert_int_equal(judge(&fixture), VERDICT_PASSED);
}

static void packages_without_any_feed_are_a_gap(void **state)
{
    (void)state;
    struct error err;
    AUTO_ARENA *arena = arena_new();
    struct fixture fixture;
    fixture_init(&fixture, 0, SEVERITY_UNKNOWN);
    assert_ok(scan_match(NULL, NULL, 0, arena, NOW_MS, &fixture.image, &err), &err);
    assert_int_equal(fixture.image.inventory.gaps.items[0].kind, GAP_NO_FEED);
    assert_int_equal(judge(&fixture), VERDICT_COULD_NOT_TELL);
}

static void a_release_that_the_feed_never_names_is_a_gap(void **state)
{
    (void)state;
    struct error err;
    AUTO_ARENA *arena = arena_new();
    struct fixture fixture;
    fixture_init(&fixture, 0, SEVERITY_UNKNOWN);
    fixture.package.package.version = view_text(""); /* nothing to look up */
    fixture.release = view_text("Debian:11");
    assert_ok(scan_match(NULL, &fixture.feed, 1, arena, NOW_MS, &fixture.image, &err), &err);
    assert_int_equal(fixture.image.inventory.gaps.items[0].kind, GAP_UNSUPPORTED_DISTRIBUTION);
    assert_int_equal(fixture.image.inventory.gaps.items[1].kind, GAP_VERSION_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_below_the_threshold_and_fails_at_it),
        cmocka_unit_test(cannot_tell_what_a_finding_without_severity_means),
        cmocka_unit_test(cannot_tell_with_an_old_feed),
        cmocka_unit_test(counts_the_age_of_a_remote_feed_from_its_check),
        cmocka_unit_test(cannot_tell_with_an_incomplete_feed),
        cmocka_unit_test(cannot_tell_with_a_gap_that_could_hide_packages),
        cmocka_unit_test(unattributed_programs_fail_only_if_asked),
        cmocka_unit_test(a_failure_outweighs_a_gap),
        cmocka_unit_test(packages_that_no_advisory_names_are_told_but_hide_nothing),
        cmocka_unit_test(packages_without_any_feed_are_a_gap),
        cmocka_unit_test(a_release_that_the_feed_never_names_is_a_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
