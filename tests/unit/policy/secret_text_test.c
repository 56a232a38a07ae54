/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/table.h"
#include "tests/unit/test.h"

#include "policy/secret_text.h"

static void finds_secrets_and_leaves_the_rest_alone(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct table table;
    table_open(&table, arena, "tests/tables/policy/secrets.txt", 2);
    while (table_next(&table)) {
        if (secret_text_is_in(table.fields[0]) != view_is(table.fields[1], "yes"))
            fail_msg("%.*s", VIEW_PRINT(table.line));
    }
}

static void a_variable_is_a_secret_by_name_or_by_value(void **state)
{
    (void)state;
    assert_true(secret_text_is_variable(view_text("API_KEY"), view_text("abcdefgh")));
    assert_true(secret_text_is_variable(view_text("URL"), view_text("postgres://app:hunter2@db/app")));
    assert_false(secret_text_is_variable(view_text("API_KEY"), view_text("abc")));
    assert_false(secret_text_is_variable(view_text("API_KEY"), view_text("")));
    assert_false(secret_text_is_variable(view_text("PUBLIC_URL"), view_text("https://example.com/")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_secrets_and_leaves_the_rest_alone),
        cmocka_unit_test(a_variable_is_a_secret_by_name_or_by_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
