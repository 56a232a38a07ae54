/* SPDX-License-Identifier: Apache-2.0 */
/* What is packed apart from rows and images says what they say, whoever changed them. */
#include "store/list_cache.h"
#include "store/list_scan.h"
#include "tests/unit/store/results_fixture.h"

enum { ROWS = 200 };

/* Rows as a program that knows nothing of packed lists would write them; ids over several packed rows. */
static void fill(struct fixture *fixture)
{
    AUTO_ARENA *arena = arena_new();
    fixture_execute(
        fixture, "INSERT INTO repositories (id, integration_id, name, first_observed_ms) VALUES (7, 1, 'a/b', 1)");
    fixture_execute(
        fixture, "INSERT INTO targets (id, uuid, organization_id, repository_id, created_ms) VALUES (1, 't', 1, 7, 1)");
    fixture_execute(fixture,
        "INSERT INTO projects (id, uuid, organization_id, target_id, tag, snapshot_id, created_ms) VALUES (1, 'p', 1, 1, 'v', 1, 1)");
    fixture_execute(fixture,
        "INSERT INTO snapshots (id, uuid, project_id, repository_id, digest, kind, artifact_type, "
        "missing_platforms, is_finished, created_ms) VALUES (1, 's', 1, 7, 'd', 'image', '', 0, 1, 1)");
    for (int i = 1; i <= ROWS; i++) {
        fixture_execute(fixture,
            arena_format(arena,
                "INSERT INTO snapshot_images (id, uuid, organization_id, integration_id, snapshot_id, is_current, reference, "
                "search_text, manifest, platform, is_image, artifact_type, state, error, layers_fetched, layers_shared, "
                "created_ms, scanned_ms, repository_id, built_ms, verdict) VALUES (%d, 'u%d', 1, 1, 1, %d, 'R%d', 'r%d', 'm%d', "
                "'linux/%d', %d, '', %d, '', 1, 1, 1, 1, 7, %d, %d)",
                i * 3, i, i % 5 != 0, i, i, i, i % 3, i % 7 != 0, i % 3, i * 10, i % 6)
                .data);
    }
}

/* One line a row, as the packed form or the rows themselves have it. */
static struct view describe(struct arena *arena, const struct list_entry *entry)
{
    return arena_format(arena, "%lld %lld %lld %lld %lld %d %d %d %.*s %.*s\n", (long long)entry->id,
        (long long)entry->image, (long long)entry->integration, (long long)entry->repository,
        (long long)entry->built_ms, (int)entry->state, (int)entry->is_image, (int)entry->verdict,
        VIEW_PRINT(entry->platform), VIEW_PRINT(entry->text));
}

static struct view scan_within(
    struct fixture *fixture, struct transaction *transaction, int64_t organization, const struct list_wish *wish)
{
    struct error err;
    struct list_entry entry = {0};
    AUTO_LIST_SCAN scan = {0};
    AUTO_BUFFER lines;
    buffer_init(&lines, 1 << 20);
    assert_ok(list_scan_begin(&scan, transaction, fixture->arena, organization, wish, &err), &err);
    while (list_scan_next(&scan, &entry))
        buffer_append(&lines, describe(fixture->arena, &entry));
    assert_ok(list_scan_finish(&scan, &err), &err);
    return arena_copy(fixture->arena, buffer_view(&lines));
}

static struct view scan_of(struct fixture *fixture, int64_t organization, const struct list_wish *wish)
{
    struct error err;
    struct transaction transaction;
    assert_ok(transaction_read(fixture->store, &transaction, &err), &err);
    struct view lines = scan_within(fixture, &transaction, organization, wish);
    assert_ok(transaction_end(&transaction, true, &err), &err);
    return lines;
}

static struct view scan_all(struct fixture *fixture, const struct list_wish *wish)
{
    return scan_of(fixture, 1, wish);
}

#define PLAIN(condition)                                                                                               \
    "SELECT coalesce(group_concat(line, ''), '') FROM (SELECT id || ' ' || coalesce(image_id, 0) || ' ' || "           \
    "integration_id || ' ' || repository_id || ' ' || built_ms || ' ' || state || ' ' || is_image || ' ' || "          \
    "verdict || ' ' || platform || ' ' || search_text || char(10) AS line FROM snapshot_images "                       \
    "WHERE organization_id = 1 AND " condition " ORDER BY id)"

