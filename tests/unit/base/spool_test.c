/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/file.h"
#include "base/spool.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

struct folder {
    char path[64];
};

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof(*folder));
    snprintf(folder->path, sizeof(folder->path), "/tmp/tidewaiter-spool-XXXXXX");
    *state = folder;
    return mkdtemp(folder->path) == NULL;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    int result = rmdir(folder->path);
    free(folder);
    return result;
}

static bool add(struct spool *spool, size_t count, struct error *err)
{
    char *piece = malloc(PIECE);
    bool is_added = true;
    for (size_t i = 0; is_added && i < count; i++) {
        memset(piece, 'a' + (int)(i % 26), PIECE);
        buffer_append(&spool->bytes, view_of(piece, PIECE));
        is_added = spool_settle(spool, "result", err);
    }
    free(piece);
    return is_added;
}

static void assert_pieces(struct view bytes, size_t count)
{
    assert_int_equal(bytes.size, count * PIECE);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(bytes.data[i * PIECE], 'a' + (int)(i % 26));
        assert_int_equal(bytes.data[(i + 1) * PIECE - 1], 'a' + (int)(i % 26));
    }
}

static void few_bytes_stay_in_memory(void **state)
{
    struct folder *folder = *state;
    struct error err;
    struct view bytes;
    AUTO_ARENA *arena = arena_new();
    AUTO_SPOOL spool;
    spool_init(&spool, folder->path, 64u << 20);
    assert_ok(add(&spool, 3, &err), &err);
    assert_int_equal(spool.file, -1);
    assert_ok(spool_take(&spool, arena, &bytes, &err), &err);
    assert_pieces(bytes, 3);
}

static void many_bytes_go_to_a_file_without_a_name(void **state)
{
    struct folder *folder = *state;
    struct error err;
    struct view bytes;
    AUTO_ARENA *arena = arena_new();
    AUTO_SPOOL spool;
    spool_init(&spool, folder->path, 64u << 20);
    assert_ok(add(&spool, 40, &err), &err);
    assert_true(spool.file >= 0);
    assert_true(spool.bytes.size <= SPOOL_MEMORY_BYTES);
    DIR *listing = opendir(folder->path);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
        assert_int_equal(entry->d_name[0], '.');
    closedir(listing);
    assert_ok(spool_take(&spool, arena, &bytes, &err), &err);
    assert_pieces(bytes, 40);
    /* It can be filled again, and what was taken stays. */
    assert_ok(add(&spool, 17, &err), &err);
    assert_pieces(bytes, 40);
}

static void there_is_a_maximum_in_memory_and_in_the_file(void **state)
{
    struct folder *folder = *state;
    struct error err;
    AUTO_SPOOL spool, in_memory;
    spool_init(&spool, folder->path, 20u << 20);
    assert_ok(add(&spool, 20, &err), &err);
    assert_fails(add(&spool, 1, &err), &err, ERROR_LIMIT);
    spool_init(&in_memory, NULL, 20u << 20);
    assert_ok(add(&in_memory, 20, &err), &err);
    assert_int_equal(in_memory.file, -1);
    assert_fails(add(&in_memory, 1, &err), &err, ERROR_LIMIT);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
    const struct folder *folder = *state;
    struct error err;
    AUTO_SPOOL spool;
    char absent[80];
    snprintf(absent, sizeof(absent), "%s/absent", folder->path);
    spool_init(&spool, absent, 64u << 20);
    assert_fails(add(&spool, 40, &err), &err, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.message, "/absent"));
}

static void a_file_is_mapped_up_to_a_size(void **state)
{
    struct folder *folder = *state;
    struct error err;
    struct view content;
    char path[96];
    AUTO_ARENA *arena = arena_new();
    snprintf(path, sizeof(path), "%s/file", folder->path);
    assert_fails(file_map(path, 100, arena, &content, &err), &err, ERROR_NOT_FOUND);
    assert_ok(file_replace(path, view_text("content"), &err), &err);
    assert_ok(file_map(path, 7, arena, &content, &err), &err);
    assert_fails(file_map(path, 6, arena, &content, &err), &err, ERROR_LIMIT);
    assert_int_equal(unlink(path), 0);
    assert_view_equal(content, "content");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_bytes_stay_in_memory),
        cmocka_unit_test(many_bytes_go_to_a_file_without_a_name),
        cmocka_unit_test(there_is_a_maximum_in_memory_and_in_the_file),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
        cmocka_unit_test(a_file_is_mapped_up_to_a_size),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
