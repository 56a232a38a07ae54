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
    assert_true(retry_after_ms(view_text("Sat 2000000001 Nov26$A20:177at"), NOW_MS) == -1);
    assert_true(retry_after_ms(view_text("-5"), NOW_MS) == -1);
    assert_true(retry_at_ms(view_text("9223372036854775807"), NOW_MS) == -1);
    assert_true(retry_at_ms(view_text(""), NOW_MS) == -1);
}

/* Docker Hub's registry, GitHub's API and GitLab write their limits in different ways. */
static void reads_what_is_left_of_a_limit(void **state)
{
    (void)state;
    struct rate_limit limit;
    struct rate_headers hub = {view_text("100;w=21600"), view_text("76;w=21600"), view_text("")};
    assert_true(rate_limit_read(&hub, NOW_MS, &limit));
    assert_true(limit.limit == 100 && limit.remaining == 76 && limit.window_ms == 21600000);
    struct rate_headers github = {view_text("5000"), view_text("4999"), view_text("1795292267")};
    assert_true(rate_limit_read(&github, NOW_MS, &limit) && limit.window_ms == 60000);
    struct rate_headers short_window = {view_text("60, 60;w=60"), view_text("0"), view_text("30")};
    assert_true(rate_limit_read(&short_window, NOW_MS, &limit) && limit.remaining == 0);
    struct rate_headers past = {view_text("60"), view_text("0"), view_text("1795292000")};
    assert_true(rate_limit_read(&past, NOW_MS, &limit) && limit.window_ms == 0);
    struct rate_headers nonsense = {view_text("many"), view_text("76"), view_text("1")};
    assert_false(rate_limit_read(&nonsense, NOW_MS, &limit));
    struct rate_headers endless = {view_text("5"), view_text("5"), view_text("9223372036854775807")};
    assert_true(rate_limit_read(&endless, NOW_MS, &limit) && limit.window_ms == 24LL * 3600 * 1000);
    struct rate_headers none = {view_text("5"), view_text("5"), view_text("")};
    assert_false(rate_limit_read(&none, NOW_MS, &limit));
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
        cmocka_unit_test(reads_what_is_left_of_a_limit),
        cmocka_unit_test(repeats_what_may_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
