/* SPDX-License-Identifier: Apache-2.0 */
#include "http/range.h"
#include "tests/unit/test.h"

static void reads_where_a_part_lies_in_the_whole(void **state)
{
    (void)state;
    struct content_range range;
    assert_true(content_range_read(view_text("bytes 7-9/10"), &range));
    assert_int_equal(range.first, 7);
    assert_int_equal(range.last, 9);
    assert_int_equal(range.size, 10);
    assert_true(content_range_read(view_text("Bytes 0-0/*"), &range));
    assert_true(range.size == UINT64_MAX);
    assert_true(
        content_range_read(view_text("bytes 9223372036854775806-9223372036854775806/9223372036854775807"), &range));
}

static void refuses_what_names_no_part(void **state)
{
    (void)state;
    static const char *const rows[] = {"", "bytes", "bytes */10", "bytes 7-9", "bytes 9-7/10", "bytes 7-10/10",
        "bytes -9/10", "bytes 7-/10", "bytes +7-9/10", "items 7-9/10", "bytes 7-9/10, 1-2/10", "bytes 7-9/",
        "bytes 99999999999999999999-99999999999999999999/*"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct content_range range;
        if (content_range_read(view_text(rows[i]), &range))
            fail_msg("\"%s\" was read", rows[i]);
    }
}

static void reads_how_large_the_whole_is_where_there_is_no_part(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", "bytes", "bytes */", "bytes */*", "bytes 0-9/10", "bytes */-1", "items */10", "bytes */10x"};
    uint64_t size = 0;
    assert_true(content_range_read_size(view_text("bytes */10"), &size));
    assert_int_equal(size, 10);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (content_range_read_size(view_text(rows[i]), &size))
            fail_msg("\"%s\" was read", rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_where_a_part_lies_in_the_whole),
        cmocka_unit_test(refuses_what_names_no_part),
        cmocka_unit_test(reads_how_large_the_whole_is_where_there_is_no_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
