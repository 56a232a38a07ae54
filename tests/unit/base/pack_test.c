/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/pack.h"

static void reads_back_what_was_written(void **state)
{
    (void)state;
    AUTO_BUFFER buffer;
    buffer_init(&buffer, 100);
    buffer_append_u32(&buffer, 0xfedcba98u);
    buffer_append_u64(&buffer, UINT64_C(0x0123456789abcdef));
    pack_text(&buffer, view_text("tide"));
    pack_text(&buffer, view_text(""));

    struct unpack unpack = unpack_begin(buffer_view(&buffer));
    assert_true(unpack_u32(&unpack) == 0xfedcba98u);
    assert_true(unpack_u64(&unpack) == UINT64_C(0x0123456789abcdef));
    assert_view_equal(unpack_text(&unpack), "tide");
    assert_false(unpack_is_done(&unpack));
    assert_view_equal(unpack_text(&unpack), "");
    assert_true(unpack_is_done(&unpack));
}

static void refuses_every_cut(void **state)
{
    (void)state;
    AUTO_BUFFER buffer;
    buffer_init(&buffer, 100);
    buffer_append_u64(&buffer, 7);
    pack_text(&buffer, view_text("tide"));
    for (size_t size = 0; size < buffer.size; size++) {
        struct unpack unpack = unpack_begin(view_of(buffer.data, size));
        unpack_u64(&unpack);
        unpack_text(&unpack);
        assert_false(unpack_is_done(&unpack));
    }
}

static void refuses_counts_that_cannot_be_there(void **state)
{
    (void)state;
    AUTO_BUFFER buffer;
    buffer_init(&buffer, 100);
    buffer_append_u32(&buffer, 1000000);
    buffer_append_u32(&buffer, 1);
    struct unpack unpack = unpack_begin(buffer_view(&buffer));
    assert_int_equal(unpack_count(&unpack, 4), 0);
    assert_true(unpack.is_broken);
}

static void keeps_numbers_of_every_size(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0, 1, -1, 63, 64, -64, -65, 1000000, INT64_MAX, INT64_MIN};
    enum { COUNT = sizeof(numbers) / sizeof(numbers[0]) };
    AUTO_BUFFER buffer;
    buffer_init(&buffer, 1000);
    for (size_t i = 0; i < COUNT; i++) {
        pack_number(&buffer, (uint64_t)numbers[i]);
        pack_signed(&buffer, numbers[i]);
    }
    pack_short_text(&buffer, view_text("tide"));
    struct unpack unpack = unpack_begin(buffer_view(&buffer));
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(unpack_number(&unpack) == (uint64_t)numbers[i]);
        assert_true(unpack_signed(&unpack, 0) == numbers[i]);
    }
    assert_view_equal(unpack_short_text(&unpack), "tide");
    assert_true(unpack_is_done(&unpack));
}

static void refuses_numbers_of_more_than_64_bits(void **state)
{
    (void)state;
    struct unpack unpack = unpack_begin(view_text("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));
    assert_true(unpack_number(&unpack) == 0 && unpack.is_broken);
    unpack = unpack_begin(view_text("\xff\xff"));
    assert_true(unpack_number(&unpack) == 0 && unpack.is_broken);
    unpack = unpack_begin(view_text("\5tid"));
    assert_int_equal(unpack_short_text(&unpack).size, 0);
    assert_true(unpack.is_broken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_what_was_written),
        cmocka_unit_test(refuses_every_cut),
        cmocka_unit_test(refuses_counts_that_cannot_be_there),
        cmocka_unit_test(keeps_numbers_of_every_size),
        cmocka_unit_test(refuses_numbers_of_more_than_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
