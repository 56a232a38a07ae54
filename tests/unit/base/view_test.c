/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

static void cuts_at_the_separator_and_keeps_the_rest(void **state)
{
    (void)state;
    struct view rest = view_text("a:b");
    assert_view_equal(view_cut(&rest, ':'), "a");
    assert_view_equal(rest, "b");
    assert_view_equal(view_cut(&rest, ':'), "b");
    assert_int_equal(rest.size, 0);
}

static void cuts_lines_with_either_ending(void **state)
{
    (void)state;
    struct view rest = view_text("one\r\n\ntwo");
    assert_view_equal(view_cut_line(&rest), "one");
    assert_view_equal(view_cut_line(&rest), "");
    assert_view_equal(view_cut_line(&rest), "two");
    assert_int_equal(rest.size, 0);
}

static void refuses_integers_that_overflow(void **state)
{
    (void)state;
    int64_t value = 7;
    assert_true(view_to_integer(view_text("9223372036854775807"), &value));
    assert_true(value == INT64_MAX);
    assert_false(view_to_integer(view_text("9223372036854775808"), &value));
    assert_false(view_to_integer(view_text(""), &value));
    assert_false(view_to_integer(view_text("-1"), &value));
}

static void tells_utf8_from_other_bytes(void **state)
{
    (void)state;
    assert_true(view_is_utf8(view_text("F\xc5\x91tan\xc3\xbas\xc3\xadtv\xc3\xa1ny \xf0\x9f\x8c\x8a")));
    assert_false(view_is_utf8(view_text("\xc0\xaf"))); /* overlong */
    assert_false(view_is_utf8(view_text("\xed\xa0\x80"))); /* surrogate */
    assert_false(view_is_utf8(view_text("\xf4\x90\x80\x80"))); /* above U+10FFFF */
    assert_false(view_is_utf8(view_text("\xe2\x82"))); /* cut off */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_at_the_separator_and_keeps_the_rest),
        cmocka_unit_test(cuts_lines_with_either_ending),
        cmocka_unit_test(refuses_integers_that_overflow),
        cmocka_unit_test(tells_utf8_from_other_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
