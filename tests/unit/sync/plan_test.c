/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "sync/plan.h"

#define OLD VIEW_LITERAL("sha256:old")
#define NEW VIEW_LITERAL("sha256:new")

/* A registry with one tag of each kind. */
static const struct observed_tag tags[] = {
    {.name = VIEW_LITERAL("chosen"), .digest = NEW, .pushed_ms = 5000},
    {.name = VIEW_LITERAL("deleted-by-user"), .digest = NEW, .pushed_ms = 6000},
    {.name = VIEW_LITERAL("manual"), .digest = NEW, .pushed_ms = 3000},
    {.name = VIEW_LITERAL("moved"), .digest = NEW, .pushed_ms = 7000},
    {.name = VIEW_LITERAL("not-chosen"), .digest = NEW, .pushed_ms = 4000},
    {.name = VIEW_LITERAL("out-of-policy"), .digest = NEW, .pushed_ms = 2000},
    {.name = VIEW_LITERAL("same"), .digest = OLD, .pushed_ms = 1000},
};
enum { TAG_COUNT = sizeof(tags) / sizeof(tags[0]) };
static const struct selection selections[TAG_COUNT] = {{.is_selected = true}, {.is_selected = true},
    {.is_selected = false}, {.is_selected = true}, {.is_selected = false}, {.is_selected = false},
    {.is_selected = true}};
static struct plan_project projects[] = {
    {VIEW_LITERAL("gone"), OLD, true, false},
    {VIEW_LITERAL("gone-manual"), OLD, false, false},
    {VIEW_LITERAL("manual"), OLD, false, false},
    {VIEW_LITERAL("moved"), OLD, true, false},
    {VIEW_LITERAL("out-of-policy"), OLD, true, false},
    {VIEW_LITERAL("same"), OLD, true, false},
};
static const struct view tombstones[] = {VIEW_LITERAL("deleted-by-user")};
static const struct observed_repository repository = {VIEW_LITERAL("team/app"), tags, TAG_COUNT};

static struct plan_input input_with(bool deletes, bool is_complete)
{
    return (struct plan_input){&repository, selections, projects, 6, tombstones, 1, deletes, is_complete};
}

/* "tag action, tag action …" */
static void assert_plan(const struct plan_input *input, size_t imports_max, const char *expected)
{
    AUTO_ARENA *arena = arena_new();
    struct plan_totals totals = {.imports_max = imports_max};
    struct plan_step *steps;
    size_t count;
    struct view text = view_text("");
    plan_repository(input, arena, &totals, &steps, &count);
    for (size_t i = 0; i < count; i++)
        text = arena_format(arena, "%.*s%s%.*s %s", VIEW_PRINT(text), i == 0 ? "" : ", ", VIEW_PRINT(steps[i].tag),
            plan_action_name(steps[i].action));
    assert_view_equal(text, expected);
}

static void marks_what_it_may_not_delete(void **state)
{
    (void)state;
    struct plan_input input = input_with(false, true);
    assert_plan(&input, 10,
        "moved refresh, deleted-by-user skip-deleted, chosen import, not-chosen skip, manual keep, "
        "out-of-policy mark-out-of-policy, same keep, gone mark-gone, gone-manual mark-gone");
}

static void deletes_only_what_sync_made(void **state)
{
    (void)state;
    struct plan_input input = input_with(true, true);
    assert_plan(&input, 10,
        "moved refresh, deleted-by-user skip-deleted, chosen import, not-chosen skip, manual keep, "
        "out-of-policy delete, same keep, gone delete-gone, gone-manual mark-gone");
}

static void deletes_nothing_after_an_incomplete_listing(void **state)
{
    (void)state;
    struct plan_input input = input_with(true, false);
    assert_plan(&input, 10,
        "moved refresh, deleted-by-user skip-deleted, chosen import, not-chosen skip, manual keep, "
        "out-of-policy keep, same keep, gone keep, gone-manual keep");
}

