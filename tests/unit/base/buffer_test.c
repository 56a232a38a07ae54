/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/buffer.h"

static void an_append_that_does_not_fit_leaves_no_part(void **state)
{
    (void)state;
    AUTO_BUFFER buffer;
    buffer_init(&buffer, 5);
    struct error err;
    buffer_append_text(&buffer, "hello");
    assert_ok(buffer_check(&buffer, "greeting", &err), &err);
    buffer_append_text(&buffer, "!");
    buffer_append_text(&buffer, "");
    assert_view_equal(buffer_view(&buffer), "hello");
    assert_fails(buffer_check(&buffer, "greeting", &err), &err, ERROR_LIMIT);
}

static void room_for_nothing_has_an_address(void **state)
{
    (void)state;
    AUTO_BUFFER buffer;
    buffer_init(&buffer, 5);
    assert_non_null(buffer_reserve(&buffer, 0));
    assert_null(buffer_reserve(&buffer, 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_append_that_does_not_fit_leaves_no_part),
        cmocka_unit_test(room_for_nothing_has_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
