/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "api/query.h"
#include "base/buffer.h"

static void decodes_percent_and_plus(void **state)
{
    (void)state;
    struct error err;
    struct view decoded;
    AUTO_ARENA *arena = arena_new();
    assert_ok(query_decode(arena, view_text("a%20b+c%3A%c3%bc"), true, &decoded, &err), &err);
    assert_view_equal(decoded, "a b c:\xc3\xbc");
    assert_ok(query_decode(arena, view_text("a+b"), false, &decoded, &err), &err);
    assert_view_equal(decoded, "a+b");
    assert_ok(query_decode(arena, view_text(""), true, &decoded, &err), &err);
    assert_int_equal(decoded.size, 0);
}

static void refuses_broken_escapes_and_text(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "%", "%4", "a%4", "%zz", "%4g", "%00", "%0d%0aX: y", "%7f", "%ff", "%c3", "%ed%a0%80"};
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct error err;
        struct view decoded;
        assert_fails(query_decode(arena, view_text(broken[i]), true, &decoded, &err), &err, ERROR_INVALID);
    }
}

static void reads_parameters(void **state)
{
    (void)state;
    struct error err;
    struct query query;
    AUTO_ARENA *arena = arena_new();
    assert_ok(query_parse(arena, view_text("version=2025-09-17&&search=a%26b%3Dc&flag&x=a=b"), &query, &err), &err);
    assert_int_equal(query.count, 4);
    assert_view_equal(query_find(&query, "search")->value, "a&b=c");
    assert_view_equal(query_find(&query, "flag")->value, "");
    assert_view_equal(query_find(&query, "x")->value, "a=b");
    assert_null(query_find(&query, "nothing"));
}

static void refuses_a_parameter_given_twice(void **state)
{
    (void)state;
    struct error err;
    struct query query;
    AUTO_ARENA *arena = arena_new();
    assert_fails(query_parse(arena, view_text("limit=10&l%69mit=20"), &query, &err), &err, ERROR_INVALID);
}

static void refuses_more_parameters_than_the_limit(void **state)
{
    (void)state;
    struct error err;
    struct query query;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER text;
    buffer_init(&text, 10000);
    for (int i = 0; i < QUERY_PARAMETERS_MAX; i++)
        buffer_append_format(&text, "&p%d=1", i);
    assert_ok(query_parse(arena, buffer_view(&text), &query, &err), &err);
    buffer_append_text(&text, "&more");
    assert_fails(query_parse(arena, buffer_view(&text), &query, &err), &err, ERROR_LIMIT);
}

static void encodes_what_it_can_decode(void **state)
{
    (void)state;
    struct error err;
    struct view decoded;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER text;
    buffer_init(&text, 1000);
    query_append_encoded(&text, view_text("a b+c&d=e%\xc3\xbc~-._"));
    assert_view_equal(buffer_view(&text), "a%20b%2Bc%26d%3De%25%C3%BC~-._");
    assert_ok(query_decode(arena, buffer_view(&text), true, &decoded, &err), &err);
    assert_view_equal(decoded, "a b+c&d=e%\xc3\xbc~-._");
}

static void finds_cookies(void **state)
{
    (void)state;
    struct view header = view_text("a=1; tidewaiter-session=tw_0; b=\"two\";c; d=x=y");
    assert_view_equal(cookie_find(header, "tidewaiter-session"), "tw_0");
    assert_view_equal(cookie_find(header, "a"), "1");
    assert_view_equal(cookie_find(header, "b"), "two");
    assert_view_equal(cookie_find(header, "c"), "");
    assert_view_equal(cookie_find(header, "d"), "x=y");
    assert_view_equal(cookie_find(header, "session"), "");
    assert_view_equal(cookie_find(view_text("a=1; a=2"), "a"), "1");
    assert_view_equal(cookie_find(view_text(";;= ;\""), "a"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_percent_and_plus),
        cmocka_unit_test(refuses_broken_escapes_and_text),
        cmocka_unit_test(reads_parameters),
        cmocka_unit_test(refuses_a_parameter_given_twice),
        cmocka_unit_test(refuses_more_parameters_than_the_limit),
        cmocka_unit_test(encodes_what_it_can_decode),
        cmocka_unit_test(finds_cookies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
