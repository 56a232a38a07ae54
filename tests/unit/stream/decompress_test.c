/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/stream/trickle.h"

#include <libdeflate.h>
#include <zstd.h>

static void assert_decompresses(struct view content, const char *expected)
{
    for (size_t step = 1; step < 20; step++) {
        AUTO_BUFFER all;
        buffer_init(&all, 1000);
        struct error err;
        assert_ok(read_in_steps(source_decompress(source_trickle(content, step)), 7, &all, &err), &err);
        assert_view_equal(buffer_view(&all), expected);
    }
}

static void recognises_gzip(void **state)
{
    (void)state;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    char room[100];
    size_t size = libdeflate_gzip_compress(compressor, "hello", 5, room, sizeof(room));
    assert_true(size > 0);
    assert_decompresses(view_of(room, size), "hello");
    libdeflate_free_compressor(compressor);
}

static void recognises_zstd_also_behind_a_skippable_frame(void **state)
{
    (void)state;
    char room[200] = "\x5a\x2a\x4d\x18\x02\0\0\0xx";
    size_t size = ZSTD_compress(room + 10, sizeof(room) - 10, "hello", 5, 3);
    assert_false(ZSTD_isError(size));
    assert_decompresses(view_of(room + 10, size), "hello");
    assert_decompresses(view_of(room, 10 + size), "hello");
}

static void leaves_everything_else_as_it_is(void **state)
{
    (void)state;
    assert_decompresses(view_text(""), "");
    assert_decompresses(view_text("x"), "x");
    assert_decompresses(view_text("\x1f"), "\x1f");
    assert_decompresses(view_text("BZhello/world.txt"), "BZhello/world.txt");
    assert_decompresses(view_text("a longer text than any magic number"), "a longer text than any magic number");
}

static void names_formats_that_are_not_supported(void **state)
{
    (void)state;
    static const struct {
        struct view content;
        const char *name;
    } cases[] = {
        {VIEW_LITERAL("BZh91AY&SY and so on"), "bzip2"},
        {VIEW_LITERAL("BZh9\x17\x72\x45\x38\x50\x90\0\0\0\0"), "bzip2"},
        {VIEW_LITERAL("\xfd"
                      "7zXZ\0 and so on"),
            "xz"},
    };
    for (size_t i = 0; i < 3; i++) {
        AUTO_BUFFER all;
        buffer_init(&all, 1000);
        struct error err;
        struct source *source = source_decompress(source_from_memory(cases[i].content));
        assert_fails(read_in_steps(source, 7, &all, &err), &err, ERROR_UNSUPPORTED);
        assert_non_null(strstr(err.message, cases[i].name));
    }
}

/* printf hello | bzip2, printf hello | xz -0 */
static const struct view bzip2_hello = VIEW_LITERAL(
    "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x19\x31\x65\x3d\x00\x00\x00\x81\x00\x02\x44\xa0\x00\x21\x9a\x68"
    "\x33\x4d\x07\x33\x8b\xb9\x22\x9c\x28\x48\x0c\x98\xb2\x9e\x80");
static const struct view xz_hello = VIEW_LITERAL(
    "\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x0c\x00\x00\x00\x8f\x98\x41\x9c\x01\x00"
    "\x04\x68\x65\x6c\x6c\x6f\x00\x00\x00\x00\xb1\x37\xb9\xdb\xe5\xda\x1e\x9b\x00\x01\x1d\x05\xb8\x2d\x80\xaf"
    "\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a");

static bool read_packed(struct view content, size_t step, struct buffer *all, struct error *err)
{
    return read_in_steps(source_decompress_all(source_trickle(content, step)), 7, all, err);
}

static void reads_bzip2_and_xz_where_they_are_wanted(void **state)
{
    (void)state;
    const struct view contents[] = {bzip2_hello, xz_hello, VIEW_LITERAL("hello")};
    for (size_t i = 0; i < 3; i++) {
        for (size_t step = 1; step < 20; step++) {
            AUTO_BUFFER all;
            buffer_init(&all, 1000);
            struct error err;
            assert_ok(read_packed(contents[i], step, &all, &err), &err);
            assert_view_equal(buffer_view(&all), "hello");
        }
    }
}

static void refuses_bzip2_and_xz_that_are_cut_short(void **state)
{
    (void)state;
    const struct view contents[] = {bzip2_hello, xz_hello};
    for (size_t i = 0; i < 2; i++) {
        for (size_t size = 12; size < contents[i].size; size++) {
            AUTO_BUFFER all;
            buffer_init(&all, 1000);
            struct error err;
            if (read_packed(view_slice(contents[i], 0, size), 100, &all, &err))
                fail_msg("%zu bytes of %zu are accepted", size, contents[i].size);
            assert_int_equal(err.code, ERROR_CORRUPT);
            buffer_done(&all);
        }
    }
}

static void closes_what_was_never_read(void **state)
{
    (void)state;
    source_close(source_decompress(source_from_memory(view_text("hello"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recognises_gzip),
        cmocka_unit_test(recognises_zstd_also_behind_a_skippable_frame),
        cmocka_unit_test(leaves_everything_else_as_it_is),
        cmocka_unit_test(names_formats_that_are_not_supported),
        cmocka_unit_test(reads_bzip2_and_xz_where_they_are_wanted),
        cmocka_unit_test(refuses_bzip2_and_xz_that_are_cut_short),
        cmocka_unit_test(closes_what_was_never_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