static void compare(struct fixture *fixture)
{
    const int64_t ids[] = {1, 3, 6, 9, 190, 192, 193, 195, 300, 500000};
    struct view current = scan_all(fixture, &(struct list_wish){.has_texts = true});
    struct view obsolete = scan_all(fixture, &(struct list_wish){.has_texts = true, .is_obsolete = true});
    struct view wanted = scan_all(fixture,
        &(struct list_wish){.has_texts = true, .has_ids = true, .ids = ids, .id_count = sizeof(ids) / sizeof(ids[0])});
    assert_true(view_equal(current, fixture_text(fixture, PLAIN("is_current = 1"))));
    assert_true(view_equal(obsolete, fixture_text(fixture, PLAIN("is_current = 0"))));
    assert_true(view_equal(wanted,
        fixture_text(fixture, PLAIN("is_current = 1 AND id IN (1, 3, 6, 9, 190, 192, 193, 195, 300, 500000)"))));
    assert_int_equal(scan_all(fixture, &(struct list_wish){.has_ids = true}).size, 0);
}

/* A commit of the store's own packs what others left. */
static void commit(struct fixture *fixture)
{
    struct error err;
    struct transaction transaction;
    assert_ok(transaction_write(fixture->store, &transaction, &err), &err);
    assert_ok(transaction_end(&transaction, true, &err), &err);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM list_keys WHERE keys IS NULL"), 0);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM list_texts WHERE texts IS NULL"), 0);
}

static void shows_every_change_of_a_row_before_and_after_it_is_packed(void **state)
{
    struct fixture *fixture = *state;
    static const char *const changes[] = {
        "UPDATE snapshot_images SET is_current = 1 - is_current WHERE id % 4 = 0",
        "UPDATE snapshot_images SET state = 2 WHERE id = 3",
        "UPDATE snapshot_images SET is_image = 0, verdict = 5 WHERE id BETWEEN 60 AND 70",
        "UPDATE snapshot_images SET built_ms = 9223372036854775807 WHERE id = 195",
        "UPDATE snapshot_images SET platform = 'windows/arm64' WHERE id = 300",
        "UPDATE snapshot_images SET search_text = 'another' WHERE id = 9",
        "DELETE FROM snapshot_images WHERE id BETWEEN 190 AND 260",
        "DELETE FROM snapshot_images WHERE id = 3",
        "DELETE FROM snapshot_images",
    };
    fill(fixture);
    assert_true(fixture_count(fixture, "SELECT count(*) FROM list_keys WHERE keys IS NULL") > 1);
    compare(fixture);
    commit(fixture);
    compare(fixture);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        fixture_execute(fixture, changes[i]);
        compare(fixture);
        commit(fixture);
        compare(fixture);
    }
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM list_keys WHERE length(keys) > 0"), 0);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM list_texts WHERE length(texts) > 0"), 0);
}

static void shows_each_transaction_what_it_saw_first(void **state)
{
    struct fixture *fixture = *state;
    const struct list_wish wish = {.has_texts = true};
    struct error err;
    struct transaction early, late;
    fill(fixture);
    commit(fixture);
    struct view before = scan_all(fixture, &wish);
    assert_ok(transaction_read(fixture->store, &early, &err), &err);
    assert_true(view_equal(scan_within(fixture, &early, 1, &wish), before));
    fixture_execute(fixture, "UPDATE snapshot_images SET search_text = 'another', state = 2 WHERE id = 9");
    fixture_execute(fixture, "DELETE FROM snapshot_images WHERE id > 400");
    assert_ok(transaction_write(fixture->store, &late, &err), &err);
    struct view written = scan_within(fixture, &late, 1, &wish);
    assert_ok(transaction_end(&late, true, &err), &err);
    struct view after = scan_all(fixture, &wish);
    assert_true(view_equal(after, written) && !view_equal(after, before));
    assert_true(view_equal(scan_within(fixture, &early, 1, &wish), before));
    assert_ok(transaction_end(&early, true, &err), &err);
    assert_true(view_equal(scan_all(fixture, &wish), after));
}

static void keeps_lists_of_more_organizations_than_have_room(void **state)
{
    struct fixture *fixture = *state;
    fill(fixture);
    commit(fixture);
    struct view rows = scan_all(fixture, &(struct list_wish){0});
    assert_true(rows.size > 0);
    for (int round = 0; round < 2; round++) {
        for (int64_t other = 2; other < LIST_CACHE_COPIES_MAX + 10; other++)
            assert_int_equal(scan_of(fixture, other, &(struct list_wish){0}).size, 0);
        assert_true(view_equal(scan_all(fixture, &(struct list_wish){0}), rows));
    }
}

