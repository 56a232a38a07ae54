/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/stream/trickle.h"

#include <zstd.h>

/* Appends one frame; with its content's checksum. `window_log` 0 leaves the window to zstd. */
static void compress_frame(struct buffer *out, struct view plain, int window_log)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)));
    if (window_log > 0) {
        assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log)));
        assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)));
    }
    size_t bound = ZSTD_compressBound(plain.size);
    char *room = buffer_reserve(out, bound);
    assert_non_null(room);
    /* A stream, since in one piece zstd would shrink the window to the content. */
    ZSTD_inBuffer input = {plain.data, plain.size, 0};
    ZSTD_outBuffer output = {room, bound, 0};
    assert_false(ZSTD_isError(ZSTD_compressStream2(context, &output, &input, ZSTD_e_continue)));
    assert_int_equal(ZSTD_compressStream2(context, &output, &input, ZSTD_e_end), 0);
    buffer_advance(out, output.pos);
    ZSTD_freeCCtx(context);
}

static void append_skippable_frame(struct buffer *out, struct view content)
{
    buffer_append_u32(out, 0x184d2a5e);
    buffer_append_u32(out, (uint32_t)content.size);
    buffer_append(out, content);
}

static bool decompress(struct view zstd, size_t input_step, size_t output_step, struct buffer *all, struct error *err)
{
    buffer_clear(all);
    return read_in_steps(source_zstd(source_trickle(zstd, input_step)), output_step, all, err);
}

static void reads_all_frames_and_passes_over_skippable_ones(void **state)
{
    (void)state;
    AUTO_BUFFER zstd, all;
    buffer_init(&zstd, 1 << 20);
    buffer_init(&all, 1 << 20);
    append_skippable_frame(&zstd, view_text("before"));
    compress_frame(&zstd, view_text("hello"), 0);
    append_skippable_frame(&zstd, view_text("between"));
    compress_frame(&zstd, view_text(""), 0);
    compress_frame(&zstd, view_text(", world"), 0);
    append_skippable_frame(&zstd, view_text(""));
    for (size_t input_step = 1; input_step < 40; input_step += 3) {
        for (size_t output_step = 1; output_step < 40; output_step += 5) {
            struct error err;
            assert_ok(decompress(buffer_view(&zstd), input_step, output_step, &all, &err), &err);
            assert_view_equal(buffer_view(&all), "hello, world");
        }
    }
}

static void reads_large_content_the_same_in_any_step(void **state)
{
    (void)state;
    AUTO_BUFFER plain, zstd, all;
    buffer_init(&plain, 10 << 20);
    buffer_init(&zstd, 10 << 20);
    buffer_init(&all, 10 << 20);
    uint32_t random = 1;
    for (size_t i = 0; i < 400 * 1000; i++) {
        random = random * 1664525 + 1013904223;
        buffer_append_byte(&plain, i % 2000 < 1000 ? (char)('a' + i % 7) : (char)(random >> 24));
    }
    compress_frame(&zstd, buffer_view(&plain), 0);
    static const size_t steps[][2] = {{1, 1 << 17}, {1 << 17, 1}, {7, 1001}, {1 << 17, 1 << 17}};
    for (size_t i = 0; i < 4; i++) {
        struct error err;
        assert_ok(decompress(buffer_view(&zstd), steps[i][0], steps[i][1], &all, &err), &err);
        assert_true(view_equal(buffer_view(&all), buffer_view(&plain)));
    }
}

static void never_takes_truncated_data_for_whole(void **state)
{
    (void)state;
    AUTO_BUFFER zstd, all;
    buffer_init(&zstd, 1 << 20);
    buffer_init(&all, 1 << 20);
    compress_frame(&zstd, view_text("hello, hello, hello, hello"), 0);
    size_t first_size = zstd.size;
    append_skippable_frame(&zstd, view_text("skipped"));
    size_t second_size = zstd.size;
    compress_frame(&zstd, view_text("world"), 0);
    for (size_t size = 0; size < zstd.size; size++) {
        struct error err;
        struct view cut = view_slice(buffer_view(&zstd), 0, size);
        if (size == first_size || size == second_size)
            assert_ok(decompress(cut, 3, 64, &all, &err), &err);
        else
            assert_fails(decompress(cut, 3, 64, &all, &err), &err, ERROR_CORRUPT);
    }
}

