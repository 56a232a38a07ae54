/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/challenge.h"
#include "tests/unit/table.h"

static void expect(const struct table *table, struct view actual, size_t field)
{
    if (!view_equal(actual, table->fields[field]))
        fail_msg("%.*s: \"%.*s\" is not \"%.*s\"", VIEW_PRINT(table->line), VIEW_PRINT(actual),
            VIEW_PRINT(table->fields[field]));
}

static void reads_each_challenge_of_the_table(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct table table;
    table_open(&table, arena, "tests/tables/challenges/challenges.txt", 6);
    while (table_next(&table)) {
        static const struct challenge none;
        struct challenge_list list;
        struct error err;
        assert_ok(challenge_parse(arena, table.fields[0], &list, &err), &err);
        const struct challenge *chosen = challenge_choose(&list, true);
        chosen = chosen == NULL ? &none : chosen;
        expect(&table, challenge_schemes(arena, &list), 1);
        expect(&table, chosen->scheme, 2);
        expect(&table, chosen->realm, 3);
        expect(&table, chosen->service, 4);
        expect(&table, chosen->scope, 5);
    }
}

static void basic_needs_a_password(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct challenge_list list;
    struct error err;
    assert_ok(challenge_parse(arena, view_text("Basic realm=\"x\""), &list, &err), &err);
    assert_null(challenge_choose(&list, false));
    assert_non_null(challenge_choose(&list, true));
}

static void keeps_the_error_that_the_registry_gives(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct challenge_list list;
    struct error err;
    assert_ok(challenge_parse(arena, view_text("Bearer realm=\"https://a\",error=\"insufficient_scope\""), &list, &err),
        &err);
    assert_view_equal(list.items[0].error, "insufficient_scope");
}

static void refuses_what_is_no_challenge(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    static const char *const rows[] = {"realm=\"x\"", "Basic realm=\"x", "=x", "\"x\"", "Basic realm=\"x\" \"y\""};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct challenge_list list;
        struct error err;
        if (challenge_parse(arena, view_text(rows[i]), &list, &err))
            fail_msg("accepted %s", rows[i]);
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

static void limits_length_and_number(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct challenge_list list;
    struct error err;
    char *text = arena_alloc(arena, CHALLENGE_BYTES_MAX + 2);
    memset(text, ' ', CHALLENGE_BYTES_MAX + 1);
    assert_ok(challenge_parse(arena, view_of(text, CHALLENGE_BYTES_MAX), &list, &err), &err);
    assert_fails(challenge_parse(arena, view_of(text, CHALLENGE_BYTES_MAX + 1), &list, &err), &err, ERROR_LIMIT);
    for (size_t i = 0; i <= CHALLENGES_MAX; i++)
        memcpy(text + 3 * i, "a, ", 3);
    assert_ok(challenge_parse(arena, view_of(text, 3 * CHALLENGES_MAX), &list, &err), &err);
    assert_fails(challenge_parse(arena, view_of(text, 3 * CHALLENGES_MAX + 3), &list, &err), &err, ERROR_LIMIT);
    memset(text, 'a', 33);
    assert_fails(challenge_parse(arena, view_of(text, 33), &list, &err), &err, ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_challenge_of_the_table),
        cmocka_unit_test(basic_needs_a_password),
        cmocka_unit_test(keeps_the_error_that_the_registry_gives),
        cmocka_unit_test(refuses_what_is_no_challenge),
        cmocka_unit_test(limits_length_and_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
