/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/stream/trickle.h"

#include <isa-l/crc.h>
#include <libdeflate.h>

enum { CONTENT_BYTES = 300 * 1000 };

/* Half of it compresses well, half hardly; the same in every run. */
static char *content;
static struct view content_view;

static int make_content(void **state)
{
    (void)state;
    content = malloc(CONTENT_BYTES);
    assert_non_null(content);
    uint32_t random = 1;
    for (size_t i = 0; i < CONTENT_BYTES; i++) {
        random = random * 1664525 + 1013904223;
        content[i] = i % 2000 < 1000 ? (char)('a' + i % 7) : (char)(random >> 24);
    }
    content_view = view_of(content, CONTENT_BYTES);
    return 0;
}

static int free_content(void **state)
{
    (void)state;
    free(content);
    return 0;
}

/* Appends one gzip member. */
static void compress_member(struct buffer *out, struct view plain, int level)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(level);
    size_t bound = libdeflate_gzip_compress_bound(compressor, plain.size);
    char *room = buffer_reserve(out, bound);
    assert_non_null(room);
    size_t size = libdeflate_gzip_compress(compressor, plain.data, plain.size, room, bound);
    assert_true(size > 0);
    buffer_advance(out, size);
    libdeflate_free_compressor(compressor);
}

/* Replaces the plain 10-byte header of the member in `out` by one with all optional fields. */
static void add_header_fields(struct buffer *out)
{
    AUTO_BUFFER all;
    buffer_init(&all, out->size_max);
    buffer_append(&all, view_of("\x1f\x8b\x08\x1e\0\0\0\0\0\xff", 10));
    buffer_append(&all, view_of("\x04\0AP\0\0", 6));
    buffer_append(&all, view_of("a-name-of-some-length", 22));
    buffer_append(&all, view_of("a comment", 10));
    uint32_t crc = crc32_gzip_refl(0, (const unsigned char *)all.data, all.size);
    buffer_append_byte(&all, (char)crc);
    buffer_append_byte(&all, (char)(crc >> 8));
    buffer_append(&all, view_from(buffer_view(out), 10));
    buffer_clear(out);
    buffer_append(out, buffer_view(&all));
}

static bool decompress(struct view gzip, size_t input_step, size_t output_step, struct buffer *all, struct error *err)
{
    buffer_clear(all);
    return read_in_steps(source_gzip(source_trickle(gzip, input_step)), output_step, all, err);
}

#define assert_same_content(actual, expected)                                                                          \
    do {                                                                                                               \
        assert_int_equal((actual).size, (expected).size);                                                              \
        assert_true(view_equal((actual), (expected)));                                                                 \
    } while (0)

static void reads_the_same_in_any_step(void **state)
{
    (void)state;
    /* Single bytes are slow in ISA-L, which moves its window in each call; 34,000 of them cross the window once. */
    static const struct {
        size_t input_step;
        size_t output_step;
        size_t bytes;
    } cases[] = {{1, 1, 34000}, {1, 1 << 17, 34000}, {1 << 17, 1, 34000}, {7, 1001, CONTENT_BYTES},
        {1 << 16, 1 << 17, CONTENT_BYTES}};
    static const int levels[] = {0, 6};
    AUTO_BUFFER gzip, all;
    buffer_init(&gzip, 10 << 20);
    buffer_init(&all, 10 << 20);
    for (size_t level = 0; level < 2; level++) {
        for (size_t i = 0; i < 5; i++) {
            struct view plain = view_slice(content_view, 0, cases[i].bytes);
            buffer_clear(&gzip);
            compress_member(&gzip, plain, levels[level]);
            struct error err;
            assert_ok(decompress(buffer_view(&gzip), cases[i].input_step, cases[i].output_step, &all, &err), &err);
            assert_same_content(buffer_view(&all), plain);
        }
    }
}