static void refuses_a_wrong_checksum_and_bytes_behind_the_data(void **state)
{
    (void)state;
    AUTO_BUFFER zstd, all;
    buffer_init(&zstd, 1 << 20);
    buffer_init(&all, 1 << 20);
    compress_frame(&zstd, view_text("hello"), 0);
    zstd.data[zstd.size - 1] ^= 1;
    struct error err;
    assert_fails(decompress(buffer_view(&zstd), 100, 100, &all, &err), &err, ERROR_CORRUPT);
    zstd.data[zstd.size - 1] ^= 1;
    buffer_append_text(&zstd, "xxxx");
    assert_fails(decompress(buffer_view(&zstd), 100, 100, &all, &err), &err, ERROR_CORRUPT);
}

static void accepts_a_window_of_32_mib_and_refuses_64(void **state)
{
    (void)state;
    AUTO_BUFFER zstd, all;
    buffer_init(&zstd, 1 << 20);
    buffer_init(&all, 1 << 20);
    struct error err;
    compress_frame(&zstd, view_text("hello"), 25);
    assert_ok(decompress(buffer_view(&zstd), 100, 100, &all, &err), &err);
    assert_view_equal(buffer_view(&all), "hello");
    buffer_clear(&zstd);
    compress_frame(&zstd, view_text("hello"), 26);
    assert_fails(decompress(buffer_view(&zstd), 100, 100, &all, &err), &err, ERROR_LIMIT);
}

/* However the input is cut. */
static void assert_refused_in_any_step(struct view zstd, enum error_code code)
{
    static const size_t steps[] = {1, 3, 4, 7, 1 << 20};
    AUTO_BUFFER all;
    buffer_init(&all, 1 << 20);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct error err;
        buffer_clear(&all);
        assert_fails(decompress(zstd, steps[i], 1 << 20, &all, &err), &err, code);
    }
}

static void refuses_a_large_window_of_a_small_frame_however_it_is_cut(void **state)
{
    (void)state;
    static const char header[] = "\x28\xb5\x2f\xfd\x40\x80\x2c\x00"; /* window of 64 MiB, 300 bytes of content */
    static const char block[] = "\x61\x09\x00"; /* the last one, 300 bytes as they are */
    AUTO_BUFFER zstd;
    buffer_init(&zstd, 1 << 20);
    buffer_append(&zstd, view_of(header, sizeof(header) - 1));
    buffer_append(&zstd, view_of(block, sizeof(block) - 1));
    for (int i = 0; i < 300; i++)
        buffer_append_text(&zstd, "x");
    assert_refused_in_any_step(buffer_view(&zstd), ERROR_LIMIT);
}

static void refuses_formats_before_the_rfc_however_they_are_cut(void **state)
{
    (void)state;
    static const char of_0_6[] = "\x26\xb5\x2f\xfd\x8b\xc5\xc5\xd5\xc5\x68";
    AUTO_BUFFER zstd;
    buffer_init(&zstd, 1 << 20);
    append_skippable_frame(&zstd, view_text("xx"));
    buffer_append(&zstd, view_of(of_0_6, sizeof(of_0_6) - 1));
    assert_refused_in_any_step(buffer_view(&zstd), ERROR_CORRUPT);
}

/* The last block is a compressed one of no bytes: libzstd takes it only where the frame comes in parts. */
static void takes_an_empty_block_however_it_is_cut(void **state)
{
    (void)state;
    static const char frame[] = "\x28\xb5\x2f\xfd\x20\x00\x05\x00\x00";
    static const size_t steps[] = {1, 3, 4, 7, 1 << 20};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct error err;
        AUTO_BUFFER all;
        buffer_init(&all, 1 << 20);
        assert_ok(decompress(view_of(frame, sizeof(frame) - 1), steps[i], 1 << 20, &all, &err), &err);
        assert_int_equal(all.size, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_frames_and_passes_over_skippable_ones),
        cmocka_unit_test(reads_large_content_the_same_in_any_step),
        cmocka_unit_test(never_takes_truncated_data_for_whole),
        cmocka_unit_test(refuses_a_wrong_checksum_and_bytes_behind_the_data),
        cmocka_unit_test(accepts_a_window_of_32_mib_and_refuses_64),
        cmocka_unit_test(refuses_a_large_window_of_a_small_frame_however_it_is_cut),
        cmocka_unit_test(refuses_formats_before_the_rfc_however_they_are_cut),
        cmocka_unit_test(takes_an_empty_block_however_it_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
