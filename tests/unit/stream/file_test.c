/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/stream/trickle.h"

#include <sys/mman.h>
#include <unistd.h>

static int file_with(const char *text)
{
    int descriptor = memfd_create("file_test", MFD_CLOEXEC);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    assert_int_equal(lseek(descriptor, 0, SEEK_SET), 0);
    return descriptor;
}

static void reads_from_the_current_position_and_closes(void **state)
{
    (void)state;
    int descriptor = file_with("0123456789");
    assert_int_equal(lseek(descriptor, 4, SEEK_SET), 4);
    AUTO_BUFFER all;
    buffer_init(&all, 100);
    struct error err;
    assert_ok(read_in_steps(source_from_descriptor(descriptor, true), 4, &all, &err), &err);
    assert_view_equal(buffer_view(&all), "456789");
    assert_int_equal(lseek(descriptor, 0, SEEK_SET), -1);
}

static void ranges_share_one_descriptor(void **state)
{
    (void)state;
    int descriptor = file_with("0123456789");
    AUTO_SOURCE *first = source_from_range(descriptor, 0, 10);
    struct error err;
    char byte;
    size_t got;
    assert_ok(source_read(first, &byte, 1, &got, &err), &err);
    AUTO_BUFFER all;
    buffer_init(&all, 100);
    assert_ok(read_in_steps(source_from_range(descriptor, 3, 4), 3, &all, &err), &err);
    assert_view_equal(buffer_view(&all), "3456");
    assert_ok(source_read(first, &byte, 1, &got, &err), &err);
    assert_int_equal(byte, '1');
    close(descriptor);
}

static void a_range_beyond_the_file_is_an_error(void **state)
{
    (void)state;
    int descriptor = file_with("0123456789");
    AUTO_BUFFER all;
    buffer_init(&all, 100);
    struct error err;
    assert_fails(read_in_steps(source_from_range(descriptor, 8, 4), 3, &all, &err), &err, ERROR_CORRUPT);
    close(descriptor);
}

static void says_why_reading_failed(void **state)
{
    (void)state;
    AUTO_SOURCE *source = source_from_descriptor(-1, false);
    struct error err;
    char byte;
    size_t got;
    assert_fails(source_read(source, &byte, 1, &got, &err), &err, ERROR_IO);
    assert_non_null(strstr(err.message, "Bad file descriptor"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_from_the_current_position_and_closes),
        cmocka_unit_test(ranges_share_one_descriptor),
        cmocka_unit_test(a_range_beyond_the_file_is_an_error),
        cmocka_unit_test(says_why_reading_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
