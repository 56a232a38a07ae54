/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "advisory/advisory.h"

enum { EVENTS_MAX = 8 };

/* "introduced=0 fixed=1.2": one range as text. */
static struct range make_range(enum range_type type, const char *text, struct range_event events[EVENTS_MAX])
{
    static const char *const kinds[] = {"introduced", "fixed", "last_affected", "limit"};
    struct range range = {type, events, 0};
    struct view rest = view_text(text);
    while (rest.size > 0) {
        struct view version = view_cut(&rest, ' ');
        struct view kind = view_cut(&version, '=');
        for (int i = 0; i < 4; i++) {
            if (view_is(kind, kinds[i]))
                events[range.event_count++] = (struct range_event){(enum event_kind)i, version};
        }
    }
    return range;
}

static struct applicability_result evaluate(
    const char *ecosystem, enum range_type type, const char *range_text, const char *version)
{
    struct range_event events[EVENTS_MAX];
    struct range range = make_range(type, range_text, events);
    struct affected affected = {.ecosystem = view_text(ecosystem), .ranges = &range, .range_count = 1};
    struct applicability_result result;
    AUTO_ARENA *arena = arena_new();
    affected_evaluate(arena, &affected,
        &(struct applicability_question){view_text(ecosystem), view_text(version), EPOCH_COUNTS}, &result);
    return result;
}

/* Each row: ecosystem | range | version | yes, no or unknown | introduced | fixed | last_affected. */
static void ranges_contain_what_their_events_say(void **state)
{
    (void)state;
    static const char *const rows[][7] = {
        {"Debian:12", "introduced=0 fixed=1.2-1", "1.1-1", "yes", "0", "1.2-1", ""},
        {"Debian:12", "introduced=0 fixed=1.2-1", "1.2-1", "no", "", "", ""},
        {"Debian:12", "introduced=0 fixed=1.2-1", "1.2~rc1-1", "yes", "0", "1.2-1", ""},
        {"Debian:12", "introduced=0 fixed=1.2-1", "1:0.1-1", "no", "", "", ""},
        {"Debian:12", "fixed=1.2-1 introduced=0", "1.1-1", "yes", "0", "1.2-1", ""},
        {"Debian:12", "introduced=0", "9-1", "yes", "0", "", ""},
        {"Debian:12", "introduced=0", "0~~~-1", "yes", "0", "", ""},
        {"Debian:12", "introduced=1.0 fixed=1.2 introduced=2.0 fixed=2.2", "2.1", "yes", "2.0", "2.2", ""},
        {"Debian:12", "introduced=1.0 fixed=1.2 introduced=2.0 fixed=2.2", "1.5", "no", "", "", ""},
        {"Debian:12", "introduced=0 fixed=2 introduced=2 fixed=3", "2", "yes", "2", "3", ""},
        {"Debian:12", "introduced=1 last_affected=1", "1", "yes", "1", "", "1"},
        {"Debian:12", "introduced=1 last_affected=2", "2.0.1", "no", "", "", ""},
        {"Debian:12", "introduced=1 last_affected=2 introduced=4 fixed=5", "2", "yes", "1", "", "2"},
        {"Debian:12", "introduced=0 introduced=1 fixed=3", "2", "yes", "0", "3", ""},
        {"Debian:12", "introduced=0 introduced=5 fixed=7", "3", "yes", "0", "7", ""},
        {"Debian:12", "introduced=0 limit=2", "1", "yes", "0", "", ""},
        {"Debian:12", "introduced=0 limit=2", "2", "no", "", "", ""},
        {"Debian:12", "introduced=0 limit=2 limit=4", "3", "yes", "0", "", ""},
        {"Debian:12", "introduced=0 limit=2 limit=*", "9", "yes", "0", "", ""},
        {"Debian:12", "", "1", "no", "", "", ""},
        {"Debian:12", "fixed=3", "1", "no", "", "", ""},
        {"Alpine:v3.18", "introduced=0 fixed=0", "1.0-r0", "no", "", "", ""},
        {"Alpine:v3.18", "introduced=0 fixed=0", "0_alpha1", "no", "", "", ""},
        {"npm", "introduced=0.0.0-1 fixed=0", "0.1.0", "no", "", "", ""},
        {"npm", "introduced=0.0.0-1 fixed=0", "0.0.0-2", "yes", "0.0.0-1", "0", ""},
        {"Alpine:v3.18", "introduced=0 fixed=1.7.5.-r1", "1.7.4-r0", "yes", "0", "1.7.5.-r1", ""},
        {"Debian:12", "introduced=0 fixed=1.0-", "0.5", "unknown", "", "", ""},
        {"Alpine:v3.18", "introduced=0 fixed=none", "1.0-r0", "unknown", "", "", ""},
        {"Debian:12", "introduced=0 fixed=1.0", "not a version", "unknown", "", "", ""},
        {"Debian:12", "introduced=0", "not a version", "yes", "0", "", ""},
        {"npm", "introduced=1.0.0 fixed=1.2.0", "1.2.0-rc.1", "yes", "1.0.0", "1.2.0", ""},
        {"npm", "introduced=1.0.0 fixed=1.2", "v1.1", "yes", "1.0.0", "1.2", ""},
        {"npm", "introduced=0 fixed=1.1.3", "1.1.3.4.5", "no", "", "", ""},
        {"npm", "introduced=0 fixed=1.1.3", "=1.1.2", "yes", "0", "1.1.3", ""},
        {"FreeBSD", "introduced=0 fixed=1.2", "1.1", "unknown", "", "", ""},
        {"FreeBSD", "introduced=0", "1.1", "yes", "0", "", ""},
    };
    static const char *const answers[] = {[APPLIES_NO] = "no", [APPLIES_YES] = "yes", [APPLIES_UNKNOWN] = "unknown"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct applicability_result result = evaluate(rows[i][0], RANGE_ECOSYSTEM, rows[i][1], rows[i][2]);
        if (strcmp(answers[result.applies], rows[i][3]) != 0)
            fail_msg("%s [%s] %s: %s, not %s", rows[i][0], rows[i][1], rows[i][2], answers[result.applies], rows[i][3]);
        assert_view_equal(result.introduced, rows[i][4]);
        assert_view_equal(result.fixed, rows[i][5]);
        assert_view_equal(result.last_affected, rows[i][6]);
    }
}

