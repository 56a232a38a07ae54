/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "secret/password.h"

static void a_password_matches_its_own_hash_only(void **state)
{
    (void)state;
    struct error err;
    char first[PASSWORD_HASH_SIZE], second[PASSWORD_HASH_SIZE];
    struct view password = view_text("correct horse battery");
    assert_ok(password_hash(password, first, &err), &err);
    assert_ok(password_hash(password, second, &err), &err);
    assert_string_not_equal(first, second); /* each has a salt of its own */
    assert_int_equal(strncmp(first, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    assert_true(password_matches(password, view_text(first)));
    assert_true(password_matches(password, view_text(second)));
    assert_false(password_matches(view_text("correct horse batterz"), view_text(first)));
    assert_false(password_matches(view_of(NULL, 0), view_text(first)));
}

static void nothing_matches_without_a_hash(void **state)
{
    (void)state;
    assert_false(password_matches(view_text(""), view_text("")));
    assert_false(password_matches(view_text("correct horse battery"), view_text("")));
    assert_false(password_matches(view_text("correct horse battery"), view_text("$argon2id$nonsense")));
}

static void refuses_passwords_that_are_guessed_at_once(void **state)
{
    (void)state;
    struct error err;
    char hash[PASSWORD_HASH_SIZE];
    static char text[PASSWORD_BYTES_MAX + 1];
    memset(text, 'a', sizeof(text));
    text[0] = 'b';
    assert_fails(password_hash(view_text("elevenbytes"), hash, &err), &err, ERROR_INVALID);
    assert_fails(password_hash(view_text("aaaaaaaaaaaaaaaa"), hash, &err), &err, ERROR_INVALID);
    assert_fails(password_hash(view_of(text, PASSWORD_BYTES_MAX + 1), hash, &err), &err, ERROR_INVALID);
    assert_ok(password_hash(view_of(text, PASSWORD_BYTES_MAX), hash, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_matches_its_own_hash_only),
        cmocka_unit_test(nothing_matches_without_a_hash),
        cmocka_unit_test(refuses_passwords_that_are_guessed_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
