/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "api/rate_limit.h"

#define NOW_MS INT64_C(1795267200000)

static bool take(struct rate_limit *limit, const char *caller, int64_t after_ms)
{
    int wait_s;
    return rate_limit_take(limit, view_text(caller), NOW_MS + after_ms, &wait_s);
}

static void lets_so_many_calls_pass_in_a_minute(void **state)
{
    (void)state;
    struct rate_limit *limit = rate_limit_new(3);
    int wait_s = 0;
    for (int i = 0; i < 3; i++)
        assert_true(take(limit, "a", i));
    assert_false(rate_limit_take(limit, view_text("a"), NOW_MS + 500, &wait_s));
    assert_int_equal(wait_s, 60);
    assert_false(rate_limit_check(limit, view_text("a"), NOW_MS + 59001, &wait_s));
    assert_int_equal(wait_s, 1);
    assert_true(take(limit, "b", 500));
    assert_false(take(limit, "a", RATE_MINUTE_MS - 1));
    assert_true(take(limit, "a", RATE_MINUTE_MS));
    rate_limit_free(limit);
}

static void looking_does_not_count(void **state)
{
    (void)state;
    struct rate_limit *limit = rate_limit_new(1);
    int wait_s;
    for (int i = 0; i < 5; i++)
        assert_true(rate_limit_check(limit, view_text("a"), NOW_MS, &wait_s));
    assert_true(take(limit, "a", 0));
    assert_false(rate_limit_check(limit, view_text("a"), NOW_MS, &wait_s));
    rate_limit_free(limit);
}

static void a_clock_that_is_set_back_locks_nobody_out(void **state)
{
    (void)state;
    struct rate_limit *limit = rate_limit_new(1);
    assert_true(take(limit, "a", 3600 * 1000));
    assert_true(take(limit, "a", 0));
    rate_limit_free(limit);
}

static void zero_and_none_are_no_limit(void **state)
{
    (void)state;
    struct rate_limit *limit = rate_limit_new(0);
    for (int i = 0; i < 10000; i++)
        assert_true(take(limit, "a", 0) && take(NULL, "a", 0));
    rate_limit_free(limit);
}

/* Ten times as many strangers as the table holds, one call each, all in one minute. */
static void strangers_do_not_push_out_who_is_over_the_limit(void **state)
{
    (void)state;
    struct rate_limit *limit = rate_limit_new(5);
    for (int i = 0; i < 5; i++)
        assert_true(take(limit, "greedy", 0));
    for (int i = 0; i < 10 * RATE_BUCKETS * RATE_BUCKET_SIZE; i++) {
        char name[32];
        snprintf(name, sizeof(name), "stranger %d", i);
        assert_true(take(limit, name, 1));
    }
    assert_false(take(limit, "greedy", 2));
    rate_limit_free(limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_so_many_calls_pass_in_a_minute),
        cmocka_unit_test(looking_does_not_count),
        cmocka_unit_test(a_clock_that_is_set_back_locks_nobody_out),
        cmocka_unit_test(zero_and_none_are_no_limit),
        cmocka_unit_test(strangers_do_not_push_out_who_is_over_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
