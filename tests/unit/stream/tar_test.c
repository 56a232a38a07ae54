/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/tar.h"

#include "stream/tar_header.h"
#include "stream/tar_sparse.h"
#include "tests/unit/stream/tar_builder.h"
#include "tests/unit/stream/trickle.h"

enum { TAR_BYTES_MAX = 8 << 20, CONTENT_SHOWN = 60 };

static void show_content(struct tar_reader *reader, struct buffer *events, struct error *err)
{
    char bytes[7]; /* small, so that one read never gives all */
    size_t got = 1;
    size_t shown = 0;
    while (got > 0) {
        if (!source_read(tar_content(reader), bytes, sizeof(bytes), &got, err)) {
            buffer_append_format(events, "… %s", err->message);
            return;
        }
        for (size_t i = 0; i < got && shown < CONTENT_SHOWN; i++, shown++)
            buffer_append_byte(events, bytes[i] == '\0' ? '.' : bytes[i]);
    }
}

/* The entries, one a line: kind, name, target, size, content. What is damaged ends the last line. */
static void show(struct view tar, size_t step, bool reads, struct buffer *events)
{
    static const char *const kinds[] = {[TAR_FILE] = "file",
        [TAR_DIRECTORY] = "directory",
        [TAR_SYMLINK] = "symlink",
        [TAR_HARD_LINK] = "hard",
        [TAR_OTHER] = "other"};
    AUTO_SOURCE *source = source_trickle(tar, step);
    struct tar_reader *reader = tar_reader_new(source);
    struct error err;
    for (;;) {
        struct tar_entry entry;
        bool is_end = false;
        if (!tar_next(reader, &entry, &is_end, &err)) {
            buffer_append_format(events, "error %s: %s\n", error_code_name(err.code), err.message);
            break;
        }
        if (is_end)
            break;
        buffer_append_format(events, "%s %.*s %.*s %llu ", kinds[entry.kind], VIEW_PRINT(entry.name),
            VIEW_PRINT(entry.target), (unsigned long long)entry.size);
        if (reads)
            show_content(reader, events, &err);
        buffer_append_byte(events, '\n');
    }
    tar_reader_free(reader);
}

static void assert_shown(const struct buffer *tar, const char *expected)
{
    static const size_t steps[] = {1, 512, 1 << 20};
    for (size_t i = 0; i < 3; i++) {
        AUTO_BUFFER events;
        buffer_init(&events, TAR_BYTES_MAX);
        show(buffer_view(tar), steps[i], true, &events);
        assert_view_equal(buffer_view(&events), expected);
    }
}

