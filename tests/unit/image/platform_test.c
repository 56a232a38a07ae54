/* SPDX-License-Identifier: Apache-2.0 */
#include "image/manifest.h"
#include "tests/unit/test.h"

static struct platform parse(struct arena *arena, const char *text)
{
    struct platform platform;
    struct error err;
    assert_ok(platform_parse(arena, view_text(text), &platform, &err), &err);
    return platform;
}

static bool matches(struct arena *arena, const char *actual, const char *wanted)
{
    struct platform a = parse(arena, actual);
    struct platform b = parse(arena, wanted);
    return platform_matches(&a, &b);
}

static void knows_the_names_that_people_use_for_an_architecture(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    static const char *const rows[][2] = {{"linux/amd64", "linux/amd64"}, {"linux/x86_64", "linux/amd64"},
        {"linux/aarch64", "linux/arm64"}, {"linux/armhf", "linux/arm/v7"}, {"linux/armel", "linux/arm/v6"},
        {"linux/arm/v5", "linux/arm/v5"}, {"linux/i386", "linux/386"}, {"windows/amd64", "windows/amd64"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct platform platform = parse(arena, rows[i][0]);
        assert_view_equal(platform_format(arena, &platform), rows[i][1]);
    }
}

static void a_missing_variant_is_the_usual_one(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    assert_true(matches(arena, "linux/arm64/v8", "linux/arm64"));
    assert_true(matches(arena, "linux/arm64", "linux/arm64/v8"));
    assert_false(matches(arena, "linux/arm64/v9", "linux/arm64"));
    assert_true(matches(arena, "linux/arm/v7", "linux/arm"));
    assert_false(matches(arena, "linux/arm/v6", "linux/arm"));
    assert_true(matches(arena, "linux/amd64/v3", "linux/amd64"));
    assert_false(matches(arena, "linux/amd64/v3", "linux/amd64/v2"));
    assert_false(matches(arena, "linux/amd64", "linux/arm64"));
    assert_false(matches(arena, "linux/amd64", "windows/amd64"));
}

static void refuses_what_is_no_platform(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    static const char *const rows[] = {
        "", "linux", "linux/", "/amd64", "linux//v8", "linux/arm/", "linux/arm/v7/x", "Linux/amd64", "linux/amd 64"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct platform platform;
        struct error err;
        assert_fails(platform_parse(arena, view_text(rows[i]), &platform, &err), &err, ERROR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_names_that_people_use_for_an_architecture),
        cmocka_unit_test(a_missing_variant_is_the_usual_one),
        cmocka_unit_test(refuses_what_is_no_platform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
