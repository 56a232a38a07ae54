/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/layer/event_visitor.h"
#include "tests/unit/stream/tar_builder.h"
#include "tests/unit/stream/trickle.h"

#include <libdeflate.h>
#include <locale.h>

enum { TAR_BYTES_MAX = 32 << 20 };

/* What the visitor was told, one event a line; "error CODE" at the end if the walk failed. */
static void assert_walk_with(struct view blob, size_t step, const struct layer_limits *limits, const char *expected)
{
    struct event_visitor events;
    event_visitor_init(&events);
    AUTO_SOURCE *source = source_trickle(blob, step);
    struct layer_totals totals;
    struct error err;
    if (!layer_walk(source, limits, &events.visitor, &totals, &err))
        buffer_append_format(&events.text, "error %s\n", error_code_name(err.code));
    assert_view_equal(buffer_view(&events.text), expected);
    buffer_done(&events.text);
}

static void assert_walk(const struct buffer *tar, const char *expected)
{
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    assert_walk_with(buffer_view(tar), 1, &limits, expected);
    assert_walk_with(buffer_view(tar), 100000, &limits, expected);
}

static void visits_entries_in_the_order_of_the_archive(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_directory(&tar, "./");
    tar_directory(&tar, "etc/");
    tar_file(&tar, "./etc/passwd", "root");
    tar_file(&tar, "etc/empty", "");
    tar_link(&tar, '2', "etc/link", "../a/./b");
    tar_link(&tar, '1', "etc/hard", "./etc/passwd");
    tar_link(&tar, '3', "dev/null", NULL);
    tar_file(&tar, "etc/passwd", "later");
    tar_end(&tar);
    assert_walk(&tar, "directory etc\n"
                      "file etc/passwd root\n"
                      "file etc/empty \n"
                      "symlink etc/link -> ../a/./b\n"
                      "hard etc/hard -> etc/passwd\n"
                      "other dev/null\n"
                      "file etc/passwd later\n");
}

static void clamps_paths_to_the_root(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_file(&tar, "../../etc/a", "1");
    tar_file(&tar, "/etc/b", "2");
    tar_file(&tar, "x/../../../etc//c", "3");
    tar_link(&tar, '1', "d", "/../etc/c");
    tar_file(&tar, "..", "4");
    tar_file(&tar, "/", "");
    tar_file(&tar, "../.wh.e", "");
    tar_end(&tar);
    assert_walk(&tar, "file etc/a 1\n"
                      "file etc/b 2\n"
                      "file etc/c 3\n"
                      "hard d -> etc/c\n"
                      "whiteout e\n");
}

static void tells_whiteouts_from_files(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_file(&tar, "etc/.wh.hosts", "");
    tar_file(&tar, ".wh.top", "");
    tar_file(&tar, "var/.wh..wh..opq", "");
    tar_file(&tar, ".wh..wh..opq", "");
    tar_file(&tar, ".wh..wh.plnk", "");
    tar_file(&tar, "a/.wh..wh.aufs", "");
    tar_file(&tar, "a/.wh.", "");
    tar_file(&tar, "a/.wh.x", "not empty");
    tar_directory(&tar, "a/.wh.y/");
    tar_file(&tar, "a/.whx", "file");
    tar_file(&tar, ".wh.dir/file", "file");
    tar_end(&tar);
    assert_walk(&tar, "whiteout etc/hosts\n"
                      "whiteout top\n"
                      "opaque var\n"
                      "opaque \n"
                      "whiteout a/x\n"
                      "whiteout a/y\n"
                      "file a/.whx file\n"
                      "file .wh.dir/file file\n");
}

static void a_whiteout_never_hides_its_own_directory(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_file(&tar, "var/lib/.wh...", "");
    tar_file(&tar, "var/lib/.wh..", "");
    tar_end(&tar);
    assert_walk(&tar, "gap unreadable-file var/lib/.wh...: the whiteout does not name a file\n"
                      "gap unreadable-file var/lib/.wh..: the whiteout does not name a file\n");
}

