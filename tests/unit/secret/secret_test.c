/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/secret.h"
#include "tests/unit/test.h"

static void keeps_a_copy_with_a_nul_behind_it(void **state)
{
    (void)state;
    char bytes[] = "s3cret";
    AUTO_SECRET *secret = secret_new(view_text(bytes));
    secret_wipe(bytes, strlen(bytes));
    assert_int_equal(bytes[0], 0);
    assert_view_equal(secret_view(secret), "s3cret");
    assert_int_equal(strlen(secret_view(secret).data), 6);
    assert_int_equal(secret_view(NULL).size, 0);
}

static void joins_parts_and_encodes_base64(void **state)
{
    (void)state;
    struct view parts[] = {view_text("alice"), view_text(":"), view_text("s3cret")};
    AUTO_SECRET *joined = secret_join(parts, 3);
    assert_view_equal(secret_view(joined), "alice:s3cret");
    AUTO_SECRET *encoded = secret_base64("Basic ", secret_view(joined));
    assert_view_equal(secret_view(encoded), "Basic YWxpY2U6czNjcmV0");
    AUTO_SECRET *padded = secret_base64("", view_text("ab"));
    assert_view_equal(secret_view(padded), "YWI=");
    AUTO_SECRET *empty = secret_base64("", view_text(""));
    assert_int_equal(secret_view(empty).size, 0);
}

static void compares_whole_secrets(void **state)
{
    (void)state;
    AUTO_SECRET *a = secret_new(view_text("token"));
    AUTO_SECRET *same = secret_new(view_text("token"));
    AUTO_SECRET *longer = secret_new(view_text("tokens"));
    AUTO_SECRET *other = secret_new(view_text("tokem"));
    assert_true(secret_equal(a, same));
    assert_false(secret_equal(a, longer));
    assert_false(secret_equal(a, other));
    assert_false(secret_equal(a, NULL));
    assert_true(secret_equal(NULL, NULL));
}

static void holds_more_than_a_page(void **state)
{
    (void)state;
    static char bytes[20000];
    memset(bytes, 'x', sizeof(bytes));
    AUTO_SECRET *secret = secret_new(view_of(bytes, sizeof(bytes)));
    assert_memory_equal(secret_view(secret).data, bytes, sizeof(bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_a_copy_with_a_nul_behind_it),
        cmocka_unit_test(joins_parts_and_encodes_base64),
        cmocka_unit_test(compares_whole_secrets),
        cmocka_unit_test(holds_more_than_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
