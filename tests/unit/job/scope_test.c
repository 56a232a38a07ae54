/* SPDX-License-Identifier: Apache-2.0 */
#include "job/scope.h"

#include "tests/unit/test.h"

#define NOW_MS INT64_C(1790000000000)
#define DAY_MS INT64_C(86400000)

static void open_scope(
    struct scope *scope, const struct integration *integration, const struct view *others, size_t count)
{
    struct error err;
    *scope = (struct scope){.path = view_text("")};
    assert_ok(scope_open(integration, others, count, NOW_MS, scope, &err), &err);
}

static bool has(const struct scope *scope, const char *repository)
{
    return scope_has_repository(scope, view_text(repository));
}

static void a_path_ends_at_a_slash(void **state)
{
    (void)state;
    CLEANUP(scope_done) struct scope scope;
    struct integration integration = {.address = {.path = view_text("reg/a")}};
    open_scope(&scope, &integration, NULL, 0);
    assert_true(has(&scope, "reg/a"));
    assert_true(has(&scope, "reg/a/b"));
    assert_false(has(&scope, "reg/ab"));
    assert_false(has(&scope, "reg"));
}

static void the_longest_path_owns_a_repository(void **state)
{
    (void)state;
    CLEANUP(scope_done) struct scope whole;
    CLEANUP(scope_done) struct scope team;
    const struct view paths[] = {view_text("team"), view_text("team/web")};
    const struct view others[] = {view_text(""), view_text("team/web")};
    struct integration integration = {.name = view_text("x")};
    open_scope(&whole, &integration, paths, 2);
    integration.address.path = view_text("team");
    open_scope(&team, &integration, others, 2);
    assert_true(has(&whole, "other/app"));
    assert_false(has(&whole, "team/app"));
    assert_true(has(&team, "team/app"));
    assert_false(has(&team, "team/web/app"));
    assert_true(has(&team, "team/website"));
}

static void exclude_wins_over_include(void **state)
{
    (void)state;
    CLEANUP(scope_done) struct scope scope;
    struct integration integration = {
        .settings = {.include = view_text("^team/\n^base$"), .exclude = view_text("sandbox")}};
    open_scope(&scope, &integration, NULL, 0);
    assert_true(has(&scope, "team/app"));
    assert_true(has(&scope, "base"));
    assert_false(has(&scope, "other/app"));
    assert_false(has(&scope, "team/sandbox"));
}

static void only_known_ages_are_too_old(void **state)
{
    (void)state;
    CLEANUP(scope_done) struct scope scope;
    struct integration integration = {.settings = {.age_days_max = 30}};
    open_scope(&scope, &integration, NULL, 0);
    assert_true(scope_has_age(&scope, 0));
    assert_true(scope_has_age(&scope, NOW_MS - 30 * DAY_MS));
    assert_false(scope_has_age(&scope, NOW_MS - 31 * DAY_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_ends_at_a_slash),
        cmocka_unit_test(the_longest_path_owns_a_repository),
        cmocka_unit_test(exclude_wins_over_include),
        cmocka_unit_test(only_known_ages_are_too_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
