/* SPDX-License-Identifier: Apache-2.0 */
#include "http/retry.h"
#include "tests/unit/test.h"

#define NOW_MS 1795292207000LL /* Sat, 21 Nov 2026 20:16:47 GMT */

static void backs_off_twice_as_long_each_time_with_a_fifth_of_chance(void **state)
{
    (void)state;
    for (unsigned attempt = 0; attempt < 10; attempt++) {
        int64_t middle_ms = 1000LL << (attempt > 6 ? 6 : attempt);
        for (uint32_t chance = 0; chance < 5000; chance += 7) {
            int64_t wait_ms = retry_backoff_ms(attempt, chance);
            assert_true(wait_ms >= middle_ms * 8 / 10 && wait_ms <= middle_ms * 12 / 10);
        }
        assert_true(retry_backoff_ms(attempt, 0) == middle_ms * 8 / 10);
        assert_true(retry_backoff_ms(attempt, 1000) == middle_ms * 12 / 10);
    }
}

static void reads_seconds_and_dates(void **state)
{
    (void)state;
    assert_true(retry_after_ms(view_text("7"), NOW_MS) == 7000);
    assert_true(retry_after_ms(view_text(" 0 "), NOW_MS) == 0);
    assert_true(retry_after_ms(view_text("Sat, 21 Nov 2026 20:17:17 GMT"), NOW_MS) == 30000);
    assert_true(retry_after_ms(view_text("Sat, 21 Nov 2026 20:00:00 GMT"), NOW_MS) == 0);
    assert_true(retry_at_ms(view_text("1795292212"), NOW_MS) == 5000);
}

static void caps_at_an_hour_and_ignores_nonsense(void **state)
{
    (void)state;
    assert_true(retry_after_ms(view_text("86400"), NOW_MS) == RETRY_AFTER_MS_MAX);
    assert_true(retry_after_ms(view_text("9223372036854775807"), NOW_MS) == RETRY_AFTER_MS_MAX);
    assert_true(retry_after_ms(view_text("Mon, 21 Dec 2026 20:16:47 GMT"), NOW_MS) == RETRY_AFTER_MS_MAX);
    assert_true(retry_after_ms(view_text(""), NOW_MS) == -1);
    assert_true(retry_after_ms(view_text("soon"), NOW_MS) == -1);
    assert_true(retry_after_ms(view_text("-5"), NOW_MS) == -1);
    assert_true(retry_at_ms(view_text("9223372036854775807"), NOW_MS) == -1);
    assert_true(retry_at_ms(view_text(""), NOW_MS) == -1);
}

static void repeats_what_may_pass(void **state)
{
    (void)state;
    assert_true(retry_is_worthwhile(429));
    assert_true(retry_is_worthwhile(503));
    assert_false(retry_is_worthwhile(200));
    assert_false(retry_is_worthwhile(401));
    assert_false(retry_is_worthwhile(404));
    assert_false(retry_is_worthwhile(501));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backs_off_twice_as_long_each_time_with_a_fifth_of_chance),
        cmocka_unit_test(reads_seconds_and_dates),
        cmocka_unit_test(caps_at_an_hour_and_ignores_nonsense),
        cmocka_unit_test(repeats_what_may_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
