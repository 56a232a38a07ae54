/* SPDX-License-Identifier: Apache-2.0 */
#include "store/packed.h"
#include "tests/unit/test.h"

static void reads_back_the_keys_that_were_written(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER buffer;
    struct error err;
    const int64_t keys[] = {1, 2, 127, 128, 300, 1000000, INT64_MAX - 1, INT64_MAX};
    int64_t *read = NULL;
    size_t count = 0;
    buffer_init(&buffer, 1000);
    packed_write_keys(&buffer, keys, 8);
    assert_ok(packed_read_keys(arena, buffer_view(&buffer), &read, &count, &err), &err);
    assert_int_equal(count, 8);
    assert_memory_equal(read, keys, sizeof(keys));
    for (size_t size = 0; size < buffer.size; size++)
        assert_fails(packed_read_keys(arena, view_of(buffer.data, size), &read, &count, &err), &err, ERROR_CORRUPT);
}

static void refuses_damaged_keys(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct error err;
    int64_t *read = NULL;
    size_t count = 0;
    const struct view rows[] = {
        VIEW_LITERAL("\x02\x01\x00"), /* a key twice */
        VIEW_LITERAL("\x01\x01\x01"), /* more than was announced */
        VIEW_LITERAL("\xff\xff\xff\xff\x7f"), /* more keys than bytes */
        VIEW_LITERAL("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), /* more than 63 bits */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_fails(packed_read_keys(arena, rows[i], &read, &count, &err), &err, ERROR_CORRUPT);
}

static void keeps_sets_of_members_in_one_form_only(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct error err;
    struct view members = {NULL, 0};
    struct view halves[2];
    uint16_t list[MEMBERS_CHUNK];
    size_t count = 0;
    for (unsigned i = 0; i < MEMBERS_CHUNK; i++) {
        members = members_with(arena, members, i * 2654435761u % MEMBERS_CHUNK); /* each once, in another order */
        assert_true(members.size <= MEMBERS_CHUNK / 8);
        if (i == 254)
            halves[0] = members;
        if (i == 255)
            halves[1] = members;
    }
    assert_int_equal(halves[0].size, 510); /* the largest list */
    assert_int_equal(halves[1].size, 512); /* the smallest bitmap */
    assert_ok(members_read(members, list, &count, &err), &err);
    assert_int_equal(count, MEMBERS_CHUNK);
    for (unsigned i = 0; i < MEMBERS_CHUNK; i++)
        assert_int_equal(list[i], i);
    assert_true(view_equal(members_with(arena, members, 7), members));
    assert_true(view_equal(members_without(arena, halves[1], 255u * 2654435761u % MEMBERS_CHUNK), halves[0]));
    struct view one = members_with(arena, view_of(NULL, 0), 4095);
    assert_int_equal(one.size, 2);
    assert_int_equal(members_without(arena, one, 4095).size, 0);
    assert_true(view_equal(members_without(arena, one, 5), one));
}

static void refuses_damaged_members(void **state)
{
    (void)state;
    struct error err;
    uint16_t list[MEMBERS_CHUNK];
    size_t count = 0;
    const struct view rows[] = {VIEW_LITERAL("\x01"), VIEW_LITERAL("\x00\x10"), VIEW_LITERAL("\x02\x00\x01\x00"),
        VIEW_LITERAL("\x02\x00\x02\x00")};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_fails(members_read(rows[i], list, &count, &err), &err, ERROR_CORRUPT);
    char large[MEMBERS_CHUNK] = {0};
    assert_fails(members_read(view_of(large, sizeof(large)), list, &count, &err), &err, ERROR_CORRUPT);
}

static void reads_back_the_entries_that_were_written(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER buffer;
    struct error err;
    const struct packed_entry entries[] = {
        {.package = 0, .path = VIEW_LITERAL("var/lib/dpkg/status"), .analyzer = VIEW_LITERAL("dpkg")},
        {.package = 2, .layer = 7, .path = VIEW_LITERAL("var/lib/dpkg/status"), .is_third_party = true},
        {.package = 1,
            .layer = UINT32_MAX,
            .path = VIEW_LITERAL("usr/lib/node_modules/npm/package.json"),
            .owner = VIEW_LITERAL("npm"),
            .analyzer = VIEW_LITERAL("npm"),
            .licenses = VIEW_LITERAL("MIT\nArtistic-2.0"),
            .commit = VIEW_LITERAL("4bb3e3ae3d1a6b4a6f0ee0bd6a2c1f2f3e4d5c6b"),
            .is_development = true},
    };
    struct packed_entry *read = NULL;
    size_t count = 0;
    buffer_init(&buffer, 1000);
    packed_write_entries(arena, &buffer, entries, 3);
    assert_ok(packed_read_entries(arena, buffer_view(&buffer), 3, &read, &count, &err), &err);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(read[i].package, entries[i].package);
        assert_int_equal(read[i].layer, entries[i].layer);
        assert_true(view_equal(read[i].path, entries[i].path));
        assert_true(view_equal(read[i].owner, entries[i].owner));
        assert_true(view_equal(read[i].analyzer, entries[i].analyzer));
        assert_true(view_equal(read[i].licenses, entries[i].licenses));
        assert_true(view_equal(read[i].commit, entries[i].commit));
        assert_int_equal(read[i].is_third_party, entries[i].is_third_party);
        assert_int_equal(read[i].is_development, entries[i].is_development);
    }
    assert_fails(packed_read_entries(arena, buffer_view(&buffer), 2, &read, &count, &err), &err, ERROR_CORRUPT);
    for (size_t size = 0; size < buffer.size; size++)
        assert_fails(
            packed_read_entries(arena, view_of(buffer.data, size), 3, &read, &count, &err), &err, ERROR_CORRUPT);
}

static void reads_back_the_texts_that_were_written(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER buffer;
    struct error err;
    const struct view texts[] = {VIEW_LITERAL("usr/bin/a"), VIEW_LITERAL(""), VIEW_LITERAL("with\nline"),
        VIEW_LITERAL("usr/bin/a"), VIEW_LITERAL("\xff")};
    struct view *read = NULL;
    size_t count = 0;
    buffer_init(&buffer, 1000);
    packed_write_texts(arena, &buffer, texts, 5);
    assert_ok(packed_read_texts(arena, buffer_view(&buffer), &read, &count, &err), &err);
    assert_int_equal(count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_true(view_equal(read[i], texts[i]));
    for (size_t size = 0; size < buffer.size; size++)
        assert_fails(packed_read_texts(arena, view_of(buffer.data, size), &read, &count, &err), &err, ERROR_CORRUPT);
    buffer.data[buffer.size - 1] = 9; /* there is no such text */
    assert_fails(packed_read_texts(arena, buffer_view(&buffer), &read, &count, &err), &err, ERROR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_the_keys_that_were_written),
        cmocka_unit_test(refuses_damaged_keys),
        cmocka_unit_test(keeps_sets_of_members_in_one_form_only),
        cmocka_unit_test(refuses_damaged_members),
        cmocka_unit_test(reads_back_the_entries_that_were_written),
        cmocka_unit_test(reads_back_the_texts_that_were_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
