/* SPDX-License-Identifier: Apache-2.0 */
#include "http/gate.h"
#include "tests/unit/test.h"

static void lets_only_so_many_in_at_a_time(void **state)
{
    (void)state;
    struct clock_manual manual;
    clock_manual_init(&manual, 1000);
    struct http_gate *gate = http_gate_new(&(struct http_gate_limits){.parallel = 2}, &manual.clock);
    assert_true(http_gate_enter(gate, false) == 0);
    assert_true(http_gate_enter(gate, false) == 0);
    assert_true(http_gate_enter(gate, false) > 0);
    http_gate_leave(gate);
    assert_true(http_gate_enter(gate, false) == 0);
    http_gate_free(gate);
}

static void keeps_to_the_requests_of_a_minute(void **state)
{
    (void)state;
    struct clock_manual manual;
    clock_manual_init(&manual, 1000);
    struct http_gate *gate = http_gate_new(&(struct http_gate_limits){.parallel = 1, .per_minute = 120}, &manual.clock);
    unsigned passed = 0;
    for (int64_t end_ms = manual.now_ms + 60000; manual.now_ms < end_ms;) {
        int64_t wait_ms = http_gate_enter(gate, false);
        if (wait_ms == 0) {
            passed++;
            http_gate_leave(gate);
        }
        manual.now_ms += wait_ms;
    }
    assert_in_range(passed, 120, 133); /* and the burst of 12 */
    http_gate_free(gate);
}

static void pauses_for_all_when_one_is_asked_to_wait(void **state)
{
    (void)state;
    struct clock_manual manual;
    clock_manual_init(&manual, 1000);
    struct http_gate *gate = http_gate_new(&(struct http_gate_limits){.parallel = 4}, &manual.clock);
    http_gate_pause(gate, 7000);
    http_gate_pause(gate, 1000);
    assert_true(http_gate_enter(gate, false) == 7000);
    manual.now_ms += 7000;
    assert_true(http_gate_enter(gate, false) == 0);
    http_gate_free(gate);
}

static void spreads_what_is_left_of_a_limit(void **state)
{
    (void)state;
    struct clock_manual manual;
    clock_manual_init(&manual, 1000);
    struct http_gate *gate = http_gate_new(&(struct http_gate_limits){.parallel = 4}, &manual.clock);
    http_gate_note(gate, 50, 100, 1000000);
    assert_true(http_gate_enter(gate, false) == 0);
    assert_true(http_gate_enter(gate, false) == 0);
    http_gate_note(gate, 2, 100, 1000000);
    assert_true(http_gate_enter(gate, false) == 0);
    assert_true(http_gate_enter(gate, false) == 10000);
    http_gate_note(gate, 100, 100, 1000000);
    manual.now_ms += 10000;
    assert_true(http_gate_enter(gate, false) == 0);
    http_gate_free(gate);
}

static void lets_patient_requests_leave_a_place_to_the_others(void **state)
{
    (void)state;
    struct clock_manual manual;
    clock_manual_init(&manual, 1000);
    struct http_gate *gate = http_gate_new(&(struct http_gate_limits){.parallel = 2}, &manual.clock);
    assert_true(http_gate_enter(gate, true) == 0);
    assert_true(http_gate_enter(gate, true) > 0);
    assert_true(http_gate_enter(gate, false) == 0);
    http_gate_free(gate);
    gate = http_gate_new(&(struct http_gate_limits){.parallel = 1}, &manual.clock);
    assert_true(http_gate_enter(gate, true) == 0);
    http_gate_free(gate);
}

static void lets_patient_requests_in_that_waited_long(void **state)
{
    (void)state;
    struct clock_manual manual;
    clock_manual_init(&manual, 1000);
    struct http_gate *gate = http_gate_new(&(struct http_gate_limits){.parallel = 2}, &manual.clock);
    assert_true(http_gate_enter(gate, false) == 0);
    assert_true(http_gate_enter(gate, false) == 0);
    for (unsigned i = 0; i < 30; i++) {
        assert_true(http_gate_enter(gate, true) > 0);
        manual.now_ms += 20;
    }
    http_gate_leave(gate);
    assert_true(http_gate_enter(gate, false) > 0); /* the place is kept for it */
    assert_true(http_gate_enter(gate, true) == 0);
    http_gate_leave(gate);
    assert_true(http_gate_enter(gate, false) == 0); /* and no other one waits */
    http_gate_free(gate);
}

static void keeps_no_place_for_whoever_gave_up(void **state)
{
    (void)state;
    struct clock_manual manual;
    clock_manual_init(&manual, 1000);
    struct http_gate *gate = http_gate_new(&(struct http_gate_limits){.parallel = 1}, &manual.clock);
    assert_true(http_gate_enter(gate, false) == 0);
    assert_true(http_gate_enter(gate, true) > 0);
    manual.now_ms += 600;
    http_gate_leave(gate);
    assert_true(http_gate_enter(gate, false) > 0);
    manual.now_ms += 2000;
    assert_true(http_gate_enter(gate, false) == 0);
    http_gate_free(gate);
}

static void has_room_where_there_is_no_gate(void **state)
{
    (void)state;
    assert_true(http_gate_enter(NULL, false) == 0);
    http_gate_pause(NULL, 1);
    http_gate_note(NULL, 1, 1, 1);
    http_gate_leave(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_only_so_many_in_at_a_time),
        cmocka_unit_test(keeps_to_the_requests_of_a_minute),
        cmocka_unit_test(pauses_for_all_when_one_is_asked_to_wait),
        cmocka_unit_test(spreads_what_is_left_of_a_limit),
        cmocka_unit_test(lets_patient_requests_leave_a_place_to_the_others),
        cmocka_unit_test(lets_patient_requests_in_that_waited_long),
        cmocka_unit_test(keeps_no_place_for_whoever_gave_up),
        cmocka_unit_test(has_room_where_there_is_no_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
