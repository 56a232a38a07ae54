/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/table.h"

#include "api/version_negotiation.h"

#define TODAY_MS INT64_C(1795267200000) /* 2026-11-21T13:20:00Z */

static struct view describe(struct arena *arena, enum version_answer answer, const struct version_choice *choice)
{
    static const char *const refusals[VERSION_ANSWER_COUNT] = {
        [VERSION_MISSING] = "missing",
        [VERSION_INVALID] = "invalid",
        [VERSION_IN_FUTURE] = "in the future",
        [VERSION_NOT_RELEASED] = "not released",
    };
    char served[API_VERSION_TEXT_SIZE];
    if (answer != VERSION_SERVED)
        return view_text(refusals[answer]);
    api_version_format(choice->served, served);
    return arena_format(arena, "%s %s", served, version_stage(choice));
}

static void answers_its_table(void **state)
{
    (void)state;
    struct table table;
    AUTO_ARENA *arena = arena_new();
    table_open(&table, arena, "tests/tables/api/versions.txt", 4);
    while (table_next(&table)) {
        struct version_choice choice = {0};
        enum version_answer answer =
            version_negotiate(table.fields[1], arena_text(arena, table.fields[0]), TODAY_MS, &choice);
        struct view got = describe(arena, answer, &choice);
        if (!view_equal(got, table.fields[2]))
            fail_msg("\"%.*s\": got \"%.*s\"", VIEW_PRINT(table.line), VIEW_PRINT(got));
        struct view end =
            !choice.is_deprecated ? view_text("") : arena_format(arena, "%s %s", choice.deprecation, choice.sunset);
        if (!view_equal(end, table.fields[3]))
            fail_msg("\"%.*s\": ends \"%.*s\"", VIEW_PRINT(table.line), VIEW_PRINT(end));
    }
}

static void lets_a_day_begin_in_utc(void **state)
{
    (void)state;
    struct version_choice choice;
    int64_t midnight;
    struct error err;
    assert_ok(time_parse(view_text("2026-11-22T00:00:00Z"), &midnight, &err), &err);
    struct view tomorrow = view_text("2026-11-22");
    assert_int_equal(version_negotiate(tomorrow, "2025-09-17", midnight - 1, &choice), VERSION_IN_FUTURE);
    assert_int_equal(version_negotiate(tomorrow, "2025-09-17", midnight, &choice), VERSION_SERVED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_its_table),
        cmocka_unit_test(lets_a_day_begin_in_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
