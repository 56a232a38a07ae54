/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/table.h"

#include "base/clock.h"
#include "sync/schedule.h"

static void comes_when_the_table_says(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct table table;
    table_open(&table, arena, "tests/tables/sync/schedules.txt", 3);
    while (table_next(&table)) {
        struct error err;
        int64_t after_ms = 0;
        char text[TIME_TEXT_SIZE] = "";
        assert_ok(schedule_check(table.fields[0], &err), &err);
        assert_ok(time_parse(table.fields[1], &after_ms, &err), &err);
        int64_t next_ms = schedule_next_ms(table.fields[0], after_ms);
        if (next_ms != 0)
            time_format(next_ms, text);
        if (!view_is(table.fields[2], text))
            fail_msg("%.*s: %s", VIEW_PRINT(table.line), text);
    }
    assert_true(table.row_count > 20);
}

static void refuses_what_is_none_and_what_never_comes(void **state)
{
    (void)state;
    static const char *const rows[] = {"", "never", "0", "-1", "8785", "1.5", "* * * *", "* * * * * *", "60 * * * *",
        "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * 0 *", "* * * * 8", "* * * * fry", "5-1 * * * *",
        "*/0 * * * *", "*/x * * * *", "1, * * * *", ",1 * * * *", "1,,2 * * * *", "1- * * * *", "-1 * * * *",
        "+1 * * * *", "0 0 31 2 *", "0 0 31 apr,jun *", "@reboot", "001 * * * *", "*-5 * * * *", "a b c d e"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err;
        if (schedule_check(view_text(rows[i]), &err))
            fail_msg("\"%s\" was accepted", rows[i]);
        assert_int_equal(err.code, ERROR_INVALID);
    }
}

static void refuses_endless_texts(void **state)
{
    (void)state;
    struct error err;
    char text[SCHEDULE_BYTES_MAX + 2];
    memset(text, ' ', sizeof(text));
    assert_fails(schedule_check(view_of(text, sizeof(text)), &err), &err, ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_when_the_table_says),
        cmocka_unit_test(refuses_what_is_none_and_what_never_comes),
        cmocka_unit_test(refuses_endless_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