static void the_type_of_a_range_orders_only_ecosystems_without_an_order(void **state)
{
    (void)state;
    struct applicability_result result = evaluate("Debian:12", RANGE_SEMVER, "introduced=0 fixed=1:0.1", "1.0");
    assert_int_equal(result.applies, APPLIES_YES);
    assert_string_equal(result.order, "dpkg");
    result = evaluate("FreeBSD", RANGE_SEMVER, "introduced=0 fixed=1.10.0", "1.9.0");
    assert_int_equal(result.applies, APPLIES_YES);
    assert_string_equal(result.order, "semver");
    assert_int_equal(evaluate("npm", RANGE_GIT, "introduced=0", "1.0.0").applies, APPLIES_NO);
}

static void an_empty_version_is_affected(void **state)
{
    (void)state;
    assert_int_equal(evaluate("npm", RANGE_SEMVER, "introduced=1.0.0 fixed=1.2.0", "").applies, APPLIES_YES);
}

static void listed_versions_count_beside_ranges(void **state)
{
    (void)state;
    struct range_event events[EVENTS_MAX];
    struct range range = make_range(RANGE_SEMVER, "introduced=2.0.0 fixed=2.1.0", events);
    struct view versions[] = {view_text("1.0.0"), view_text("2.0.5")};
    struct affected affected = {.ranges = &range, .range_count = 1, .versions = versions, .version_count = 2};
    struct applicability_result result;
    AUTO_ARENA *arena = arena_new();
    affected_evaluate(arena, &affected,
        &(struct applicability_question){view_text("npm"), view_text("1.0.0"), EPOCH_COUNTS}, &result);
    assert_true(result.applies == APPLIES_YES && result.is_listed && result.range == NULL);
    affected_evaluate(arena, &affected,
        &(struct applicability_question){view_text("npm"), view_text("2.0.5"), EPOCH_COUNTS}, &result);
    assert_true(result.applies == APPLIES_YES && result.is_listed);
    assert_view_equal(result.fixed, "2.1.0");
    affected_evaluate(arena, &affected,
        &(struct applicability_question){view_text("npm"), view_text("v1.0.0"), EPOCH_COUNTS}, &result);
    assert_int_equal(result.applies, APPLIES_NO);
    affected_evaluate(arena, &affected,
        &(struct applicability_question){view_text("Go"), view_text("v1.0.0"), EPOCH_COUNTS}, &result);
    assert_true(result.applies == APPLIES_YES && result.is_listed);
}

