/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/keyring.h"

#include "tests/unit/test.h"

#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    struct arena *arena;
    char folder[64];
    const char *path;
    struct keyring *keyring;
    struct error err;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->arena = arena_new();
    strcpy(fixture->folder, "/tmp/tidewaiter-keyring-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    fixture->path = arena_format(fixture->arena, "%s/keyring", fixture->folder).data;
    assert_ok(keyring_open(fixture->path, true, &fixture->keyring, &fixture->err), &fixture->err);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    keyring_close(fixture->keyring);
    unlink(fixture->path);
    rmdir(fixture->folder);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

static struct seal_place place(const char *row, int64_t organization, const char *field)
{
    return (struct seal_place){"integration_fields", view_text(row), organization, view_text(field)};
}

static struct view sealed_password(struct fixture *fixture)
{
    AUTO_SECRET *secret = secret_new(view_text("planted-password"));
    struct seal_place where = place("one", 1, "password");
    struct view sealed;
    assert_ok(keyring_seal(fixture->keyring, fixture->arena, &where, secret, &sealed, &fixture->err), &fixture->err);
    return sealed;
}

static void expect_opens(struct fixture *fixture, struct view sealed)
{
    struct secret *opened = NULL;
    struct seal_place where = place("one", 1, "password");
    assert_ok(keyring_unseal(fixture->keyring, &where, sealed, &opened, &fixture->err), &fixture->err);
    assert_view_equal(secret_view(opened), "planted-password");
    secret_free(opened);
}

static void makes_a_file_that_only_its_owner_reads(void **state)
{
    struct fixture *fixture = *state;
    struct stat file;
    assert_int_equal(stat(fixture->path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    assert_int_equal(chmod(fixture->path, 0640), 0);
    struct keyring *other = NULL;
    assert_fails(keyring_open(fixture->path, true, &other, &fixture->err), &fixture->err, ERROR_REFUSED);
    assert_non_null(strstr(fixture->err.message, "chmod 600"));
}

static void a_missing_file_is_made_only_where_that_is_meant(void **state)
{
    struct fixture *fixture = *state;
    struct keyring *other = NULL;
    assert_fails(
        keyring_open("/tmp/tidewaiter-no-such-keyring", false, &other, &fixture->err), &fixture->err, ERROR_NOT_FOUND);
}

static void opens_what_it_sealed_and_shows_nothing_of_it(void **state)
{
    struct fixture *fixture = *state;
    struct view sealed = sealed_password(fixture);
    char id[KEY_ID_TEXT_SIZE], first[KEY_ID_TEXT_SIZE];
    assert_int_equal(view_find_text(sealed, view_text("planted")), sealed.size);
    assert_true(sealed_key_id(sealed, id));
    keyring_first(fixture->keyring, first);
    assert_string_equal(id, first);
    expect_opens(fixture, sealed);
    assert_false(view_equal(sealed, sealed_password(fixture)));
}

static void a_sealed_text_opens_at_its_own_place_only(void **state)
{
    struct fixture *fixture = *state;
    struct view sealed = sealed_password(fixture);
    const struct seal_place others[] = {place("two", 1, "password"), place("one", 2, "password"),
        place("one", 1, "token"), {"hooks", view_text("one"), 1, view_text("password")}};
    struct secret *opened = NULL;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_fails(
            keyring_unseal(fixture->keyring, &others[i], sealed, &opened, &fixture->err), &fixture->err, ERROR_CORRUPT);
}

static void every_changed_byte_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    struct view sealed = sealed_password(fixture);
    struct seal_place where = place("one", 1, "password");
    struct secret *opened = NULL;
    for (size_t i = 0; i < sealed.size; i++) {
        char *changed = arena_text(fixture->arena, sealed);
        changed[i] ^= 1;
        assert_false(keyring_unseal(fixture->keyring, &where, view_of(changed, sealed.size), &opened, &fixture->err));
        assert_false(keyring_unseal(fixture->keyring, &where, view_slice(sealed, 0, i), &opened, &fixture->err));
    }
}

static void a_new_key_seals_and_the_old_one_still_opens(void **state)
{
    struct fixture *fixture = *state;
    struct view old = sealed_password(fixture);
    char first[KEY_ID_TEXT_SIZE], second[KEY_ID_TEXT_SIZE];
    keyring_first(fixture->keyring, first);
    assert_ok(keyring_add_key(fixture->keyring, &fixture->err), &fixture->err);
    keyring_first(fixture->keyring, second);
    assert_string_not_equal(first, second);
    expect_opens(fixture, old);
    expect_opens(fixture, sealed_password(fixture));
    assert_ok(keyring_forget_old(fixture->keyring, &fixture->err), &fixture->err);
    struct secret *opened = NULL;
    struct seal_place where = place("one", 1, "password");
    assert_fails(keyring_unseal(fixture->keyring, &where, old, &opened, &fixture->err), &fixture->err, ERROR_NOT_FOUND);
    assert_non_null(strstr(fixture->err.message, first));
    assert_false(keyring_has(fixture->keyring, view_text(first)));
    assert_true(keyring_has(fixture->keyring, view_text(second)));
}

static void sees_what_another_process_wrote(void **state)
{
    struct fixture *fixture = *state;
    struct keyring *other = NULL;
    char id[KEY_ID_TEXT_SIZE];
    assert_ok(keyring_open(fixture->path, false, &other, &fixture->err), &fixture->err);
    assert_ok(keyring_add_key(other, &fixture->err), &fixture->err);
    keyring_first(other, id);
    assert_true(keyring_has(fixture->keyring, view_text(id)));
    keyring_close(other);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void refuses_files_that_are_no_keyring(void **state)
{
    struct fixture *fixture = *state;
    static const char *const texts[] = {"", "# nothing\n", "key 00 11\n",
        "key 0123456789abcdef zz00000000000000000000000000000000000000000000000000000000000000\n",
        "key 0123456789abcdeg 0000000000000000000000000000000000000000000000000000000000000000\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct keyring *other = NULL;
        write_text(fixture->path, texts[i]);
        assert_fails(keyring_open(fixture->path, true, &other, &fixture->err), &fixture->err, ERROR_INVALID);
    }
}

static void has_a_limit(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 1; i < KEYRING_KEYS_MAX; i++)
        assert_ok(keyring_add_key(fixture->keyring, &fixture->err), &fixture->err);
    assert_fails(keyring_add_key(fixture->keyring, &fixture->err), &fixture->err, ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_a_file_that_only_its_owner_reads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_file_is_made_only_where_that_is_meant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(opens_what_it_sealed_and_shows_nothing_of_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sealed_text_opens_at_its_own_place_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_changed_byte_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_key_seals_and_the_old_one_still_opens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sees_what_another_process_wrote, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_files_that_are_no_keyring, set_up, tear_down),
        cmocka_unit_test_setup_teardown(has_a_limit, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