static void reads_all_members(void **state)
{
    (void)state;
    AUTO_BUFFER gzip, all, expected;
    buffer_init(&gzip, 10 << 20);
    buffer_init(&all, 10 << 20);
    buffer_init(&expected, 10 << 20);
    for (size_t i = 0; i < 20; i++) {
        struct view piece = view_slice(content_view, i * 1000, i % 3 == 0 ? 0 : i * 977);
        compress_member(&gzip, piece, 6);
        buffer_append(&expected, piece);
    }
    static const size_t steps[] = {1, 2, 13, 1 << 16};
    for (size_t i = 0; i < 4; i++) {
        struct error err;
        assert_ok(decompress(buffer_view(&gzip), steps[i], 1 << 16, &all, &err), &err);
        assert_same_content(buffer_view(&all), buffer_view(&expected));
    }
}

static void reads_headers_with_every_optional_field(void **state)
{
    (void)state;
    AUTO_BUFFER gzip, all;
    buffer_init(&gzip, 10 << 20);
    buffer_init(&all, 10 << 20);
    compress_member(&gzip, view_text("hello"), 6);
    add_header_fields(&gzip);
    compress_member(&gzip, view_text(", world"), 6);
    for (size_t step = 1; step < 80; step++) {
        struct error err;
        assert_ok(decompress(buffer_view(&gzip), step, 100, &all, &err), &err);
        assert_view_equal(buffer_view(&all), "hello, world");
    }
    gzip.data[20] ^= 1;
    struct error err;
    assert_fails(decompress(buffer_view(&gzip), 100, 100, &all, &err), &err, ERROR_CORRUPT);
    assert_string_equal(err.message, "the checksum of a gzip header is wrong");
}

static void never_takes_truncated_data_for_whole(void **state)
{
    (void)state;
    AUTO_BUFFER gzip, all;
    buffer_init(&gzip, 1 << 20);
    buffer_init(&all, 1 << 20);
    compress_member(&gzip, view_slice(content_view, 950, 120), 6);
    add_header_fields(&gzip);
    size_t first_size = gzip.size;
    compress_member(&gzip, view_slice(content_view, 950, 60), 0);
    for (size_t size = 0; size < gzip.size; size++) {
        for (size_t step = 1; step <= gzip.size; step += gzip.size - 1) {
            struct error err;
            struct view cut = view_slice(buffer_view(&gzip), 0, size);
            if (size == first_size)
                assert_ok(decompress(cut, step, 64, &all, &err), &err);
            else
                assert_fails(decompress(cut, step, 64, &all, &err), &err, ERROR_CORRUPT);
        }
    }
}

static void refuses_a_wrong_checksum_or_length(void **state)
{
    (void)state;
    AUTO_BUFFER gzip, all;
    buffer_init(&gzip, 1 << 20);
    buffer_init(&all, 1 << 20);
    compress_member(&gzip, view_text("hello"), 6);
    for (size_t i = 1; i <= 8; i++) {
        gzip.data[gzip.size - i] ^= 1;
        struct error err;
        assert_fails(decompress(buffer_view(&gzip), 100, 100, &all, &err), &err, ERROR_CORRUPT);
        assert_string_equal(err.message, "the checksum of the gzip data is wrong");
        gzip.data[gzip.size - i] ^= 1;
    }
}

static void verifies_the_checksum_of_every_member(void **state)
{
    (void)state;
    AUTO_BUFFER gzip, all;
    buffer_init(&gzip, 1 << 20);
    buffer_init(&all, 1 << 20);
    compress_member(&gzip, view_text("hello"), 6);
    compress_member(&gzip, view_text("hello"), 6);
    gzip.data[gzip.size - 8] ^= 1;
    struct error err;
    assert_fails(decompress(buffer_view(&gzip), 100, 100, &all, &err), &err, ERROR_CORRUPT);
}

