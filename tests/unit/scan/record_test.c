/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/pack.h"
#include "scan/record.h"

/* Frames as a child sends them. */
static void append(struct buffer *stored, enum record_frame type, struct view payload)
{
    struct error err;
    assert_ok(record_append(stored, type, payload, &err), &err);
}

static struct view texts(struct buffer *payload, const char *const *items)
{
    buffer_clear(payload);
    for (; *items != NULL; items++)
        pack_text(payload, view_text(*items));
    return buffer_view(payload);
}

/* A package's frame: its texts, then its flags. */
static void append_package(struct buffer *stored, uint32_t flags, const char *const *items)
{
    AUTO_BUFFER payload;
    buffer_init(&payload, 4096);
    texts(&payload, items);
    buffer_append_u32(&payload, flags);
    append(stored, RECORD_PACKAGE, buffer_view(&payload));
}

static void append_texts(struct buffer *stored, enum record_frame type, const char *const *items)
{
    AUTO_BUFFER payload;
    buffer_init(&payload, 4096);
    append(stored, type, texts(&payload, items));
}

static void append_totals(struct buffer *stored)
{
    AUTO_BUFFER payload;
    buffer_init(&payload, 64);
    buffer_append_u64(&payload, 7);
    buffer_append_u64(&payload, 4096);
    append(stored, RECORD_TOTALS, buffer_view(&payload));
}

static void append_hashes(struct buffer *stored, enum record_frame type, uint64_t first, uint64_t second)
{
    AUTO_BUFFER payload;
    buffer_init(&payload, 64);
    buffer_append_u64(&payload, first);
    buffer_append_u64(&payload, second);
    append(stored, type, buffer_view(&payload));
}

static void append_owned(struct buffer *stored, const char *path, uint32_t owner)
{
    AUTO_BUFFER payload;
    buffer_init(&payload, 64);
    buffer_append_u64(&payload, view_hash(view_text(path)));
    buffer_append_u32(&payload, owner);
    append(stored, RECORD_OWNED, buffer_view(&payload));
}

static bool accept_any(void *context, const struct record_owner *owner)
{
    (void)context;
    (void)owner;
    return true;
}

static bool accept_none(void *context, const struct record_owner *owner)
{
    (void)context;
    (void)owner;
    return false;
}

static void append_kept(struct buffer *stored, uint64_t size)
{
    AUTO_BUFFER payload;
    buffer_init(&payload, 64);
    buffer_append_u64(&payload, size);
    append(stored, RECORD_KEPT, buffer_view(&payload));
}

static void fill(struct buffer *stored)
{
    uint64_t a = view_hash(view_text("etc/passwd")), b = view_hash(view_text("etc/group"));
    buffer_init(stored, RECORD_BYTES_MAX);
    record_begin(stored);
    append_texts(stored, RECORD_FILE, (const char *[]){"dpkg", "var/lib/dpkg/status", NULL});
    append_package(stored, RECORD_THIRD_PARTY,
        (const char *[]){"deb", "zlib1g", "1:1.2.13", "amd64", "zlib", "1:1.2.13", "", "", "", "", "", "a/b", "Zlib",
            "4bb3e3a", NULL});
    append_texts(stored, RECORD_OWNER, (const char *[]){"zlib1g", NULL});
    append_kept(stored, 9);
    append(stored, RECORD_KEPT_PIECE, view_text("first"));
    append(stored, RECORD_KEPT_PIECE, view_text("second"));
    append_texts(stored, RECORD_FILE, (const char *[]){"os_release", "etc/os-release", NULL});
    append_texts(stored, RECORD_FACT, (const char *[]){"ID", "debian", NULL});
    append_texts(stored, RECORD_WHITEOUT, (const char *[]){"tmp/gone", NULL});
    append_texts(stored, RECORD_OPAQUE, (const char *[]){"", NULL});
    append_texts(stored, RECORD_GAP, (const char *[]){"broken-database", "var/lib/dpkg/status", "line 3", NULL});
    append_hashes(stored, RECORD_PATHS, a < b ? a : b, a < b ? b : a);
    append_owned(stored, "etc/passwd", 0);
}

