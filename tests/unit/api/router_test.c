/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "api/router.h"

static const char *found_name(enum http_method method, const char *path)
{
    struct route_match match;
    router_find(method, view_text(path), &match);
    return match.route == NULL ? "" : match.route->name;
}

static void finds_operations(void **state)
{
    (void)state;
    assert_string_equal(found_name(METHOD_GET, "/healthz"), "health");
    assert_string_equal(found_name(METHOD_HEAD, "/healthz"), "health");
    assert_string_equal(found_name(METHOD_GET, "/openapi"), "openapi_list");
    assert_string_equal(found_name(METHOD_GET, "/openapi/2025-09-17"), "openapi_get");
    assert_string_equal(found_name(METHOD_GET, "/rest/openapi/2025-09-17"), "rest_openapi_get");
}

static void finds_nothing_at_other_addresses(void **state)
{
    (void)state;
    static const char *const paths[] = {"", "/", "//healthz", "/healthz/", "/healthz/x", "healthz", "/HEALTHZ",
        "/openapi/", "/openapi//", "/openapi/a/", "/openapi/a/b", "/healthz%2f", "/./healthz"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct route_match match;
        router_find(METHOD_GET, view_text(paths[i]), &match);
        if (match.route != NULL || match.methods != 0)
            fail_msg("\"%s\" is found", paths[i]);
    }
}

static void tells_which_methods_there_are(void **state)
{
    (void)state;
    struct route_match match;
    AUTO_ARENA *arena = arena_new();
    router_find(METHOD_POST, view_text("/healthz"), &match);
    assert_null(match.route);
    assert_view_equal(router_allow(arena, match.methods), "GET, HEAD, OPTIONS");
}

static void keeps_the_values_of_the_path(void **state)
{
    (void)state;
    struct route_match match;
    router_find(METHOD_GET, view_text("/openapi/2025%2D09"), &match);
    assert_view_equal(match.path_values[0], "2025%2D09");
}

/* The checks that a family needs: rows that can be reached, names and parameters that exist. */
static void every_row_is_sound(void **state)
{
    (void)state;
    static const char parameters[] = ""
#define PARAMETER(name, schema, description) #name " "
#include "api/parameters.def"
#undef PARAMETER
        ;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = &routes[i];
        struct view values = view_text(route->pattern);
        size_t names = 0;
        while (values.size > 0)
            names += view_starts_with(view_cut(&values, '/'), "{");
        if (names > REQUEST_PATH_VALUES_MAX)
            fail_msg("%s has too many names", route->name);
        for (struct view rest = view_text(route->parameters); rest.size > 0;) {
            struct view name = view_cut(&rest, ' ');
            if (!router_list_has(parameters, name))
                fail_msg("%s: there is no parameter \"%.*s\"", route->name, VIEW_PRINT(name));
        }
        for (struct view rest = view_text(route->versions); rest.size > 0;) {
            struct api_version version;
            if (!api_version_parse(view_cut(&rest, ' '), &version))
                fail_msg("%s: \"%s\" is no list of versions", route->name, route->versions);
        }
        bool wants_versions = view_starts_with(view_text(route->pattern), "/rest/") &&
                              !view_starts_with(view_text(route->pattern), "/rest/openapi");
        if ((route->versions[0] != '\0') != wants_versions)
            fail_msg("%s: what is under /rest has versions, but for their list, and nothing else", route->name);
        bool is_tenant = view_starts_with(view_text(route->pattern), "/rest/orgs/{org_id}") ||
                         view_starts_with(view_text(route->pattern), "/admission/{org_id}");
        if (is_tenant == (route->permission == PERMISSION_ANYONE || route->permission == PERMISSION_SIGNED_IN))
            fail_msg("%s: what belongs to an organization asks for a permission", route->name);
        if (i > 0 && strcmp(routes[i - 1].pattern, route->pattern) > 0)
            fail_msg("%s does not stand in order", route->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_operations),
        cmocka_unit_test(finds_nothing_at_other_addresses),
        cmocka_unit_test(tells_which_methods_there_are),
        cmocka_unit_test(keeps_the_values_of_the_path),
        cmocka_unit_test(every_row_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
