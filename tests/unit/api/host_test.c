/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "api/host.h"

static void answers_loopback_names_only(void **state)
{
    (void)state;
    const struct host_rule rule = {.is_loopback = true};
    static const char *const allowed[] = {
        "localhost", "LOCALHOST:8010", "127.0.0.1", "127.0.0.1:8010", "[::1]", "[::1]:1"};
    static const char *const refused[] = {"", ":8010", "evil.example", "localhost.evil.example", "evil.example:8010",
        "127.0.0.1.evil.example", "127.0.0.2", "[::2]", "::1", "localhost:x", "localhost:80:80", "localhost:99999",
        "localhost:123456", "[::1]x", "[::1", "user@localhost", "localhost ", "0.0.0.0"};
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        if (!host_is_allowed(&rule, view_text(allowed[i])))
            fail_msg("\"%s\" is refused", allowed[i]);
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (host_is_allowed(&rule, view_text(refused[i])))
            fail_msg("\"%s\" is allowed", refused[i]);
    }
}

static void answers_configured_names(void **state)
{
    (void)state;
    const struct host_rule rule = {.names = {"tide.example"}, .name_count = 1};
    assert_true(host_is_allowed(&rule, view_text("Tide.Example:443")));
    assert_false(host_is_allowed(&rule, view_text("localhost")));
    assert_false(host_is_allowed(&rule, view_text("tide.example.evil.example")));
}

static void answers_any_name_where_the_proxy_decides(void **state)
{
    (void)state;
    const struct host_rule rule = {.allows_any = true};
    assert_true(host_is_allowed(&rule, view_text("tide.example")));
    assert_false(host_is_allowed(&rule, view_text("")));
}

static void takes_only_its_own_origin(void **state)
{
    (void)state;
    struct view host = view_text("localhost:8010");
    assert_true(host_is_origin(view_text("http://localhost:8010"), host));
    assert_true(host_is_origin(view_text("https://LOCALHOST:8010"), host));
    static const char *const refused[] = {"", "null", "http://localhost", "http://localhost:80101", "localhost:8010",
        "http://evil.example", "http://localhost:8010.evil.example", "ftp://localhost:8010", "http://localhost:8010/"};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_false(host_is_origin(view_text(refused[i]), host));
    assert_false(host_is_origin(view_text("http://"), view_text("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_loopback_names_only),
        cmocka_unit_test(answers_configured_names),
        cmocka_unit_test(answers_any_name_where_the_proxy_decides),
        cmocka_unit_test(takes_only_its_own_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