/* Puts the right sum into the header that begins at `start`. */
static void mend_sum(struct buffer *tar, size_t start, bool is_signed)
{
    int sum = 0;
    memset(tar->data + start + 148, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
        sum += is_signed ? (signed char)tar->data[start + i] : (unsigned char)tar->data[start + i];
    snprintf(tar->data + start + 148, 8, "%06o", (unsigned)sum);
}

static void put(struct buffer *tar, size_t place, const char *bytes, size_t size)
{
    memcpy(tar->data + place, bytes, size);
    mend_sum(tar, place / TAR_BLOCK_BYTES * TAR_BLOCK_BYTES, false);
}

static void the_longest_name_of_all_headers_counts(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_file(&tar, "name", "1");
    put(&tar, 345, "prefix", 6);
    tar_pax(&tar, "path", view_text("of/records"));
    tar_file(&tar, "name", "2");
    tar_pax(&tar, "path", view_text("of/records"));
    tar_add(&tar, &(struct tar_member){.name = "@", .type = 'L', .content = view_text("of/gnu")});
    tar_add(&tar, &(struct tar_member){.name = "@", .type = 'K', .content = view_text("target/of/gnu")});
    tar_link(&tar, '2', "name", "target");
    tar_pax(&tar, "path", view_text(""));
    tar_file(&tar, "kept", "3");
    tar_end(&tar);
    assert_shown(&tar, "file prefix/name  1 1\n"
                       "file of/records  1 2\n"
                       "symlink of/gnu target/of/gnu 0 \n"
                       "file kept  1 3\n");
}

/* As unpackers have it: a global header ends what was said of the next entry, and says nothing itself. */
static void global_records_name_nothing(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_pax(&tar, "path", view_text("lost"));
    tar_add(&tar, &(struct tar_member){.name = "g", .type = 'g', .content = view_text("16 path=global/\n")});
    tar_file(&tar, "own", "1");
    tar_end(&tar);
    assert_shown(&tar, "file own  1 1\n");
}

static void formats_without_a_prefix_have_none(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    for (int i = 0; i < 4; i++)
        tar_file(&tar, "name", "");
    for (size_t i = 0; i < 4; i++)
        memcpy(tar.data + i * TAR_BLOCK_BYTES + 345, "first", 5);
    put(&tar, 257, "odd", 3); /* V7 */
    put(&tar, TAR_BLOCK_BYTES + 257, "ustar  ", 8); /* GNU; but Go once wrote a prefix there, which is no time */
    put(&tar, 2 * TAR_BLOCK_BYTES + 257, "ustar  ", 8);
    put(&tar, 2 * TAR_BLOCK_BYTES + 345, "00000000001", 12);
    put(&tar, 3 * TAR_BLOCK_BYTES + 508, "tar", 4); /* star: 131 bytes */
    memset(tar.data + 3 * TAR_BLOCK_BYTES + 345, 'p', 155);
    put(&tar, 3 * TAR_BLOCK_BYTES + 476, "x", 1);
    tar_end(&tar);
    char expected[400];
    snprintf(expected, sizeof(expected), "file name  0 \nfile first/name  0 \nfile name  0 \nfile %.*s/name  0 \n", 131,
        "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"
        "ppppppppppppppppppppppppp");
    assert_shown(&tar, expected);
}

static void numbers_are_octal_or_in_base_256(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        size_t size;
        bool is_number;
        int64_t number;
    } rows[] = {
        {"0000644\0", 8, true, 0644},
        {" 17 \0\0", 6, true, 017},
        {"\0\0 \0", 4, true, 0},
        {"777777777777", 12, true, INT64_C(0777777777777)},
        {"17\0x", 4, true, 017},
        {"18", 2, false, 0},
        {"1 7", 3, false, 0},
        {"\x80\0\0\0\x01\0", 6, true, 256},
        {"\xff\xff\xff\xff", 4, true, -1},
        {"\x80\0\0\0\x80\0\0\0\0\0\0\0", 12, false, 0},
        {"\x81\0\0\0\0\0\0\0\0\0\0\0", 12, false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t number = -2;
        bool is_number = tar_number(view_of(rows[i].field, rows[i].size), &number);
        if (is_number != rows[i].is_number || (is_number && number != rows[i].number))
            fail_msg("row %zu: %d %lld", i, is_number, (long long)number);
    }
}

static void sums_may_be_of_signed_bytes(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_file(&tar, "caf\xc3\xa9", "1");
    mend_sum(&tar, 0, true);
    tar_end(&tar);
    assert_shown(&tar, "file caf\xc3\xa9  1 1\n");
    tar.data[0] ^= 1;
    assert_shown(&tar, "error invalid: the tar archive is damaged after entry 0: the sum of a header is wrong\n");
}

static void directories_of_old_archives_end_in_a_slash(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_add(&tar, &(struct tar_member){.name = "d/", .type = '\0'});
    tar_add(&tar, &(struct tar_member){.name = "f", .type = '\0', .content = view_text("1")});
    tar_add(&tar, &(struct tar_member){.name = "c", .type = '7', .content = view_text("2")});
    tar_add(&tar, &(struct tar_member){.name = "unknown", .type = 'Z', .content = view_text("3")});
    tar_end(&tar);
    assert_shown(&tar, "directory d/  0 \nfile f  1 1\nfile c  1 2\nfile unknown  1 3\n");
}

static void archives_end_between_entries(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_file(&tar, "a", "1");
    tar.size = TAR_BLOCK_BYTES + 1;
    assert_shown(&tar, "file a  1 1\n"); /* without the last padding */
    tar.size = TAR_BLOCK_BYTES;
    assert_shown(&tar, "file a  1 … the tar archive is damaged after entry 1: it ends early\n"
                       "error invalid: the tar archive is damaged after entry 1: it ends early\n");
    tar.size = 2 * TAR_BLOCK_BYTES;
    for (int i = 0; i < TAR_BLOCK_BYTES; i++)
        buffer_append_byte(&tar, 0);
    assert_shown(&tar, "file a  1 1\n"); /* one block of zeros */
    tar_file(&tar, "b", "2");
    assert_shown(&tar, "file a  1 1\n"
                       "error invalid: the tar archive is damaged after entry 1: a block of zeros stands between two "
                       "entries\n");
}

/* Three formats that have the map in records, or before the content; the stored bytes are "abcd". */
static void reads_sparse_files_of_pax(void **state)
{
    (void)state;
    static const char *const records[] = {
        "22 GNU.sparse.size=10\n26 GNU.sparse.numblocks=2\n23 GNU.sparse.offset=1\n25 GNU.sparse.numbytes=1\n"
        "23 GNU.sparse.offset=4\n25 GNU.sparse.numbytes=3\n",
        "22 GNU.sparse.major=0\n22 GNU.sparse.minor=1\n22 GNU.sparse.size=10\n26 GNU.sparse.numblocks=2\n"
        "26 GNU.sparse.map=1,1,4,3\n",
        "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n26 GNU.sparse.realsize=10\n",
    };
    for (size_t i = 0; i < 3; i++) {
        AUTO_BUFFER tar, content;
        buffer_init(&tar, TAR_BYTES_MAX);
        buffer_init(&content, TAR_BYTES_MAX);
        tar_add(&tar, &(struct tar_member){.name = "x", .type = 'x', .content = view_text(records[i])});
        if (i == 2) {
            buffer_append_text(&content, "2\n1\n1\n4\n3\n");
            tar_pad(&content);
        }
        buffer_append_text(&content, "abcd");
        tar_add(&tar, &(struct tar_member){.name = "s", .type = '0', .content = buffer_view(&content)});
        tar_file(&tar, "next", "1");
        tar_end(&tar);
        assert_shown(&tar, "file s  10 .a..bcd...\nfile next  1 1\n");
    }
}

static void reads_sparse_files_of_gnu(void **state)
{
    (void)state;
    AUTO_BUFFER tar;
    buffer_init(&tar, TAR_BYTES_MAX);
    tar_header(&tar, &(struct tar_member){.name = "s", .type = 'S'}, 5);
    memcpy(tar.data + 257, "ustar  ", 8);
    for (size_t i = 0; i < 4; i++)
        snprintf(tar.data + TAR_GNU_SPARSE_AT + i * TAR_GNU_PAIR_BYTES, 25, "%011zo %011o", 2 * i, 1u);
    tar.data[TAR_GNU_EXTENDED_AT] = 1;
    put(&tar, TAR_GNU_REAL_SIZE_AT, "00000000014", 12);
    char more[TAR_BLOCK_BYTES] = "00000000010 00000000001";
    buffer_append(&tar, view_of(more, sizeof(more)));
    buffer_append_text(&tar, "abcde");
    tar_pad(&tar);
    tar_end(&tar);
    assert_shown(&tar, "file s  12 a.b.c.d.e...\n");
}

static void refuses_maps_that_do_not_fit_their_files(void **state)
{
    (void)state;
    static const char *const records[] = {
        "22 GNU.sparse.size=10\n26 GNU.sparse.numblocks=1\n26 GNU.sparse.map=9,2,1,1\n", /* more than stated */
        "22 GNU.sparse.size=10\n26 GNU.sparse.numblocks=1\n22 GNU.sparse.map=9,2\n", /* beyond the end */
        "22 GNU.sparse.size=10\n26 GNU.sparse.numblocks=2\n26 GNU.sparse.map=4,2,5,1\n", /* one over the other */
        "22 GNU.sparse.size=10\n26 GNU.sparse.numblocks=1\n23 GNU.sparse.map=-1,2\n",
        "22 GNU.sparse.size=1x\n26 GNU.sparse.numblocks=1\n22 GNU.sparse.map=1,2\n",
        "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n", /* the content is no map */
        "25 GNU.sparse.numbytes=1\n23 GNU.sparse.offset=1\n", /* the wrong way round */
        "6 a=b\n5 ab\n",
        "99 a=b\n",
        "6 =bc\n",
        "11 path=a\0b\n",
    };
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        size_t size = i + 1 == sizeof(records) / sizeof(records[0]) ? 12 : strlen(records[i]);
        AUTO_BUFFER tar, events;
        buffer_init(&tar, TAR_BYTES_MAX);
        buffer_init(&events, TAR_BYTES_MAX);
        tar_add(&tar, &(struct tar_member){.name = "x", .type = 'x', .content = view_of(records[i], size)});
        tar_file(&tar, "s", "ab");
        tar_end(&tar);
        show(buffer_view(&tar), 512, true, &events);
        if (!view_starts_with(buffer_view(&events), "error invalid: the tar archive is damaged after entry 0: "))
            fail_msg("row %zu: %.*s", i, VIEW_PRINT(buffer_view(&events)));
    }
}