/* It is a hint: nothing that has the text is passed over. */
static void passes_over_packed_rows_without_a_text(void **state)
{
    struct fixture *fixture = *state;
    fill(fixture);
    commit(fixture);
    struct view all = scan_all(fixture, &(struct list_wish){.has_texts = true});
    struct view some = scan_all(fixture, &(struct list_wish){.has_texts = true, .needle = view_text("r199")});
    assert_true(some.size > 0 && some.size < all.size);
    assert_true(view_find_text(some, view_text(" r199\n")) < some.size);
    assert_int_equal(scan_all(fixture, &(struct list_wish){.has_texts = true, .needle = view_text("r201")}).size, 0);
}

static void shows_no_organization_the_rows_of_another(void **state)
{
    struct fixture *fixture = *state;
    const int64_t ids[] = {3, 6};
    fill(fixture);
    int64_t other = fixture_other_organization(fixture);
    fixture_execute(fixture,
        arena_format(fixture->arena, "UPDATE list_keys SET id = id + 4294967296 * %lld", (long long)(other - 1)).data);
    fixture_execute(fixture, arena_format(fixture->arena,
                                 "UPDATE snapshot_images SET organization_id = %lld WHERE id <> 6", (long long)other)
                                 .data);
    assert_int_equal(scan_all(fixture, &(struct list_wish){0}).size, 0);
    assert_int_equal(scan_all(fixture, &(struct list_wish){.has_ids = true, .ids = ids, .id_count = 2}).size, 0);
}

static void expect_damage(struct fixture *fixture, const char *change)
{
    struct error err;
    struct transaction transaction;
    struct list_entry entry = {0};
    AUTO_LIST_SCAN scan = {0};
    fixture_execute(fixture, change);
    assert_ok(transaction_read(fixture->store, &transaction, &err), &err);
    bool is_begun =
        list_scan_begin(&scan, &transaction, fixture->arena, 1, &(struct list_wish){.has_texts = true}, &err);
    while (is_begun && list_scan_next(&scan, &entry))
        continue;
    assert_fails(is_begun && list_scan_finish(&scan, &err), &err, ERROR_CORRUPT);
    assert_ok(transaction_end(&transaction, true, &err), &err);
}

static void refuses_damaged_lists(void **state)
{
    struct fixture *fixture = *state;
    fill(fixture);
    commit(fixture);
    expect_damage(fixture, "UPDATE list_keys SET keys = substr(keys, 2), version = version + 100");
    fixture_execute(fixture, "UPDATE list_keys SET keys = NULL");
    commit(fixture);
    fixture_execute(fixture, "UPDATE list_texts SET texts = substr(texts, 1, 100)");
    expect_damage(fixture, "UPDATE list_keys SET version = version + 100");
    fixture_execute(fixture, "UPDATE list_texts SET texts = NULL");
    commit(fixture);
    compare(fixture);
    fixture_execute(fixture, "INSERT INTO image_keys (chunk, keys, version) VALUES (0, x'00', 1)");
    fixture_execute(fixture, "INSERT INTO images (id, config_digest, layers_hash, layers, platform, created_ms) "
                             "VALUES (5, 'c', 'h', '', '', 0)");
    expect_damage(fixture, "UPDATE snapshot_images SET image_id = 5 WHERE id = 3");
}

static struct tally make_tally(unsigned seed)
{
    struct tally tally = {.packages = mix(seed, 1) % 5000, .findings = mix(seed, 2) % 100000, .undecidable = seed % 3};
    for (int kind = 0; kind < KIND_COUNT; kind++)
        tally.kinds[kind] = mix(seed, 10 + (unsigned)kind) % 3 == 0 ? mix(seed, 50 + (unsigned)kind) % 2000 : 0;
    return tally;
}

static void check_image(
    struct transaction *transaction, struct image_keys *keys, int64_t image, const struct tally *expected)
{
    struct error err;
    struct tally tally;
    struct image_key key;
    assert_ok(tally_load(transaction, image, &tally, &err), &err);
    assert_memory_equal(&tally, expected, sizeof(tally));
    assert_ok(image_keys_find(keys, image, &key, &err), &err);
    assert_int_equal(key.rank, tally_rank(expected));
    assert_int_equal(key.urgency, tally_urgency(expected));
    assert_int_equal(key.score, tally_score(expected));
    assert_int_equal(key.kinds, tally_mask(expected));
    assert_int_equal(key.vulnerabilities, tally_count(expected, (struct kind_filter){0}));
}

