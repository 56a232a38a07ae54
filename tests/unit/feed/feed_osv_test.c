/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/feed/feed_fixture.h"

#include "base/buffer.h"
#include "feed/zip.h"

static int setup(void **state)
{
    *state = arena_new();
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static const struct zip_file three_records[] = {
    {"DSA-1-1.json", VIEW_LITERAL(RECORD("DSA-1-1", "openssl"))},
    {"folder/", {NULL, 0}},
    {"DSA-2-1.json", VIEW_LITERAL(RECORD("DSA-2-1", "curl"))},
    {"DSA-3-1.json", VIEW_LITERAL(RECORD("DSA-3-1", "zlib"))},
};

static bool read_records(struct view zip, struct remembered *remembered, struct error *err)
{
    AUTO_SOURCE *source = source_from_memory(zip);
    return feed_osv.records.read(source, &remembered->sink, err);
}

static void reads_every_record_of_a_zip_file(void **state)
{
    struct arena *arena = *state;
    struct error err;
    struct remembered remembered = remembered_new(arena);
    assert_ok(read_records(zip_of(arena, three_records, 4), &remembered, &err), &err);
    assert_int_equal(remembered.advisory_count, 3);
    assert_int_equal(remembered.gap_count, 0);
    assert_view_equal(remembered.advisories[0], "DSA-1-1");
    assert_view_equal(remembered.advisories[2], "DSA-3-1");
    assert_int_equal(remembered.affected_count, 3);
}

static void lists_what_is_not_a_record_as_gaps(void **state)
{
    struct arena *arena = *state;
    struct error err;
    struct remembered remembered = remembered_new(arena);
    char *large = arena_alloc(arena, 5 * 1024 * 1024);
    memset(large, ' ', 5 * 1024 * 1024);
    const struct zip_file files[] = {
        {"A.json", VIEW_LITERAL("{\"id\":")},
        {"B.json", VIEW_LITERAL("[]")},
        {"C.txt", VIEW_LITERAL("hello")},
        {"D.json", view_of(large, 5 * 1024 * 1024)},
        {"E.json", VIEW_LITERAL(RECORD("E", "curl"))},
    };
    assert_ok(read_records(zip_of(arena, files, 5), &remembered, &err), &err);
    assert_int_equal(remembered.advisory_count, 1);
    assert_int_equal(remembered.gap_count, 4);
    assert_true(view_starts_with(remembered.gaps[0], "A: the record is not valid JSON"));
    assert_true(view_starts_with(remembered.gaps[1], "B: "));
    assert_view_equal(remembered.gaps[2], "C.txt: this is not a JSON file");
    assert_view_equal(remembered.gaps[3], "D: the record is larger than 4 MiB");
}

static void refuses_a_zip_file_that_is_cut_short_anywhere(void **state)
{
    struct arena *arena = *state;
    struct error err;
    struct view zip = zip_of(arena, three_records, 4);
    for (size_t size = 0; size < zip.size; size++) {
        struct remembered remembered = remembered_new(arena);
        assert_fails(read_records(view_slice(zip, 0, size), &remembered, &err), &err, ERROR_CORRUPT);
    }
}

static void refuses_a_zip_file_that_lost_an_entry(void **state)
{
    struct arena *arena = *state;
    struct error err;
    struct view zip = arena_copy(arena, zip_of(arena, three_records, 4));
    /* The second local header is no header any more: a reader that skips to the next one would lose a record quietly. */
    struct view after = view_from(zip, 4);
    size_t second = view_find_text(after, view_text("PK\3\4"));
    assert_true(second < after.size);
    char *byte = (char *)(uintptr_t)(after.data + second);
    *byte = 'X';
    struct remembered remembered = remembered_new(arena);
    assert_fails(read_records(zip, &remembered, &err), &err, ERROR_CORRUPT);
}

static void refuses_changed_content_and_other_files(void **state)
{
    struct arena *arena = *state;
    struct error err;
    const struct zip_file stored[] = {{"A.json", VIEW_LITERAL(RECORD("A-1", "openssl-openssl-openssl-openssl"))}};
    struct view zip = arena_copy(arena, zip_of(arena, stored, 1));
    char *middle = (char *)(uintptr_t)(zip.data + 100);
    *middle ^= 1;
    struct remembered remembered = remembered_new(arena);
    assert_fails(read_records(zip, &remembered, &err), &err, ERROR_CORRUPT);
    assert_fails(read_records(view_text("<html>not found</html>"), &remembered, &err), &err, ERROR_CORRUPT);
    assert_fails(read_records(view_text(""), &remembered, &err), &err, ERROR_CORRUPT);
}

static bool ignore_entry(void *context, struct view name, struct view content, struct error *err)
{
    (void)context;
    (void)name;
    (void)content;
    (void)err;
    return true;
}

static bool ignore_large(void *context, struct view name, struct error *err)
{
    (void)context;
    (void)name;
    (void)err;
    return true;
}

static void stops_at_each_limit_of_a_zip_file(void **state)
{
    struct arena *arena = *state;
    struct error err;
    size_t size = 80 * 1024 * 1024;
    char *zeros = calloc(1, size);
    const struct zip_file bomb[] = {{"A.json", view_of(zeros, size)}, {"B.json", VIEW_LITERAL("{}")}};
    struct view zip = zip_of(arena, bomb, 2);
    free(zeros);
    const struct zip_reading generous = {.entries_max = 2,
        .entry_bytes_max = 1000,
        .bytes_max = UINT64_MAX,
        .ratio_max = UINT64_MAX,
        .entry = ignore_entry,
        .too_large = ignore_large};
    for (int i = 0; i < 4; i++) {
        struct zip_reading reading = generous;
        if (i == 1)
            reading.entries_max = 1;
        else if (i == 2)
            reading.bytes_max = size - 1;
        else if (i == 3)
            reading.ratio_max = 100;
        AUTO_SOURCE *source = source_from_memory(zip);
        if (i == 0)
            assert_ok(zip_read(&reading, source, &err), &err);
        else
            assert_fails(zip_read(&reading, source, &err), &err, ERROR_LIMIT);
    }
}

static bool read_list(const char *text, struct remembered *remembered, struct error *err)
{
    AUTO_SOURCE *source = source_from_memory(view_text(text));
    return feed_osv.list.read(source, &remembered->sink, err);
}

static void reads_the_list_of_ids(void **state)
{
    struct error err;
    struct remembered remembered = remembered_new(*state);
    assert_ok(read_list("2026-08-21T00:00:00Z,DSA-1-1\r\n2026-07-08T04:32:24.548042624Z,A:B\n\n"
                        "2026-08-21T00:00:00ZZ,Debian/DSA-2-1",
                  &remembered, &err),
        &err);
    assert_int_equal(remembered.listed_count, 3);
    assert_view_equal(remembered.listed[0], "DSA-1-1");
    assert_view_equal(remembered.listed[1], "A:B");
    assert_view_equal(remembered.listed[2], "DSA-2-1");
}

static void refuses_a_list_of_something_else(void **state)
{
    struct error err;
    struct remembered remembered = remembered_new(*state);
    assert_fails(read_list("<html>", &remembered, &err), &err, ERROR_INVALID);
    assert_fails(read_list("2026-08-21T00:00:00Z,A\n2026-08-21T00:00:00Z,\n", &remembered, &err), &err, ERROR_INVALID);
    assert_non_null(strstr(err.message, "line 2"));
    assert_fails(read_list("yesterday,A\n", &remembered, &err), &err, ERROR_INVALID);
    char *endless = arena_alloc(*state, 200000);
    memset(endless, 'x', 199999);
    assert_fails(read_list(endless, &remembered, &err), &err, ERROR_LIMIT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_every_record_of_a_zip_file),
        TEST(lists_what_is_not_a_record_as_gaps),
        TEST(refuses_a_zip_file_that_is_cut_short_anywhere),
        TEST(refuses_a_zip_file_that_lost_an_entry),
        TEST(refuses_changed_content_and_other_files),
        TEST(stops_at_each_limit_of_a_zip_file),
        TEST(reads_the_list_of_ids),
        TEST(refuses_a_list_of_something_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
