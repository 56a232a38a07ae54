/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "scan/scan.h"

enum { PACKAGES = 3 };

/* Every package has one advisory, but for names in `unknown`. */
struct fixture {
    struct lookup lookup; /* first: handed out as such */
    struct arena *arena;
    const char *unknown;
    struct inventory_package packages[PACKAGES];
    struct scan_image image;
    struct error err;
};

static bool find(const struct lookup *lookup, struct arena *arena, struct view ecosystem, struct view name,
    struct lookup_match **matches, size_t *count, struct error *err)
{
    const struct fixture *fixture = (const struct fixture *)lookup;
    (void)err;
    static struct range_event events[] = {{EVENT_INTRODUCED, VIEW_LITERAL("0")}, {EVENT_FIXED, VIEW_LITERAL("2.0")}};
    static struct range range = {RANGE_ECOSYSTEM, events, 2};
    struct affected *affected = ARENA_NEW(arena, struct affected);
    *affected = (struct affected){.ecosystem = ecosystem, .name = name, .ranges = &range, .range_count = 1};
    *matches = ARENA_NEW(arena, struct lookup_match);
    (*matches)->feed = "osv";
    (*matches)->advisory = (struct advisory){.id = view_text("X-1"), .affected = affected, .affected_count = 1};
    *count = view_is(name, fixture->unknown) ? 0 : 1;
    return true;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->lookup.find = find;
    fixture->arena = arena_new();
    fixture->unknown = "";
    fixture->packages[0] = (struct inventory_package){.package = {.type = PACKAGE_DEB,
                                                          .name = view_text("python3-requests"),
                                                          .version = view_text("2.0-1"),
                                                          .source_name = view_text("requests"),
                                                          .source_version = view_text("2.0-1"),
                                                          .ecosystem = view_text("Debian:12")}};
    fixture->packages[1] = (struct inventory_package){.package = {.type = PACKAGE_PYPI,
                                                          .name = view_text("requests"),
                                                          .version = view_text("1.0"),
                                                          .ecosystem = view_text("PyPI")},
        .owner = view_text("python3-requests")};
    fixture->packages[2] = fixture->packages[1];
    fixture->packages[2].owner = view_text("");
    fixture->image.inventory.packages = fixture->packages;
    fixture->image.inventory.package_count = PACKAGES;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

static void match(struct fixture *fixture)
{
    static struct view releases[] = {VIEW_LITERAL("Debian:12")};
    const struct feed_state feeds[] = {
        {.name = view_text("osv/Debian"), .ecosystem = view_text("Debian"), .releases = releases, .release_count = 1},
        {.name = view_text("osv/PyPI"), .ecosystem = view_text("PyPI")}};
    assert_ok(scan_match(&fixture->lookup, feeds, 2, fixture->arena, 0, &fixture->image, &fixture->err), &fixture->err);
}

static void the_distributions_advisories_decide_on_what_its_packages_own(void **state)
{
    struct fixture *fixture = *state;
    match(fixture);
    assert_int_equal(fixture->image.findings[1].count, 0);
    assert_int_equal(fixture->image.findings[2].count, 1);
    assert_int_equal(fixture->image.suppression_count, 1);
    const struct suppression *suppression = &fixture->image.suppressions[0];
    assert_string_equal(suppression_kind_name(suppression->kind), "owned");
    assert_int_equal(suppression->package, 1);
    assert_view_equal(suppression->finding.id, "X-1");
    assert_view_equal(suppression->reason,
        "the files belong to package \"python3-requests\" 2.0-1, for which the advisories of Debian:12 decide");
}

static void an_owner_without_advisories_suppresses_nothing(void **state)
{
    struct fixture *fixture = *state;
    fixture->unknown = "requests";
    fixture->packages[1].package.name = fixture->packages[2].package.name = view_text("urllib3");
    match(fixture);
    assert_int_equal(fixture->image.findings[1].count, 1);
    assert_int_equal(fixture->image.suppression_count, 0);
}

static void a_third_partys_package_suppresses_nothing(void **state)
{
    struct fixture *fixture = *state;
    fixture->packages[0].is_third_party = true;
    match(fixture);
    assert_int_equal(fixture->image.findings[1].count, 1);
    assert_int_equal(fixture->image.suppression_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            the_distributions_advisories_decide_on_what_its_packages_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_owner_without_advisories_suppresses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_third_partys_package_suppresses_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
