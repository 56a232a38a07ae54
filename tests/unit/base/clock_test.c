/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/clock.h"

static void writes_what_it_reads(void **state)
{
    (void)state;
    static const char *const times[] = {"0001-01-01T00:00:00Z", "0506-02-01T00:00:00Z", "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z", "2026-11-21T22:30:00Z", "9999-12-31T23:59:59Z"};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        struct error err;
        int64_t wall_ms;
        char text[TIME_TEXT_SIZE];
        assert_ok(time_parse(view_text(times[i]), &wall_ms, &err), &err);
        time_format(wall_ms, text);
        assert_string_equal(text, times[i]);
    }
}

static void reads_fractions_and_offsets(void **state)
{
    (void)state;
    struct error err;
    int64_t wall_ms;
    assert_ok(time_parse(view_text("1970-01-01T01:00:00.123456789+01:00"), &wall_ms, &err), &err);
    assert_true(wall_ms == 123);
}

static void refuses_other_texts(void **state)
{
    (void)state;
    struct error err;
    int64_t wall_ms;
    static const char *const texts[] = {"", "2026-01-01", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
        "2026-01-01T00:00:00", "2026-01-01T00:00:00ZZ", "0000-01-01T00:00:00Z"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_fails(time_parse(view_text(texts[i]), &wall_ms, &err), &err, ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(reads_fractions_and_offsets),
        cmocka_unit_test(refuses_other_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
