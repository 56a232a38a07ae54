/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/clock.h"
#include "package/distro.h"

static int64_t at(const char *time)
{
    struct error err;
    int64_t time_ms = 0;
    assert_ok(time_parse(view_text(time), &time_ms, &err), &err);
    return time_ms;
}

static void counts_the_whole_last_day(void **state)
{
    (void)state;
    struct view release = view_text("Debian:10");
    assert_null(distro_end_of_life(release, at("2024-06-30T23:59:59Z")));
    assert_string_equal(distro_end_of_life(release, at("2024-07-01T00:00:00Z")), "2024-06-30");
}

static void takes_releases_whole(void **state)
{
    (void)state;
    int64_t late = at("2100-01-01T00:00:00Z");
    assert_string_equal(distro_end_of_life(view_text("Ubuntu:20.04:LTS"), late), "2025-05-31");
    assert_string_equal(distro_end_of_life(view_text("Red Hat:enterprise_linux:7::server"), late), "2024-06-30");
    assert_null(distro_end_of_life(view_text("Alpine:v3.1"), late));
    assert_null(distro_end_of_life(view_text("Debian:1"), late));
    assert_null(distro_end_of_life(view_text("Debian"), late));
    assert_null(distro_end_of_life(view_text(""), late));
    assert_null(distro_end_of_life(view_text("npm"), late));
}

static void has_only_dates_that_can_be_read(void **state)
{
    (void)state;
    static const char *const releases[] = {
#define END_OF_LIFE(release, date) release,
#include "package/end_of_life.def"
#undef END_OF_LIFE
    };
    int64_t late = at("2100-01-01T00:00:00Z");
    for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
        if (distro_end_of_life(view_text(releases[i]), late) == NULL)
            fail_msg("%s never ends", releases[i]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(releases[i], releases[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_the_whole_last_day),
        cmocka_unit_test(takes_releases_whole),
        cmocka_unit_test(has_only_dates_that_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