static void reads_long_names_of_gnu_and_pax(void **state)
{
    (void)state;
    char name[301];
    memset(name, 'n', 300);
    name[300] = '\0';
    AUTO_BUFFER tar, expected;
    buffer_init(&tar, TAR_BYTES_MAX);
    buffer_init(&expected, TAR_BYTES_MAX);
    tar_add(&tar, &(struct tar_member){.name = "././@LongLink", .type = 'L', .content = {name, 301}});
    tar_file(&tar, "short", "1");
    tar_pax(&tar, "path", view_text(name));
    tar_file(&tar, "short", "2");
    tar_pax(&tar, "linkpath", view_text(name));
    tar_link(&tar, '2', "link", "short");
    tar_pax(&tar, "linkpath", view_text(name));
    tar_link(&tar, '1', "hard", "short");
    tar_end(&tar);
    buffer_append_format(
        &expected, "file %s 1\nfile %s 2\nsymlink link -> %s\nhard hard -> %s\n%c", name, name, name, name, '\0');
    assert_walk(&tar, expected.data);
}

/* é decomposed (e and U+0301), composed, and Latin-1: none is converted. */
static void keeps_the_bytes_of_names_in_any_locale(void **state)
{
    (void)state;
    static const char *const names[] = {"e\xcc\x81", "\xc3\xa9", "\xe9"};
    static const char *const locales[] = {"C", "C.UTF-8"};
    for (size_t i = 0; i < 2; i++) {
        assert_non_null(setlocale(LC_CTYPE, locales[i]));
        for (size_t k = 0; k < 3; k++) {
            AUTO_BUFFER tar, expected;
            buffer_init(&tar, TAR_BYTES_MAX);
            buffer_init(&expected, 1000);
            tar_file(&tar, names[k], "1");
            tar_pax(&tar, "path", view_text(names[k]));
            tar_file(&tar, "x", "2");
            tar_pax(&tar, "linkpath", view_text(names[k]));
            tar_link(&tar, '2', "link", "x");
            tar_file(&tar, "last", "3");
            tar_end(&tar);
            buffer_append_format(&expected, "file %s 1\nfile %s 2\nsymlink link -> %s\nfile last 3\n%c", names[k],
                names[k], names[k], '\0');
            assert_walk(&tar, expected.data);
        }
    }
    setlocale(LC_CTYPE, "C");
}

static void fills_the_holes_of_sparse_files(void **state)
{
    (void)state;
    AUTO_BUFFER tar, records;
    buffer_init(&tar, TAR_BYTES_MAX);
    buffer_init(&records, 1000);
    /* GNU's PAX format 0.1: three bytes at offset 2 of a file of 8 bytes. */
    buffer_append_text(&records, "26 GNU.sparse.numblocks=1\n22 GNU.sparse.map=2,3\n21 GNU.sparse.size=8\n"
                                 "28 GNU.sparse.name=real.txt\n");
    tar_add(&tar, &(struct tar_member){.name = "PaxHeader", .type = 'x', .content = buffer_view(&records)});
    tar_file(&tar, "GNUSparseFile.0/real.txt", "abc");
    tar_end(&tar);
    assert_walk(&tar, "file real.txt \\0\\0abc\\0\\0\\0\n");
}

static void an_empty_blob_and_an_empty_archive_are_empty_layers(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    assert_walk(&tar, "");
    tar_end(&tar);
    assert_walk(&tar, "");
}

static void reads_all_gzip_members_of_one_archive(void **state)
{
    (void)state;
    AUTO_BUFFER tar, blob;
    buffer_init(&tar, TAR_BYTES_MAX);
    buffer_init(&blob, TAR_BYTES_MAX);
    tar_file(&tar, "first", "1");
    size_t middle = tar.size;
    tar_file(&tar, "second", "2");
    tar_end(&tar);
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    struct view members[] = {view_slice(buffer_view(&tar), 0, middle), view_from(buffer_view(&tar), middle)};
    for (size_t i = 0; i < 2; i++) {
        size_t bound = libdeflate_gzip_compress_bound(compressor, members[i].size);
        char *room = buffer_reserve(&blob, bound);
        buffer_advance(&blob, libdeflate_gzip_compress(compressor, members[i].data, members[i].size, room, bound));
    }
    libdeflate_free_compressor(compressor);
    assert_walk(&blob, "file first 1\nfile second 2\n");
    /* Bytes behind the compressed data are met although the archive ended before them. */
    buffer_append_text(&blob, "x");
    assert_walk(&blob, "file first 1\nfile second 2\nerror corrupt\n");
}

