/* SPDX-License-Identifier: Apache-2.0 */
#include "image/reference.h"
#include "tests/unit/table.h"

static void expect_part(const struct table *table, struct view actual, size_t field)
{
    if (!view_equal(actual, table->fields[field]))
        fail_msg("%.*s: \"%.*s\" is not \"%.*s\"", VIEW_PRINT(table->line), VIEW_PRINT(actual),
            VIEW_PRINT(table->fields[field]));
}

static void parses_and_formats_each_reference_of_the_table(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct table table;
    table_open(&table, arena, "tests/tables/references/valid.txt", 6);
    while (table_next(&table)) {
        struct reference reference;
        struct error err;
        assert_ok(reference_parse(arena, table.fields[0], &reference, &err), &err);
        expect_part(&table, reference.host, 1);
        expect_part(&table, reference.repository, 2);
        expect_part(&table, reference.tag, 3);
        expect_part(&table, digest_view(&reference.digest), 4);
        expect_part(&table, reference_format(arena, &reference), 5);
        /* The canonical text means the same again. */
        assert_ok(reference_parse(arena, table.fields[5], &reference, &err), &err);
        expect_part(&table, reference_format(arena, &reference), 5);
    }
}

static void says_why_a_reference_is_refused(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct table table;
    table_open(&table, arena, "tests/tables/references/invalid.txt", 2);
    while (table_next(&table)) {
        struct reference reference;
        struct error err;
        if (reference_parse(arena, table.fields[0], &reference, &err))
            fail_msg("\"%.*s\" was accepted", VIEW_PRINT(table.fields[0]));
        assert_int_equal(err.code, ERROR_INVALID);
        struct view message = view_text(err.message);
        if (view_find_text(message, table.fields[1]) == message.size)
            fail_msg("%.*s: the message is %s", VIEW_PRINT(table.line), err.message);
        if (view_find_text(message, view_text("secret")) < message.size)
            fail_msg("the message shows a password: %s", err.message);
    }
}

static struct view repeat(struct arena *arena, char c, size_t count)
{
    char *text = arena_alloc(arena, count + 1);
    memset(text, c, count);
    return view_of(text, count);
}

static void limits_the_length_of_names_and_tags(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct reference reference;
    struct error err;
    assert_true(tag_is_valid(repeat(arena, 'a', 128)));
    assert_false(tag_is_valid(repeat(arena, 'a', 129)));
    assert_true(repository_is_valid(repeat(arena, 'a', 255)));
    assert_false(repository_is_valid(repeat(arena, 'a', 256)));
    struct view longest = arena_format(arena, "r.io/%.*s", VIEW_PRINT(repeat(arena, 'a', 250)));
    assert_ok(reference_parse(arena, longest, &reference, &err), &err);
    struct view longer = arena_format(arena, "r.io/%.*s", VIEW_PRINT(repeat(arena, 'a', 251)));
    assert_fails(reference_parse(arena, longer, &reference, &err), &err, ERROR_INVALID);
    assert_fails(reference_parse(arena, view_text(""), &reference, &err), &err, ERROR_INVALID);
    assert_fails(
        reference_parse(arena, repeat(arena, 'a', REFERENCE_BYTES_MAX + 1), &reference, &err), &err, ERROR_INVALID);
}

static void what_registries_send_as_names_is_checked(void **state)
{
    (void)state;
    assert_false(tag_is_valid(view_text("")));
    assert_false(tag_is_valid(view_text("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")));
    assert_false(tag_is_valid(view_text("a/../b")));
    assert_false(repository_is_valid(view_text("a/")));
    assert_false(repository_is_valid(view_text("../a")));
    assert_false(repository_is_valid(view_of("a\0b", 3)));
    assert_false(host_is_valid(view_text("a b")));
    assert_false(host_is_valid(view_text("[fe80::1%eth0]")));
    assert_true(host_is_valid(view_text("registry")));
    assert_true(host_is_valid(view_text("10.1.2.3:443")));
}

static void names_of_one_image_are_the_same(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    static const struct {
        const char *left;
        const char *right;
        bool is_same;
    } rows[] = {
        {"nginx", "docker.io/library/nginx:latest", true},
        {"a:1", "docker.io/library/a:1", true},
        {"a:1", "a:2", false},
        {"host.example/a", "a", false},
        {"No Reference", "No Reference", true},
        {"No Reference", "no reference", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(reference_is_same(arena, view_text(rows[i].left), view_text(rows[i].right)), rows[i].is_same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_and_formats_each_reference_of_the_table),
        cmocka_unit_test(says_why_a_reference_is_refused),
        cmocka_unit_test(limits_the_length_of_names_and_tags),
        cmocka_unit_test(what_registries_send_as_names_is_checked),
        cmocka_unit_test(names_of_one_image_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