static void reads_back_every_kind_of_frame(void **state)
{
    (void)state;
    struct error err;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER stored;
    struct layer_record record;
    fill(&stored);
    append_totals(&stored);
    assert_ok(record_decode(arena, buffer_view(&stored), &record, &err), &err);
    assert_int_equal(record.file_count, 2);
    assert_int_equal(record.files[0].package_count, 1);
    assert_view_equal(record.files[0].packages[0].package.source_name, "zlib");
    assert_view_equal(record.files[0].packages[0].installation.inner_path, "a/b");
    assert_view_equal(record.files[0].packages[0].installation.licenses, "Zlib");
    assert_view_equal(record.files[0].packages[0].installation.commit, "4bb3e3a");
    assert_true(record.files[0].packages[0].installation.is_third_party);
    assert_false(record.files[0].packages[0].installation.is_development);
    const struct record_owner *owner = record_owner_find(&record, view_text("etc/passwd"), accept_any, NULL);
    assert_view_equal(owner->name, "zlib1g");
    assert_int_equal(owner->file, 0);
    assert_null(record_owner_find(&record, view_text("etc/passwd"), accept_none, NULL));
    assert_null(record_owner_find(&record, view_text("etc/shadow"), accept_any, NULL));
    assert_int_equal(record.files[0].kept_size, 9);
    assert_int_equal(record.files[0].kept_count, 2);
    assert_view_equal(record.files[0].kept[1], "second");
    assert_int_equal(record.files[1].kept_size, 0);
    assert_int_equal(record.files[1].fact_count, 1);
    assert_view_equal(record.whiteouts[0], "tmp/gone");
    assert_int_equal(record.opaque_count, 1);
    assert_int_equal(record.gaps.items[0].kind, GAP_BROKEN_DATABASE);
    assert_true(record_has(&record.paths, view_text("etc/passwd")));
    assert_false(record_has(&record.paths, view_text("etc/shadow")));
    assert_int_equal(record.entries, 7);
}

static void refuses_a_record_that_ends_early(void **state)
{
    (void)state;
    struct error err;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER stored;
    struct layer_record record;
    fill(&stored);
    assert_fails(record_decode(arena, buffer_view(&stored), &record, &err), &err, ERROR_INVALID);
    append_totals(&stored);
    for (size_t size = 0; size < stored.size; size++)
        assert_fails(record_decode(arena, view_of(stored.data, size), &record, &err), &err, ERROR_INVALID);
}

static void refuses_what_a_child_must_not_send(void **state)
{
    (void)state;
    struct error err;
    static const struct {
        enum record_frame type;
        const char *items[15];
    } bad[] = {
        {RECORD_FILE, {"dpkg", "../etc/passwd", NULL}},
        {RECORD_FILE, {"dpkg", "/etc/passwd", NULL}},
        {RECORD_FILE, {"nobody", "etc/passwd", NULL}},
        {RECORD_FACT, {"ID", "no file before", NULL}},
        {RECORD_PACKAGE, {"deb", "a", "1", "", "", "", "", "", "", "", "", "", "", "", NULL}},
        {RECORD_KEPT_PIECE, {"of no file", NULL}},
        {RECORD_OWNER, {"no file before", NULL}},
        {RECORD_OWNED, {"of nobody", NULL}},
        {RECORD_WHITEOUT, {"", NULL}},
        {RECORD_GAP, {"no-such-kind", "", "", NULL}},
        {RECORD_PATHS, {"odd", NULL}},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        AUTO_ARENA *arena = arena_new();
        AUTO_BUFFER stored;
        struct layer_record record;
        buffer_init(&stored, RECORD_BYTES_MAX);
        record_begin(&stored);
        append_texts(&stored, bad[i].type, bad[i].items);
        append_totals(&stored);
        assert_fails(record_decode(arena, buffer_view(&stored), &record, &err), &err, ERROR_INVALID);
    }
    AUTO_BUFFER stored;
    buffer_init(&stored, RECORD_BYTES_MAX);
    assert_fails(record_append(&stored, RECORD_HEADER, view_text(""), &err), &err, ERROR_INVALID);
    assert_fails(record_append(&stored, RECORD_FRAME_COUNT, view_text(""), &err), &err, ERROR_INVALID);
}

static void refuses_hashes_out_of_order(void **state)
{
    (void)state;
    struct error err;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER stored;
    struct layer_record record;
    buffer_init(&stored, RECORD_BYTES_MAX);
    record_begin(&stored);
    append_hashes(&stored, RECORD_PATHS, 5, 6);
    append_hashes(&stored, RECORD_PATHS, 6, 7);
    append_totals(&stored);
    assert_fails(record_decode(arena, buffer_view(&stored), &record, &err), &err, ERROR_INVALID);
}

static void tells_which_analyzers_made_a_record(void **state)
{
    (void)state;
    struct error err;
    struct view made_by;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER stored;
    buffer_init(&stored, RECORD_BYTES_MAX);
    record_begin(&stored);
    assert_ok(record_made_by(buffer_view(&stored), &made_by, &err), &err);
    assert_true(view_equal(made_by, record_analyzers(arena)));
    assert_true(view_find_text(made_by, view_text("dpkg=")) < made_by.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_every_kind_of_frame),
        cmocka_unit_test(refuses_a_record_that_ends_early),
        cmocka_unit_test(refuses_what_a_child_must_not_send),
        cmocka_unit_test(refuses_hashes_out_of_order),
        cmocka_unit_test(tells_which_analyzers_made_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