static void stored_bytes_must_match_their_map(void **state)
{
    (void)state;
    static const char *const contents[] = {"abc", "a"};
    static const char *const told[] = {
        "file s  4 .ab.… the tar archive is damaged after entry 1: a sparse file has more "
        "bytes than its map\nfile next  1 1\n",
        "file s  4 .a… the tar archive is damaged after entry 1: a sparse file has fewer bytes than its map\n"
        "file next  1 1\n"};
    for (size_t i = 0; i < 2; i++) {
        AUTO_BUFFER tar;
        buffer_init(&tar, TAR_BYTES_MAX);
        tar_add(&tar,
            &(struct tar_member){.name = "x",
                .type = 'x',
                .content = view_text("21 GNU.sparse.size=4\n26 GNU.sparse.numblocks=1\n22 GNU.sparse.map=1,2\n")});
        tar_file(&tar, "s", contents[i]);
        tar_file(&tar, "next", "1");
        tar_end(&tar);
        assert_shown(&tar, told[i]);
    }
}

static void extended_headers_have_a_maximum(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        AUTO_BUFFER tar, events, value;
        buffer_init(&tar, TAR_BYTES_MAX);
        buffer_init(&events, TAR_BYTES_MAX);
        buffer_init(&value, TAR_BYTES_MAX);
        for (unsigned size = 0; size < TAR_SPECIAL_BYTES_MAX + (i == 2); size++)
            buffer_append_byte(&value, 'n');
        if (i == 0)
            tar_pax(&tar, "comment", buffer_view(&value));
        else
            tar_add(&tar, &(struct tar_member){.name = "@", .type = 'L', .content = buffer_view(&value)});
        tar_file(&tar, "a", "1");
        tar_end(&tar);
        show(buffer_view(&tar), 4096, true, &events);
        bool is_refused = view_starts_with(
            buffer_view(&events), "error invalid: the tar archive has an extended header of more than 1048576 bytes");
        assert_int_equal(is_refused, i != 1);
    }
}

