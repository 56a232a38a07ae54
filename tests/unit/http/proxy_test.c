/* SPDX-License-Identifier: Apache-2.0 */
#include "http/proxy.h"
#include "tests/unit/test.h"

#include <stdlib.h>

static const char *proxy_of(const char *text)
{
    AUTO_ARENA *arena = arena_new();
    struct url url;
    struct error err;
    assert_ok(url_parse(arena, view_text(text), &url, &err), &err);
    return proxy_for(&url);
}

static int clear_environment(void **state)
{
    (void)state;
    static const char *const names[] = {
        "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
    return 0;
}

static void takes_the_proxy_of_the_scheme(void **state)
{
    (void)state;
    assert_null(proxy_of("https://r.io/"));
    setenv("http_proxy", "http://plain:3128", 1);
    setenv("HTTPS_PROXY", "http://secure:3128", 1);
    assert_string_equal(proxy_of("http://r.io/"), "http://plain:3128");
    assert_string_equal(proxy_of("https://r.io/"), "http://secure:3128");
}

static void upper_case_http_proxy_is_not_trusted(void **state)
{
    (void)state;
    setenv("HTTP_PROXY", "http://from-a-request:3128", 1);
    assert_null(proxy_of("http://r.io/"));
}

static void loopback_never_goes_through_a_proxy(void **state)
{
    (void)state;
    setenv("all_proxy", "http://p:3128", 1);
    assert_non_null(proxy_of("https://r.io/"));
    assert_null(proxy_of("https://localhost:5000/"));
    assert_null(proxy_of("http://127.0.0.1:5000/"));
    assert_null(proxy_of("http://[::1]:5000/"));
}

static void no_proxy_names_hosts_domains_and_ranges(void **state)
{
    (void)state;
    struct view list = view_text("corp.io, .dev.io,10.0.0.0/8,exact");
    assert_true(proxy_is_excepted(list, view_text("corp.io")));
    assert_true(proxy_is_excepted(list, view_text("a.b.corp.io")));
    assert_false(proxy_is_excepted(list, view_text("xcorp.io")));
    assert_true(proxy_is_excepted(list, view_text("r.dev.io")));
    assert_true(proxy_is_excepted(list, view_text("10.9.8.7")));
    assert_false(proxy_is_excepted(list, view_text("11.0.0.1")));
    assert_true(proxy_is_excepted(view_text("*"), view_text("r.io")));
    assert_false(proxy_is_excepted(view_text(" , ,"), view_text("r.io")));
    setenv("https_proxy", "http://p:3128", 1);
    setenv("no_proxy", "r.io", 1);
    assert_null(proxy_of("https://r.io/"));
    assert_non_null(proxy_of("https://other.io/"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(takes_the_proxy_of_the_scheme, clear_environment),
        cmocka_unit_test_setup(upper_case_http_proxy_is_not_trusted, clear_environment),
        cmocka_unit_test_setup(loopback_never_goes_through_a_proxy, clear_environment),
        cmocka_unit_test_setup(no_proxy_names_hosts_domains_and_ranges, clear_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