static void leaves_imports_beyond_the_cap_to_later_runs(void **state)
{
    (void)state;
    struct plan_input input = input_with(false, true);
    assert_plan(&input, 0,
        "moved refresh, deleted-by-user skip-deleted, chosen import-later, not-chosen skip, manual keep, "
        "out-of-policy mark-out-of-policy, same keep, gone mark-gone, gone-manual mark-gone");
}

static void imports_ten_thousand_and_leaves_one(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    enum { COUNT = 10001 };
    struct observed_tag *many = ARENA_ARRAY(arena, struct observed_tag, COUNT);
    struct selection *all = ARENA_ARRAY(arena, struct selection, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        many[i] =
            (struct observed_tag){.name = arena_format(arena, "%zu", i), .digest = NEW, .pushed_ms = 1000 + (int64_t)i};
        all[i].is_selected = true;
    }
    struct observed_repository large = {view_text("large"), many, COUNT};
    struct plan_input input = {.repository = &large, .selections = all, .is_listing_complete = true};
    struct plan_totals totals = {.imports_max = POLICY_IMPORTS_DEFAULT};
    struct plan_step *steps;
    size_t count;
    plan_repository(&input, arena, &totals, &steps, &count);
    assert_int_equal(count, COUNT);
    assert_int_equal(totals.imports, 10000);
    assert_int_equal(totals.later, 1);
    assert_view_equal(steps[0].tag, "10000");
    assert_int_equal(steps[10000].action, PLAN_IMPORT_LATER);
    assert_view_equal(steps[10000].tag, "0");
}

static void holds_mass_deletions(void **state)
{
    static const struct {
        size_t deletions;
        struct plan_history history;
        enum plan_hold expected;
    } cases[] = {
        {0, {.project_count = 100, .listed_before = 100, .listed_now = 1}, HOLD_NONE},
        {9, {.project_count = 9, .listed_before = 100, .listed_now = 91}, HOLD_NONE},
        {10, {.project_count = 10, .listed_before = 100, .listed_now = 90}, HOLD_MANY_DELETIONS},
        {10, {.project_count = 50, .listed_before = 100, .listed_now = 90}, HOLD_NONE},
        {11, {.project_count = 50, .listed_before = 100, .listed_now = 90}, HOLD_MANY_DELETIONS},
        {1, {.project_count = 100, .listed_before = 100, .listed_now = 50}, HOLD_NONE},
        {1, {.project_count = 100, .listed_before = 100, .listed_now = 49}, HOLD_SHRUNKEN_LISTING},
        {1, {.project_count = 100, .listed_before = 9, .listed_now = 4}, HOLD_SHRUNKEN_LISTING},
        {60, {.project_count = 100, .listed_before = 100, .listed_now = 40, .is_approved = true}, HOLD_NONE},
        {60,
            {.project_count = 100,
                .listed_before = 40,
                .listed_now = 40,
                .was_held = true,
                .is_same_listing = true,
                .is_interval_over = true},
            HOLD_NONE},
        {60, {.project_count = 100, .listed_before = 40, .listed_now = 40, .was_held = true, .is_same_listing = true},
            HOLD_MANY_DELETIONS},
        {60,
            {.project_count = 100,
                .listed_before = 40,
                .listed_now = 40,
                .was_held = true,
                .is_same_listing = true,
                .is_interval_over = true,
                .is_after_policy_change = true},
            HOLD_MANY_DELETIONS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plan_totals totals = {.deletions = cases[i].deletions};
        if (plan_hold_deletions(&totals, &cases[i].history) != cases[i].expected)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_what_it_may_not_delete),
        cmocka_unit_test(deletes_only_what_sync_made),
        cmocka_unit_test(deletes_nothing_after_an_incomplete_listing),
        cmocka_unit_test(leaves_imports_beyond_the_cap_to_later_runs),
        cmocka_unit_test(imports_ten_thousand_and_leaves_one),
        cmocka_unit_test(holds_mass_deletions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