static void maps_have_a_maximum(void **state)
{
    (void)state;
    struct error err;
    struct tar_map map = {.items = NULL};
    for (unsigned i = 0; i < TAR_RANGES_MAX; i++)
        assert_ok(tar_map_add(&map, 2 * (int64_t)i, 1, &err), &err);
    assert_false(tar_map_add(&map, 2 * (int64_t)TAR_RANGES_MAX, 1, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    tar_map_done(&map);
    /* One that does not end, and one that says it is too long. */
    static const char *const starts[] = {"100000\n", "131073\n"};
    for (size_t i = 0; i < 2; i++) {
        AUTO_BUFFER tar, content, events;
        buffer_init(&tar, TAR_BYTES_MAX);
        buffer_init(&content, TAR_BYTES_MAX);
        buffer_init(&events, TAR_BYTES_MAX);
        buffer_append_text(&content, starts[i]);
        while (content.size < 2 * TAR_SPECIAL_BYTES_MAX)
            buffer_append_byte(&content, '0');
        tar_add(&tar,
            &(struct tar_member){
                .name = "x", .type = 'x', .content = view_text("22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n")});
        tar_add(&tar, &(struct tar_member){.name = "s", .type = '0', .content = buffer_view(&content)});
        tar_end(&tar);
        show(buffer_view(&tar), 4096, true, &events);
        assert_true(view_starts_with(buffer_view(&events),
            i == 0 ? "error invalid: the tar archive is damaged after entry 0: the map of a sparse file has no end"
                   : "error invalid: the tar archive is damaged after entry 0: the map of a sparse file does not say"));
    }
}

static void content_may_be_left_unread(void **state)
{
    (void)state;
    AUTO_BUFFER tar, events;
    buffer_init(&tar, TAR_BYTES_MAX);
    buffer_init(&events, TAR_BYTES_MAX);
    tar_file(&tar, "a", "1");
    tar_file(&tar, "b", "2");
    tar_end(&tar);
    show(buffer_view(&tar), 100, false, &events);
    assert_view_equal(buffer_view(&events), "file a  1 \nfile b  1 \n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_name_of_all_headers_counts),
        cmocka_unit_test(global_records_name_nothing),
        cmocka_unit_test(formats_without_a_prefix_have_none),
        cmocka_unit_test(numbers_are_octal_or_in_base_256),
        cmocka_unit_test(sums_may_be_of_signed_bytes),
        cmocka_unit_test(directories_of_old_archives_end_in_a_slash),
        cmocka_unit_test(archives_end_between_entries),
        cmocka_unit_test(reads_sparse_files_of_pax),
        cmocka_unit_test(reads_sparse_files_of_gnu),
        cmocka_unit_test(refuses_maps_that_do_not_fit_their_files),
        cmocka_unit_test(stored_bytes_must_match_their_map),
        cmocka_unit_test(extended_headers_have_a_maximum),
        cmocka_unit_test(maps_have_a_maximum),
        cmocka_unit_test(content_may_be_left_unread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
