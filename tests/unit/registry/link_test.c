/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/link.h"
#include "tests/unit/table.h"

static void finds_the_next_page_in_each_header_of_the_table(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct table table;
    table_open(&table, arena, "tests/tables/links/next.txt", 2);
    while (table_next(&table)) {
        if (!view_equal(link_next(table.fields[0]), table.fields[1]))
            fail_msg("%.*s: \"%.*s\"", VIEW_PRINT(table.line), VIEW_PRINT(link_next(table.fields[0])));
    }
}

static void stays_with_our_host_and_path(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct table table;
    table_open(&table, arena, "tests/tables/links/follow.txt", 4);
    while (table_next(&table)) {
        struct url current;
        struct link_page page;
        struct error err;
        assert_ok(url_parse(arena, table.fields[0], &current, &err), &err);
        assert_ok(link_follow(arena, &current, table.fields[1], &page, &err), &err);
        struct view other = page.has_other ? url_format(arena, &page.other) : view_text("");
        if (!view_equal(url_format(arena, &page.url), table.fields[2]) || !view_equal(other, table.fields[3]))
            fail_msg("%.*s: %.*s, %.*s", VIEW_PRINT(table.line), VIEW_PRINT(url_format(arena, &page.url)),
                VIEW_PRINT(other));
    }
}

static void refuses_links_that_are_no_urls(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct url current;
    struct link_page page;
    struct error err;
    assert_ok(url_parse(arena, view_text("https://r.io/v2/_catalog"), &current, &err), &err);
    assert_fails(link_follow(arena, &current, view_text("file:///etc/passwd"), &page, &err), &err, ERROR_INVALID);
    assert_fails(link_follow(arena, &current, view_text("/v2/\x01"), &page, &err), &err, ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_next_page_in_each_header_of_the_table),
        cmocka_unit_test(stays_with_our_host_and_path),
        cmocka_unit_test(refuses_links_that_are_no_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