static void of_two_ranges_the_earlier_fix_counts_and_yes_beats_unknown(void **state)
{
    (void)state;
    struct range_event events[4][EVENTS_MAX];
    struct range ranges[] = {
        make_range(RANGE_ECOSYSTEM, "introduced=0 fixed=1.0-", events[0]),
        make_range(RANGE_ECOSYSTEM, "introduced=0", events[1]),
        make_range(RANGE_ECOSYSTEM, "introduced=0 fixed=3-1", events[2]),
        make_range(RANGE_ECOSYSTEM, "introduced=1-1 fixed=2-1", events[3]),
    };
    struct affected affected = {.ranges = ranges, .range_count = 4};
    struct applicability_result result;
    AUTO_ARENA *arena = arena_new();
    affected_evaluate(arena, &affected,
        &(struct applicability_question){view_text("Debian:12"), view_text("1-1"), EPOCH_COUNTS}, &result);
    assert_int_equal(result.applies, APPLIES_YES);
    assert_view_equal(result.fixed, "2-1");
    affected_evaluate(arena, &affected,
        &(struct applicability_question){view_text("Debian:12"), view_text("3-1"), EPOCH_COUNTS}, &result);
    assert_int_equal(result.applies, APPLIES_YES);
    assert_int_equal(result.fixed.size, 0);
    affected.range_count = 1;
    affected_evaluate(arena, &affected,
        &(struct applicability_question){view_text("Debian:12"), view_text("3-1"), EPOCH_COUNTS}, &result);
    assert_int_equal(result.applies, APPLIES_UNKNOWN);
}

static void releases_of_an_ecosystem_are_apart(void **state)
{
    (void)state;
    assert_true(ecosystem_matches(view_text("Debian:12"), view_text("Debian:12")));
    assert_false(ecosystem_matches(view_text("Debian:11"), view_text("Debian:12")));
    assert_false(ecosystem_matches(view_text("Debian:12"), view_text("Ubuntu:12")));
    assert_true(ecosystem_matches(view_text("Debian"), view_text("Debian:12")));
    assert_true(ecosystem_matches(view_text("Debian:12"), view_text("Debian")));
    assert_false(ecosystem_matches(view_text("Ubuntu:Pro:18.04:LTS"), view_text("Ubuntu:18.04:LTS")));
    assert_view_equal(ecosystem_base(view_text("Ubuntu:Pro:18.04:LTS")), "Ubuntu");
    assert_view_equal(ecosystem_base(view_text("npm")), "npm");
}

static void a_record_is_about_its_cves_or_itself(void **state)
{
    (void)state;
    struct view aliases[] = {view_text("GHSA-aaaa-bbbb-cccc"), view_text("CVE-2024-20000")};
    struct view upstream[] = {view_text("CVE-2024-1000"), view_text("CVE-2024-20000"), view_text("CVE-X-1")};
    struct advisory advisory = {
        .id = view_text("DSA-1-1"), .aliases = aliases, .alias_count = 2, .upstream = upstream, .upstream_count = 3};
    struct view *ids;
    size_t count;
    AUTO_ARENA *arena = arena_new();
    advisory_vulnerabilities(arena, &advisory, &ids, &count);
    assert_int_equal(count, 2);
    assert_view_equal(ids[0], "CVE-2024-1000");
    assert_view_equal(ids[1], "CVE-2024-20000");
    advisory.alias_count = 1;
    advisory.upstream_count = 0;
    advisory_vulnerabilities(arena, &advisory, &ids, &count);
    assert_int_equal(count, 1);
    assert_view_equal(ids[0], "DSA-1-1");
    advisory.id = view_text("ALPINE-CVE-2019-12345");
    advisory_vulnerabilities(arena, &advisory, &ids, &count);
    assert_view_equal(ids[0], "CVE-2019-12345");
    advisory.id = view_text("X-CVE-");
    advisory_vulnerabilities(arena, &advisory, &ids, &count);
    assert_view_equal(ids[0], "X-CVE-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_contain_what_their_events_say),
        cmocka_unit_test(the_type_of_a_range_orders_only_ecosystems_without_an_order),
        cmocka_unit_test(an_empty_version_is_affected),
        cmocka_unit_test(listed_versions_count_beside_ranges),
        cmocka_unit_test(of_two_ranges_the_earlier_fix_counts_and_yes_beats_unknown),
        cmocka_unit_test(releases_of_an_ecosystem_are_apart),
        cmocka_unit_test(a_record_is_about_its_cves_or_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
