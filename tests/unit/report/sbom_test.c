/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "report/sbom.h"

static void knows_expressions_of_known_licenses(void **state)
{
    (void)state;
    static const char *const good[] = {"MIT", "(MIT)", "MIT OR Apache-2.0",
        "GPL-2.0-or-later WITH Classpath-exception-2.0", "(MIT AND Zlib) OR (BSD-3-Clause AND ISC)", "((MIT))",
        "Apache-2.0 WITH LLVM-exception AND (MIT OR 0BSD)"};
    static const char *const bad[] = {"", " ", "mit", "GPL", "GPLv2+", "MIT OR", "OR MIT", "MIT MIT", "(MIT", "MIT)",
        "()", "MIT AND (", "MIT/X11", "MIT WITH", "MIT WITH MIT", "(MIT) WITH LLVM-exception", "WITH LLVM-exception",
        "MIT and Zlib", "LicenseRef-x"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!sbom_license_is_expression(view_text(good[i])))
            fail_msg("\"%s\" is an expression", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (sbom_license_is_expression(view_text(bad[i])))
            fail_msg("\"%s\" is no expression", bad[i]);
    }
    assert_true(sbom_license_is_id(view_text("MIT")));
    assert_false(sbom_license_is_id(view_text("(MIT)")));
    assert_false(sbom_license_is_id(view_text("Apache-2")));
}

static void lists_license_ids_in_the_order_of_bytes(void **state)
{
    (void)state;
    static const char *const ids[] = {
#define LICENSE_ID(id) id,
#include "report/license_ids.def"
#undef LICENSE_ID
    };
    for (size_t i = 1; i < sizeof(ids) / sizeof(ids[0]); i++)
        assert_true(strcmp(ids[i - 1], ids[i]) < 0);
}

static void writes_the_version_as_rpm_shows_it(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct package package = {
        .type = PACKAGE_RPM, .epoch = view_text("1"), .version = view_text("3.0.7"), .release = view_text("27.el9")};
    assert_view_equal(sbom_package_version(arena, &package), "1:3.0.7-27.el9");
    package.epoch = view_text("0");
    assert_view_equal(sbom_package_version(arena, &package), "3.0.7-27.el9");
    package = (struct package){.type = PACKAGE_DEB, .version = view_text("1:2.3-4")};
    assert_view_equal(sbom_package_version(arena, &package), "1:2.3-4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_expressions_of_known_licenses),
        cmocka_unit_test(lists_license_ids_in_the_order_of_bytes),
        cmocka_unit_test(writes_the_version_as_rpm_shows_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
