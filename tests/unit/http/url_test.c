/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "http/url.h"
#include "tests/unit/table.h"

static struct url parse(struct arena *arena, const char *text)
{
    struct url url;
    struct error err;
    assert_ok(url_parse(arena, view_text(text), &url, &err), &err);
    return url;
}

static void resolves_each_reference_of_the_table(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct table table;
    table_open(&table, arena, "tests/tables/urls/resolve.txt", 3);
    while (table_next(&table)) {
        struct url base = parse(arena, arena_text(arena, table.fields[0]));
        struct url url;
        struct error err;
        if (view_is(table.fields[2], "!")) {
            if (url_resolve(arena, &base, table.fields[1], &url, &err))
                fail_msg("%.*s was accepted", VIEW_PRINT(table.line));
            assert_int_equal(err.code, ERROR_INVALID);
            assert_null(strstr(err.message, "secret"));
            continue;
        }
        assert_ok(url_resolve(arena, &base, table.fields[1], &url, &err), &err);
        if (!view_equal(url_format(arena, &url), table.fields[2]))
            fail_msg("%.*s: %.*s", VIEW_PRINT(table.line), VIEW_PRINT(url_format(arena, &url)));
    }
}

static void the_shown_form_hides_the_query(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct url url = parse(arena, "https://s3.example.com/blob?X-Amz-Signature=abc");
    assert_view_equal(url_show(arena, &url), "https://s3.example.com/blob");
    assert_view_equal(url_format(arena, &url), "https://s3.example.com/blob?X-Amz-Signature=abc");
}

static void origins_differ_by_scheme_host_or_port(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct url url = parse(arena, "https://r.io/a");
    struct url same = parse(arena, "https://R.io:443/b?c");
    struct url port = parse(arena, "https://r.io:444/a");
    struct url scheme = parse(arena, "http://r.io:443/a");
    struct url host = parse(arena, "https://r.io.evil.io/a");
    assert_true(url_same_origin(&url, &same));
    assert_false(url_same_origin(&url, &port));
    assert_false(url_same_origin(&url, &scheme));
    assert_false(url_same_origin(&url, &host));
}

static void limits_the_length(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct url url;
    struct error err;
    char *text = arena_alloc(arena, URL_BYTES_MAX + 2);
    memset(text, 'a', URL_BYTES_MAX + 1);
    memcpy(text, "https://r.io/", 13);
    assert_ok(url_parse(arena, view_of(text, URL_BYTES_MAX), &url, &err), &err);
    assert_fails(url_parse(arena, view_of(text, URL_BYTES_MAX + 1), &url, &err), &err, ERROR_INVALID);
    assert_fails(url_parse(arena, view_of("https://r.io/\0", 14), &url, &err), &err, ERROR_INVALID);
    assert_fails(url_parse(arena, view_text("https://r.io/\r\nX: y"), &url, &err), &err, ERROR_INVALID);
}

static void encodes_what_a_query_value_may_not_hold(void **state)
{
    (void)state;
    AUTO_BUFFER out;
    buffer_init(&out, 100);
    url_append_encoded(&out, view_text("a:b/c&d=e f+\xc3\xa9~"), ":/");
    assert_view_equal(buffer_view(&out), "a:b/c%26d%3De%20f%2B%C3%A9~");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolves_each_reference_of_the_table),
        cmocka_unit_test(the_shown_form_hides_the_query),
        cmocka_unit_test(origins_differ_by_scheme_host_or_port),
        cmocka_unit_test(limits_the_length),
        cmocka_unit_test(encodes_what_a_query_value_may_not_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
