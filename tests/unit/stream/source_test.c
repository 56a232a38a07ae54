/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/stream/trickle.h"

#include <stdatomic.h>

static void reads_memory_in_any_step(void **state)
{
    (void)state;
    for (size_t step = 1; step < 8; step++) {
        AUTO_BUFFER all;
        buffer_init(&all, 100);
        struct error err;
        assert_ok(read_in_steps(source_from_memory(view_text("hello")), step, &all, &err), &err);
        assert_view_equal(buffer_view(&all), "hello");
    }
}

static void read_all_takes_exactly_the_maximum(void **state)
{
    (void)state;
    AUTO_BUFFER all;
    buffer_init(&all, 5);
    AUTO_SOURCE *source = source_from_memory(view_text("hello"));
    struct error err;
    assert_ok(source_read_all(source, &all, "greeting", &err), &err);
    assert_view_equal(buffer_view(&all), "hello");
}

static void read_all_refuses_one_byte_more(void **state)
{
    (void)state;
    AUTO_BUFFER all;
    buffer_init(&all, 4);
    AUTO_SOURCE *source = source_from_memory(view_text("hello"));
    struct error err;
    assert_fails(source_read_all(source, &all, "greeting", &err), &err, ERROR_LIMIT);
    assert_string_equal(err.message, "greeting is larger than 4 bytes");
}

static void limit_lets_its_maximum_pass_and_nothing_more(void **state)
{
    (void)state;
    AUTO_BUFFER all;
    buffer_init(&all, 100);
    struct error err;
    struct source *fits = source_limit(source_trickle(view_text("hello"), 2), 5, "greeting");
    assert_ok(read_in_steps(fits, 3, &all, &err), &err);
    assert_view_equal(buffer_view(&all), "hello");
    struct source *too_long = source_limit(source_trickle(view_text("hello"), 2), 4, "greeting");
    assert_fails(read_in_steps(too_long, 3, &all, &err), &err, ERROR_LIMIT);
}

static void drain_meets_the_error_at_the_end(void **state)
{
    (void)state;
    AUTO_SOURCE *source = source_limit(source_from_memory(view_text("hello")), 4, "greeting");
    struct error err;
    assert_fails(source_drain(source, &err), &err, ERROR_LIMIT);
}

static void stops_once_cancelled(void **state)
{
    (void)state;
    struct cancel cancel = {false};
    AUTO_SOURCE *source = source_cancellable(source_trickle(view_text("hello"), 1), &cancel);
    struct error err;
    char byte;
    size_t got;
    assert_ok(source_read(source, &byte, 1, &got, &err), &err);
    cancel_request(&cancel);
    assert_fails(source_read(source, &byte, 1, &got, &err), &err, ERROR_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_memory_in_any_step),
        cmocka_unit_test(read_all_takes_exactly_the_maximum),
        cmocka_unit_test(read_all_refuses_one_byte_more),
        cmocka_unit_test(limit_lets_its_maximum_pass_and_nothing_more),
        cmocka_unit_test(drain_meets_the_error_at_the_end),
        cmocka_unit_test(stops_once_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
