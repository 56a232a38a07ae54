/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/record.h"
#include "tests/unit/store/store_fixture.h"

#include <stdlib.h>

/* A record as far as the store looks into it, with `size` bytes behind its start. */
static struct view made_up(struct arena *arena, size_t size, char first)
{
    AUTO_BUFFER start;
    buffer_init(&start, 1 << 20);
    record_begin(&start);
    char *bytes = arena_alloc(arena, start.size + size);
    memcpy(bytes, start.data, start.size);
    for (size_t i = 0; i < size; i++)
        bytes[start.size + i] = (char)(first + (char)(i / 1000 % 50));
    return view_of(bytes, start.size + size);
}

static void assert_kept(struct fixture *fixture, const struct digest *blob, struct view record)
{
    struct error err;
    struct view found;
    AUTO_ARENA *arena = arena_new();
    struct layer_cache *cache = store_layer_cache(fixture->store);
    assert_ok(cache->put(cache, blob, record, &err), &err);
    assert_ok(cache->get(cache, arena, blob, &found, &err), &err);
    assert_true(view_equal(found, record));
}

static void gives_back_records_of_any_size(void **state)
{
    struct fixture *fixture = *state;
    struct digest small = fixture_digest("small"), large = fixture_digest("large");
    assert_kept(fixture, &small, made_up(fixture->arena, 100, '0'));
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM layer_record_parts"), 0);
    assert_kept(fixture, &large, made_up(fixture->arena, 20 << 20, '0'));
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM layer_record_parts"), 20);
    assert_int_equal(fixture_count(fixture, "SELECT max(length(bytes)) FROM layer_record_parts"), 1 << 20);
    assert_int_equal(fixture_count(fixture, "SELECT max(length(record)) FROM layer_records"), 1 << 20);
}

static void a_new_record_replaces_all_parts(void **state)
{
    struct fixture *fixture = *state;
    struct digest blob = fixture_digest("blob");
    assert_kept(fixture, &blob, made_up(fixture->arena, 3 << 20, '0'));
    assert_kept(fixture, &blob, made_up(fixture->arena, 2 << 20, 'A'));
    assert_kept(fixture, &blob, made_up(fixture->arena, 10, 'B'));
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM layer_record_parts"), 0);
}

static void an_unknown_blob_has_none(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct view found;
    struct digest blob = fixture_digest("unknown");
    struct layer_cache *cache = store_layer_cache(fixture->store);
    assert_ok(cache->get(cache, fixture->arena, &blob, &found, &err), &err);
    assert_int_equal(found.size, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_back_records_of_any_size),
        TEST(a_new_record_replaces_all_parts),
        TEST(an_unknown_blob_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
