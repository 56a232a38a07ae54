/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/arena.h"
#include "layer/gap.h"

static void every_kind_is_found_by_its_name(void **state)
{
    (void)state;
    for (int i = 0; i < GAP_KIND_COUNT; i++) {
        enum gap_kind kind = GAP_KIND_COUNT;
        assert_true(gap_kind_parse(view_text(gap_kind_name((enum gap_kind)i)), &kind));
        assert_int_equal(kind, i);
        assert_true(strlen(gap_kind_consequence(kind)) > 0);
    }
    enum gap_kind kind;
    assert_false(gap_kind_parse(view_text("no-such-kind"), &kind));
    assert_false(gap_kind_parse(view_text(""), &kind));
}

static void knows_what_could_hide_packages(void **state)
{
    (void)state;
    assert_true(gap_kind_hides_packages(GAP_UNREADABLE_LAYER));
    assert_false(gap_kind_hides_packages(GAP_FEED_RECORD));
}

static void copies_what_it_is_given(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct gap_list gaps = {0};
    char path[] = "a/b", reason[] = "why";
    for (int i = 0; i < 100; i++)
        gap_add(arena, &gaps, GAP_TIMEOUT, view_text(path), reason);
    memset(path, 'x', sizeof(path) - 1);
    memset(reason, 'x', sizeof(reason) - 1);
    assert_int_equal(gaps.count, 100);
    assert_int_equal(gaps.items[99].kind, GAP_TIMEOUT);
    assert_view_equal(gaps.items[99].path, "a/b");
    assert_view_equal(gaps.items[99].reason, "why");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_found_by_its_name),
        cmocka_unit_test(knows_what_could_hide_packages),
        cmocka_unit_test(copies_what_it_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