static void tells_data_behind_the_end_of_the_archive(void **state)
{
    (void)state;
    static const char told[] = "file first 1\n"
                               "gap unreadable-layer : the tar archive is followed by other data, which unpackers do "
                               "not see and which was not analysed\n";
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_file(&tar, "first", "1");
    tar_end(&tar);
    for (int i = 0; i < 300; i++)
        tar_end(&tar);
    assert_walk(&tar, "file first 1\n");
    size_t size = tar.size;
    buffer_append_byte(&tar, 1);
    assert_walk(&tar, told);
    tar.size = size;
    tar.data[3 * 1024] = 1;
    assert_walk(&tar, told);
}

static void broken_archives_are_errors(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    buffer_append_text(&tar, "this is not an archive");
    assert_walk(&tar, "error invalid\n");
    buffer_clear(&tar);
    tar_file(&tar, "first", "1");
    tar_file(&tar, "second", "2");
    tar_end(&tar);
    tar.data[1024 + 10] ^= 1;
    assert_walk(&tar, "file first 1\nerror invalid\n");
    tar.data[1024 + 10] ^= 1;
    tar.size = 1024 + 512;
    assert_walk(&tar, "file first 1\nerror invalid\n");
    tar.size = 1024 + 100;
    assert_walk(&tar, "file first 1\nerror invalid\n");
}

/* Some readers make a directory of it and headers of its content; unpackers make a file. */
static void a_file_whose_name_ends_in_a_slash_is_a_file(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_directory(&tar, "d/");
    tar_file(&tar, "e/", "");
    tar_file(&tar, "f/", "1");
    tar_file(&tar, "g", "2");
    tar_end(&tar);
    assert_walk(&tar, "directory d\nfile e \nfile f 1\nfile g 2\n");
}

static void the_archive_may_lack_its_end_marker(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_file(&tar, "first", "1");
    assert_walk(&tar, "file first 1\n");
}

static void passes_over_paths_that_no_kernel_takes(void **state)
{
    (void)state;
    AUTO_BUFFER tar, longest;
    buffer_init(&tar, TAR_BYTES_MAX);
    buffer_init(&longest, 1 << 20);
    for (int i = 0; i < 10000; i++)
        buffer_append_text(&longest, "d/");
    buffer_append_byte(&longest, 'f');
    tar_pax(&tar, "path", buffer_view(&longest));
    tar_file(&tar, "x", "1");
    tar_pax(&tar, "linkpath", buffer_view(&longest));
    tar_link(&tar, '2', "link", "x");
    tar_file(&tar, "last", "3");
    tar_end(&tar);
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    struct event_visitor events;
    event_visitor_init(&events);
    AUTO_SOURCE *source = source_from_memory(buffer_view(&tar));
    struct layer_totals totals;
    struct error err;
    assert_ok(layer_walk(source, &limits, &events.visitor, &totals, &err), &err);
    assert_int_equal(events.gaps, 2);
    assert_true(view_ends_with(buffer_view(&events.text), "file last 3\n"));
    assert_true(events.text.size < 3 * 4096);
    assert_int_equal(totals.entries, 3);
    buffer_done(&events.text);
}

static void many_bad_names_give_few_gaps(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    for (int i = 0; i < 1500; i++)
        tar_file(&tar, ".wh...", "");
    tar_end(&tar);
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    struct event_visitor events;
    event_visitor_init(&events);
    AUTO_SOURCE *source = source_from_memory(buffer_view(&tar));
    struct layer_totals totals;
    struct error err;
    assert_ok(layer_walk(source, &limits, &events.visitor, &totals, &err), &err);
    assert_int_equal(events.gaps, 1001);
    assert_true(view_ends_with(
        buffer_view(&events.text), "gap unreadable-file : 500 more entries have names that cannot be handled\n"));
    buffer_done(&events.text);
}

static void ends_with_a_gap_at_too_many_entries(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_file(&tar, "a", "");
    tar_file(&tar, ".wh.b", "");
    tar_file(&tar, "c", "");
    tar_end(&tar);
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    limits.entries_max = 3;
    assert_walk_with(buffer_view(&tar), 1000, &limits, "file a \nwhiteout b\nfile c \n");
    limits.entries_max = 2;
    assert_walk_with(buffer_view(&tar), 1000, &limits,
        "file a \nwhiteout b\ngap limit-reached : the layer has more than 2 entries\n");
}

static void ends_with_a_gap_at_too_many_bytes(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_file(&tar, "a", "1");
    tar_file(&tar, "b", "2");
    tar_end(&tar);
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    limits.bytes_max = tar.size;
    assert_walk_with(buffer_view(&tar), 512, &limits, "file a 1\nfile b 2\n");
    limits.bytes_max = 1024 + 511;
    assert_walk_with(buffer_view(&tar), 512, &limits,
        "file a 1\ngap limit-reached : the layer has more than 1535 decompressed bytes\n");
}

