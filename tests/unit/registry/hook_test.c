/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/hook.h"

#include "base/buffer.h"
#include "tests/unit/table.h"

static const struct hook_sender *sender(const char *name)
{
    const struct hook_sender *found = hook_sender_find(view_text(name));
    assert_non_null(found);
    return found;
}

static struct view hints_text(struct arena *arena, const struct hook_hints *hints)
{
    AUTO_BUFFER text;
    buffer_init(&text, 1u << 16);
    for (size_t i = 0; i < hints->count; i++) {
        const struct hook_hint *hint = &hints->items[i];
        buffer_append_format(&text, "%s%.*s%s%.*s", i > 0 ? " " : "", VIEW_PRINT(hint->repository),
            hint->tag.size > 0 ? ":" : "", VIEW_PRINT(hint->tag));
    }
    return arena_copy(arena, buffer_view(&text));
}

static void reads_what_each_sender_sends(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct table table;
    table_open(&table, arena, "tests/tables/hooks/hooks.txt", 3);
    while (table_next(&table)) {
        struct hook_hints hints = {.arena = arena};
        struct error err;
        assert_ok(hook_read(sender(arena_text(arena, table.fields[0])), table.fields[1], &hints, &err), &err);
        struct view text = hints_text(arena, &hints);
        if (!view_equal(text, table.fields[2]))
            fail_msg("%.*s: hints are \"%.*s\"", VIEW_PRINT(table.line), VIEW_PRINT(text));
    }
}

static void every_sender_has_a_row(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; hook_sender_at(i) != NULL; i++) {
        struct table table;
        bool found = false;
        table_open(&table, arena, "tests/tables/hooks/hooks.txt", 3);
        while (table_next(&table))
            found = found || view_is(table.fields[0], hook_sender_at(i)->name);
        assert_true(found);
    }
}

static void hints_are_bounded(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct hook_hints hints = {.arena = arena};
    for (int i = 0; i < 2 * HOOK_HINTS_MAX; i++)
        hook_hint_add(&hints, view_text("app"), arena_format(arena, "%d", i));
    assert_int_equal(hints.count, HOOK_HINTS_MAX);
}

static void refuses_what_is_no_json(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct hook_hints hints = {.arena = arena};
    struct error err;
    assert_fails(hook_read(sender("github"), view_text("payload=%7B"), &hints, &err), &err, ERROR_INVALID);
    assert_fails(hook_read(sender("quay"), view_text(""), &hints, &err), &err, ERROR_INVALID);
}

/* HMACs of "hello" with the key "key", by openssl dgst. */
static void checks_signatures(void **state)
{
    (void)state;
    static const char sha256[] = "9307b3b915efb5171ff14d8cb55fbcc798c6c0ef1456d66ded1a6aa723a58b7b";
    static const char sha1[] = "b34ceac4516ff23a143e61d79d0fa7a4fbe5f266";
    AUTO_SECRET *key = secret_new(view_text("key"));
    struct view body = view_text("hello");
    AUTO_ARENA *arena = arena_new();
    struct view prefixed = arena_format(arena, "sha256=%s", sha256);
    assert_true(hook_proves(sender("github"), prefixed, body, key));
    assert_true(hook_proves(sender("gitea"), view_text(sha256), body, key));
    assert_true(hook_proves(sender("artifactory"), view_text(sha256), body, key));
    assert_true(hook_proves(sender("artifactory"), view_text("key"), body, key));
    assert_true(hook_proves(sender("nexus"), view_text(sha1), body, key));
    assert_true(hook_proves(sender("harbor"), view_text("key"), body, key));
    assert_false(hook_proves(sender("github"), prefixed, view_text("hello!"), key));
    assert_false(hook_proves(sender("github"), view_text(""), body, key));
    assert_false(hook_proves(sender("nexus"), view_text(sha256), body, key));
    assert_false(hook_proves(sender("harbor"), view_text("kez"), body, key));
    assert_true(hook_proves(sender("harbor"), view_text(""), body, NULL));
    assert_false(hook_proves(sender("dockerhub"), view_text(""), body, key));
    assert_true(hook_proves(sender("dockerhub"), view_text(""), body, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_each_sender_sends),
        cmocka_unit_test(every_sender_has_a_row),
        cmocka_unit_test(hints_are_bounded),
        cmocka_unit_test(refuses_what_is_no_json),
        cmocka_unit_test(checks_signatures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
