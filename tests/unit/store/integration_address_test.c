/* SPDX-License-Identifier: Apache-2.0 */
#include "store/integrations.h"
#include "tests/unit/test.h"

static void writes_every_form_of_an_address_the_same_way(void **state)
{
    (void)state;
    static const struct {
        const char *given, *expected;
    } rows[] = {
        {"registry.example.com", "https://registry.example.com"},
        {"https://Registry.Example.com/", "https://registry.example.com"},
        {"docker://registry.example.com:5000//", "https://registry.example.com:5000"},
        {"registry.example.com:443/team/project/", "https://registry.example.com/team/project"},
        {"http://localhost:5000", "http://localhost:5000"},
        {"HTTP://localhost:80/", "http://localhost:80"},
        {"https://registry.example.com/v2/", "https://registry.example.com"},
        {" registry:443 ", "https://registry:443"}, /* without the port it would not be a host in a reference */
        {"[::1]:5000/a", "https://[::1]:5000/a"},
    };
    AUTO_ARENA *arena = arena_new();
    struct error err;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct integration_address address;
        assert_ok(integration_address_parse(arena, view_text(rows[i].given), &address, &err), &err);
        assert_view_equal(integration_address_format(arena, &address), rows[i].expected);
    }
}

static void refuses_what_is_no_address(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        enum error_code code;
    } rows[] = {
        {"", ERROR_INVALID},
        {"https://", ERROR_INVALID},
        {"ftp://registry.example.com", ERROR_INVALID},
        {"registry.example.com/Upper/Case", ERROR_INVALID},
        {"registry.example.com/a/../b", ERROR_INVALID},
        {"registry.example.com?x=1", ERROR_INVALID},
        {"registry.example.com:99999999", ERROR_INVALID},
        {"https://user:hunter2@registry.example.com", ERROR_REFUSED},
        {"https://user:hun/ter2@registry.example.com", ERROR_REFUSED},
        {"hunter2@registry.example.com/team", ERROR_REFUSED},
    };
    AUTO_ARENA *arena = arena_new();
    struct error err;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct integration_address address;
        assert_fails(integration_address_parse(arena, view_text(rows[i].given), &address, &err), &err, rows[i].code);
        assert_null(strstr(err.message, "hun"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_every_form_of_an_address_the_same_way),
        cmocka_unit_test(refuses_what_is_no_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
