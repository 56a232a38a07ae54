/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "tests/unit/test.h"

static void writes_two_digits_a_byte(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {0x00, 0x0f, 0xa0, 0x7f, 0xff};
    char text[2 * sizeof(bytes) + 2] = "zzzzzzzzzzz";
    hex_write(text, bytes, sizeof(bytes));
    assert_string_equal(text, "000fa07fff");
    hex_write(text, bytes, 0);
    assert_string_equal(text, "");
    assert_int_equal(text[1], '0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(writes_two_digits_a_byte)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