static void keeps_the_tallies_of_images_apart(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct transaction transaction;
    struct image_keys keys;
    struct tally *found = NULL;
    static const struct tally none;
    assert_ok(transaction_write(fixture->store, &transaction, &err), &err);
    struct tally_chunk *chunk = tally_chunk_new(fixture->arena, &transaction);
    for (unsigned image = 1; image <= ROWS; image += 3) { /* forth and back over packed rows */
        struct tally tally = make_tally(image);
        assert_ok(tally_chunk_set(chunk, image, &tally, &err), &err);
        tally = make_tally(ROWS + 1 - image);
        assert_ok(tally_chunk_set(chunk, ROWS + 1 - image, &tally, &err), &err);
    }
    assert_ok(tally_chunk_find(chunk, 4, &found, &err), &err);
    found->findings++;
    chunk->is_changed = true;
    assert_ok(tally_chunk_find(chunk, 3, &found, &err), &err);
    assert_null(found);
    assert_ok(tally_chunk_finish(chunk, &err), &err);
    assert_ok(image_keys_begin(&keys, &transaction, fixture->arena, &err), &err);
    for (unsigned image = 1; image <= ROWS + IMAGES_CHUNK; image++) {
        struct tally tally = make_tally(image);
        tally.findings += image == 4;
        bool is_set = image <= ROWS && (image % 3 == 1 || (ROWS + 1 - image) % 3 == 1);
        check_image(&transaction, &keys, image, is_set ? &tally : &none);
    }
    assert_ok(transaction_end(&transaction, true, &err), &err);
}

static void finds_images_by_kind_and_refuses_damaged_tallies(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct transaction transaction;
    struct tally tally = {.packages = 1};
    int64_t *images = NULL;
    size_t count = 0;
    int64_t known = kinds_mask((struct kind_filter){.threats = 1u << THREAT_KNOWN});
    assert_ok(transaction_write(fixture->store, &transaction, &err), &err);
    struct tally_chunk *chunk = tally_chunk_new(fixture->arena, &transaction);
    assert_ok(tally_chunk_set(chunk, 70, &tally, &err), &err);
    tally.kinds[kind_of(SEVERITY_LOW, true, THREAT_KNOWN)] = 1;
    assert_ok(tally_chunk_set(chunk, 300, &tally, &err), &err);
    assert_ok(tally_chunk_set(chunk, 5, &tally, &err), &err);
    assert_ok(tally_chunk_finish(chunk, &err), &err);
    assert_ok(image_keys_with(&transaction, fixture->arena, known, &images, &count, &err), &err);
    assert_int_equal(count, 2);
    assert_int_equal(images[0], 5);
    assert_int_equal(images[1], 300);
    assert_ok(transaction_end(&transaction, true, &err), &err);
    fixture_execute(fixture, "UPDATE image_tallies SET tallies = substr(tallies, 1, 8) WHERE chunk = 0");
    fixture_execute(fixture, "UPDATE image_tallies SET tallies = CAST(tallies || x'00' AS BLOB) WHERE chunk = 1");
    assert_ok(transaction_read(fixture->store, &transaction, &err), &err);
    struct tally *found = NULL;
    chunk = tally_chunk_new(fixture->arena, &transaction);
    assert_fails(tally_load(&transaction, 20, &tally, &err), &err, ERROR_CORRUPT);
    assert_fails(tally_chunk_find(chunk, 20, &found, &err), &err, ERROR_CORRUPT);
    assert_fails(tally_chunk_find(chunk, 70, &found, &err), &err, ERROR_CORRUPT);
    assert_ok(transaction_end(&transaction, true, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            shows_every_change_of_a_row_before_and_after_it_is_packed, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(shows_each_transaction_what_it_saw_first, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(keeps_lists_of_more_organizations_than_have_room, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(passes_over_packed_rows_without_a_text, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(shows_no_organization_the_rows_of_another, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(refuses_damaged_lists, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(keeps_the_tallies_of_images_apart, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(finds_images_by_kind_and_refuses_damaged_tallies, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