/* The visitor reads the file's content when the limit strikes, and returns the read's error. */
static void a_limit_inside_a_file_is_a_gap_as_well(void **state)
{
    (void)state;
    AUTO_BUFFER tar, content;
    buffer_init(&tar, TAR_BYTES_MAX);
    buffer_init(&content, TAR_BYTES_MAX);
    for (int i = 0; i < 1000000; i++)
        buffer_append_byte(&content, 'x');
    buffer_append_byte(&content, '\0');
    tar_file(&tar, "a", content.data);
    tar_end(&tar);
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    limits.bytes_max = 500000;
    assert_walk_with(
        buffer_view(&tar), 1000000, &limits, "gap limit-reached : the layer has more than 500000 decompressed bytes\n");
}

static void ends_a_bomb_with_a_gap(void **state)
{
    (void)state;
    enum { PLAIN_BYTES = 110 << 20 };
    char *plain = calloc(1, PLAIN_BYTES);
    assert_non_null(plain);
    AUTO_BUFFER tar, blob;
    buffer_init(&tar, 4096);
    buffer_init(&blob, 1 << 20);
    tar_header(&tar, &(struct tar_member){.name = "zeros", .type = '0'}, PLAIN_BYTES - 2048);
    memcpy(plain, tar.data, tar.size);
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(1);
    char *room = buffer_reserve(&blob, 1 << 20);
    size_t size = libdeflate_gzip_compress(compressor, plain, PLAIN_BYTES, room, 1 << 20);
    assert_true(size > 0);
    buffer_advance(&blob, size);
    libdeflate_free_compressor(compressor);
    free(plain);
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    assert_walk_with(buffer_view(&blob), 1 << 16, &limits,
        "file zeros (unread)\ngap limit-reached : the layer has more than 200 times the bytes of its blob, as only bombs have\n");
}

static void a_failing_visitor_ends_the_walk_with_its_error(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_file(&tar, "a", "1");
    tar_file(&tar, "refused", "2");
    tar_file(&tar, "b", "3");
    tar_end(&tar);
    assert_walk(&tar, "file a 1\nerror conflict\n");
}

static void counts_entries_and_bytes(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_file(&tar, "a", "1");
    tar_file(&tar, ".wh.b", "");
    tar_end(&tar);
    tar_end(&tar);
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    struct event_visitor events;
    event_visitor_init(&events);
    AUTO_SOURCE *source = source_from_memory(buffer_view(&tar));
    struct layer_totals totals;
    struct error err;
    assert_ok(layer_walk(source, &limits, &events.visitor, &totals, &err), &err);
    assert_int_equal(totals.entries, 2);
    assert_int_equal(totals.bytes, tar.size);
    buffer_done(&events.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visits_entries_in_the_order_of_the_archive),
        cmocka_unit_test(clamps_paths_to_the_root),
        cmocka_unit_test(tells_whiteouts_from_files),
        cmocka_unit_test(a_whiteout_never_hides_its_own_directory),
        cmocka_unit_test(reads_long_names_of_gnu_and_pax),
        cmocka_unit_test(keeps_the_bytes_of_names_in_any_locale),
        cmocka_unit_test(fills_the_holes_of_sparse_files),
        cmocka_unit_test(an_empty_blob_and_an_empty_archive_are_empty_layers),
        cmocka_unit_test(reads_all_gzip_members_of_one_archive),
        cmocka_unit_test(tells_data_behind_the_end_of_the_archive),
        cmocka_unit_test(broken_archives_are_errors),
        cmocka_unit_test(a_file_whose_name_ends_in_a_slash_is_a_file),
        cmocka_unit_test(the_archive_may_lack_its_end_marker),
        cmocka_unit_test(passes_over_paths_that_no_kernel_takes),
        cmocka_unit_test(many_bad_names_give_few_gaps),
        cmocka_unit_test(ends_with_a_gap_at_too_many_entries),
        cmocka_unit_test(ends_with_a_gap_at_too_many_bytes),
        cmocka_unit_test(a_limit_inside_a_file_is_a_gap_as_well),
        cmocka_unit_test(ends_a_bomb_with_a_gap),
        cmocka_unit_test(a_failing_visitor_ends_the_walk_with_its_error),
        cmocka_unit_test(counts_entries_and_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