static void ignores_zero_bytes_behind_the_data(void **state)
{
    (void)state;
    AUTO_BUFFER gzip, all;
    buffer_init(&gzip, 1 << 20);
    buffer_init(&all, 1 << 20);
    compress_member(&gzip, view_text("hello"), 6);
    for (size_t i = 0; i < 100000; i++)
        buffer_append_byte(&gzip, 0);
    struct error err;
    assert_ok(decompress(buffer_view(&gzip), 1000, 100, &all, &err), &err);
    assert_view_equal(buffer_view(&all), "hello");
}

static void refuses_other_bytes_behind_the_data(void **state)
{
    (void)state;
    static const char *const behind[] = {"x", "\x1f", "\x1f\x8b", "\x1fx"};
    for (size_t i = 0; i < 4; i++) {
        AUTO_BUFFER gzip, all;
        buffer_init(&gzip, 1 << 20);
        buffer_init(&all, 1 << 20);
        compress_member(&gzip, view_text("hello"), 6);
        buffer_append_text(&gzip, behind[i]);
        struct error err;
        assert_fails(decompress(buffer_view(&gzip), 100, 100, &all, &err), &err, ERROR_CORRUPT);
    }
}

static void refuses_a_member_behind_zero_bytes(void **state)
{
    (void)state;
    AUTO_BUFFER gzip, all;
    buffer_init(&gzip, 1 << 20);
    buffer_init(&all, 1 << 20);
    compress_member(&gzip, view_text("hello"), 6);
    buffer_append_byte(&gzip, 0);
    compress_member(&gzip, view_text("hello"), 6);
    struct error err;
    assert_fails(decompress(buffer_view(&gzip), 100, 100, &all, &err), &err, ERROR_CORRUPT);
}

static void refuses_unknown_methods_and_flags(void **state)
{
    (void)state;
    AUTO_BUFFER gzip, all;
    buffer_init(&gzip, 1 << 20);
    buffer_init(&all, 1 << 20);
    compress_member(&gzip, view_text("hello"), 6);
    struct error err;
    gzip.data[2] = 7;
    assert_fails(decompress(buffer_view(&gzip), 100, 100, &all, &err), &err, ERROR_UNSUPPORTED);
    gzip.data[2] = 8;
    gzip.data[3] = 0x20;
    assert_fails(decompress(buffer_view(&gzip), 100, 100, &all, &err), &err, ERROR_UNSUPPORTED);
}

static void survives_every_single_damaged_byte(void **state)
{
    (void)state;
    AUTO_BUFFER gzip, all;
    buffer_init(&gzip, 1 << 20);
    buffer_init(&all, 1 << 20);
    compress_member(&gzip, view_slice(content_view, 900, 300), 6);
    for (size_t i = 0; i < gzip.size; i++) {
        gzip.data[i] ^= 0x55;
        struct error err;
        /* Bytes 4 to 9 of the header are a time and two hints that nothing checks. */
        bool is_unchecked = i >= 4 && i <= 9;
        assert_int_equal(decompress(buffer_view(&gzip), 100, 100, &all, &err), is_unchecked);
        gzip.data[i] ^= 0x55;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_same_in_any_step),
        cmocka_unit_test(reads_all_members),
        cmocka_unit_test(reads_headers_with_every_optional_field),
        cmocka_unit_test(never_takes_truncated_data_for_whole),
        cmocka_unit_test(refuses_a_wrong_checksum_or_length),
        cmocka_unit_test(verifies_the_checksum_of_every_member),
        cmocka_unit_test(ignores_zero_bytes_behind_the_data),
        cmocka_unit_test(refuses_other_bytes_behind_the_data),
        cmocka_unit_test(refuses_a_member_behind_zero_bytes),
        cmocka_unit_test(refuses_unknown_methods_and_flags),
        cmocka_unit_test(survives_every_single_damaged_byte),
    };
    return cmocka_run_group_tests(tests, make_content, free_content);
}
