/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/together.h"

#include "base/pack.h"
#include "tests/unit/test.h"

enum { FILES_MAX = 64 };

/* A layer with `count` kept files of one database. */
static void make_record(struct arena *arena, size_t count, struct layer_record *record)
{
    static const struct view piece = VIEW_LITERAL("x");
    *record = (struct layer_record){.files = ARENA_ARRAY(arena, struct record_file, count), .file_count = count};
    for (size_t i = 0; i < count; i++) {
        record->files[i].analyzer = analyzer_named(view_text("rpm"));
        record->files[i].path = arena_format(arena, "var/lib/rpm/%zu", i);
        record->files[i].kept_size = 1;
        record->files[i].kept = ARENA_NEW(arena, struct view);
        record->files[i].kept[0] = piece;
        record->files[i].kept_count = 1;
    }
}

static void databases_of_too_many_files_are_gaps(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct scan_context context = {.cache = NULL};
    struct together_list list;
    struct gap_list gaps = {0};
    struct layer_record record;
    struct error err;
    make_record(arena, FILES_MAX + 1, &record);
    assert_ok(together_read(&context, arena, &record, 1, &list, &gaps, &err), &err);
    assert_int_equal(list.count, 0);
    assert_int_equal(gaps.count, 1);
    assert_int_equal(gaps.items[0].kind, GAP_LIMIT_REACHED);
    assert_view_equal(gaps.items[0].path, "var/lib/rpm");
    assert_view_equal(gaps.items[0].reason, "a database of more than 64 files is not read as a whole");
}

static void files_that_were_not_kept_are_gaps(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct scan_context context = {.cache = NULL};
    struct together_list list;
    struct gap_list gaps = {0};
    struct layer_record record;
    struct error err;
    make_record(arena, 2, &record);
    record.files[1].kept_count = 0;
    assert_ok(together_read(&context, arena, &record, 1, &list, &gaps, &err), &err);
    assert_int_equal(gaps.count, 1);
    assert_view_equal(gaps.items[0].path, "var/lib/rpm/1");
}

/* What the child is told may be wrong as well. */
static void the_child_takes_a_limited_input(void **state)
{
    (void)state;
    static const struct {
        uint32_t count;
        uint32_t name_bytes;
        uint64_t size;
        const char *reason;
    } rows[] = {
        {FILES_MAX + 1, 1, 1, "the database has more than 64 files"},
        {1, 4097, 1, "a name has more than 4096 bytes"},
        {1, 1, (UINT64_C(256) << 20) + 1, "the files of the database have more than 268435456 bytes"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_BUFFER packed;
        struct error err;
        buffer_init(&packed, 1 << 16);
        pack_text(&packed, view_text("rpm"));
        buffer_append_u32(&packed, rows[i].count);
        buffer_append_u32(&packed, rows[i].name_bytes);
        for (uint32_t k = 0; k < rows[i].name_bytes; k++)
            buffer_append_byte(&packed, 'n');
        buffer_append_u64(&packed, rows[i].size);
        buffer_append_u64(&packed, 1);
        AUTO_SOURCE *input = source_from_memory(buffer_view(&packed));
        assert_false(together_task.run(view_text(""), input, NULL, &err));
        assert_int_equal(err.code, ERROR_LIMIT);
        assert_string_equal(err.message, rows[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(databases_of_too_many_files_are_gaps),
        cmocka_unit_test(files_that_were_not_kept_are_gaps),
        cmocka_unit_test(the_child_takes_a_limited_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
