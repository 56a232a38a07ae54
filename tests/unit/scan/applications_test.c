/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/applications.h"

#include "tests/unit/test.h"

enum { PACKAGES = 6 };

static const enum package_type types[PACKAGES] = {
    PACKAGE_NPM, PACKAGE_DEB, PACKAGE_PYPI, PACKAGE_RPM, PACKAGE_MAVEN, PACKAGE_APK};

static void keeps_what_the_distribution_installed(void **state)
{
    AUTO_ARENA *arena = arena_new();
    struct scan_image image = {.suppression_count = 4};
    static const size_t suppressed[] = {0, 1, 1, 5};
    (void)state;
    image.inventory.packages = ARENA_ARRAY(arena, struct inventory_package, PACKAGES);
    image.inventory.package_count = PACKAGES;
    image.findings = ARENA_ARRAY(arena, struct finding_list, PACKAGES);
    image.suppressions = ARENA_ARRAY(arena, struct suppression, 4);
    for (size_t i = 0; i < PACKAGES; i++) {
        image.inventory.packages[i].package.type = types[i];
        image.findings[i].count = i;
    }
    for (size_t i = 0; i < 4; i++)
        image.suppressions[i].package = suppressed[i];
    scan_leave_out_applications(&image);
    assert_int_equal(image.inventory.package_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(image.inventory.packages[i].package.type, types[2 * i + 1]);
        assert_int_equal(image.findings[i].count, 2 * i + 1);
    }
    assert_int_equal(image.suppression_count, 3);
    assert_int_equal(image.suppressions[0].package, 0);
    assert_int_equal(image.suppressions[1].package, 0);
    assert_int_equal(image.suppressions[2].package, 2);

    /* Nothing is left to leave out. */
    scan_leave_out_applications(&image);
    assert_int_equal(image.inventory.package_count, 3);
    assert_int_equal(image.suppression_count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_what_the_distribution_installed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
