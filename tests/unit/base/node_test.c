/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/buffer.h"
#include "base/node.h"

#define TEXT_MAX (1u << 16)

/* {key:"text",list:["a","b"]}, in the order of the document. */
static void write_node(struct buffer *out, const struct node *node)
{
    if (node->type == NODE_TEXT) {
        buffer_append_format(out, "\"%.*s\"", VIEW_PRINT(node->text));
        return;
    }
    buffer_append_byte(out, node->type == NODE_LIST ? '[' : '{');
    for (const struct node *child = node_first(node); child != NULL; child = child->next) {
        if (child != node_first(node))
            buffer_append_byte(out, ',');
        if (node->type == NODE_MAP)
            buffer_append_format(out, "%.*s:", VIEW_PRINT(child->key));
        write_node(out, child);
    }
    buffer_append_byte(out, node->type == NODE_LIST ? ']' : '}');
}

typedef bool reader(struct arena *arena, struct view text, const struct node **root, struct error *err);

static void check(reader *read, const char *text, const char *expected)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER out;
    const struct node *root;
    struct error err;
    buffer_init(&out, TEXT_MAX);
    assert_ok(read(arena, view_text(text), &root, &err), &err);
    write_node(&out, root);
    assert_view_equal(buffer_view(&out), expected);
}

static void refuses(reader *read, const char *text, const char *message)
{
    AUTO_ARENA *arena = arena_new();
    const struct node *root;
    struct error err;
    assert_fails(read(arena, view_text(text), &root, &err), &err, ERROR_INVALID);
    if (strstr(err.message, message) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.message, message);
}

static void reads_toml_tables_and_lists_of_tables(void **state)
{
    (void)state;
    check(toml_read, "", "{}");
    check(toml_read, "# comment\r\na = 1 # one\r\n[b.c]\nd = true\n[b]\ne = 1979-05-27 07:32:00\n",
        "{a:\"1\",b:{c:{d:\"true\"},e:\"1979-05-27 07:32:00\"}}");
    check(toml_read, "[[p]]\nn = 'a'\n[p.s]\nk = 'x'\n[[p]]\nn = 'b'\n[[p.q]]\n",
        "{p:[{n:\"a\",s:{k:\"x\"}},{n:\"b\",q:[{}]}]}");
    check(toml_read, "a.b.\"c d\" = 1\na.'e' = 2", "{a:{b:{c d:\"1\"},e:\"2\"}}");
    check(toml_read, "a = [ 1, # one\n 'two',\n [ ], { b = 3, c = {} }, ]", "{a:[\"1\",\"two\",[],{b:\"3\",c:{}}]}");
}

static void reads_all_strings_of_toml(void **state)
{
    (void)state;
    check(toml_read, "a = \"q\\\"\\\\\\u00e9\\U0001F600 \"\nb = '\\n'",
        "{a:\"q\"\\\xc3\xa9\xf0\x9f\x98\x80 \",b:\"\\n\"}");
    check(toml_read, "a = \"\"\"\nx\ny\\\n   z\"\"\"\nb = '''\nit's ''two'' '''''\n",
        "{a:\"x\nyz\",b:\"it's ''two'' ''\"}");
    check(toml_read, "a = \"\"\nb = ''\nc = \"\"\"\"\"\"", "{a:\"\",b:\"\",c:\"\"}");
}

static void refuses_broken_toml(void **state)
{
    (void)state;
    refuses(toml_read, "a", "\"=\" is missing");
    refuses(toml_read, "\n= 1", "line 2: a key is missing");
    refuses(toml_read, "a = ", "a value is missing");
    refuses(toml_read, "a = 'x' y", "something follows");
    refuses(toml_read, "a = 'x\n'", "string without end");
    refuses(toml_read, "a = \"\"\"x", "string without end");
    refuses(toml_read, "a = \"\\ud800\"", "character escape");
    refuses(toml_read, "a = \"\\q\"", "unknown escape");
    refuses(toml_read, "a = [1 2", "list without end");
    refuses(toml_read, "a = [1", "list without end");
    refuses(toml_read, "a = {b = 1", "table without end");
    refuses(toml_read, "[a", "header without end");
    refuses(toml_read, "[[a]", "header without end");
    refuses(toml_read, "a = 1\n[a.b]", "used as a table");
    refuses(toml_read, "a = 1\n[[a]]", "used as a list");
}

static void reads_yaml_documents(void **state)
{
    (void)state;
    check(yaml_read, "", "[]");
    check(yaml_read, "a: 1\nb:\n- x\n- y: 'z'\n  'q r': [1, {}]\n", "[{a:\"1\",b:[\"x\",{y:\"z\",q r:[\"1\",{}]}]}]");
    check(yaml_read, "---\na: ~\n---\n- b\n...\n", "[{a:\"~\"},[\"b\"]]");
    check(yaml_read, "a: &x {b: 1}\nc: *x\n", "[{a:{b:\"1\"},c:\"\"}]");
    check(yaml_read, "? [k]\n: v\nb: c\n", "[{:[\"k\"],v:\"b\"}]");
}

static void refuses_broken_yaml(void **state)
{
    (void)state;
    refuses(yaml_read, "a: [1", "not valid YAML: line");
    refuses(yaml_read, "a: 1\n b: 2\n", "line 2");
    refuses(yaml_read, "a: \xff\n", "not valid YAML");
}

static void finds_members_of_large_maps(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER text;
    const struct node *root;
    struct error err;
    buffer_init(&text, TEXT_MAX);
    for (int i = 0; i < 1000; i++)
        buffer_append_format(&text, "k%d = %d\n", i % 500, i);
    assert_ok(toml_read(arena, buffer_view(&text), &root, &err), &err);
    assert_int_equal(root->count, 1000);
    assert_view_equal(node_member_text(root, "k0"), "0");
    assert_view_equal(node_member_text(root, "k499"), "499");
    assert_null(node_member(root, "k500"));
    assert_null(node_member(node_member(root, "k1"), "x"));
    assert_int_equal(node_text(root).size, 0);
}

static void limits_depth_and_count(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER deep, wide;
    const struct node *root;
    struct error err;
    buffer_init(&deep, TEXT_MAX);
    for (int i = 0; i < NODE_DEPTH_MAX + 1; i++)
        buffer_append_byte(&deep, '[');
    assert_fails(yaml_read(arena, buffer_view(&deep), &root, &err), &err, ERROR_LIMIT);
    struct view list = arena_format(arena, "a = %.*s", VIEW_PRINT(buffer_view(&deep)));
    assert_fails(toml_read(arena, list, &root, &err), &err, ERROR_LIMIT);
    buffer_clear(&deep);
    for (int i = 0; i < NODE_DEPTH_MAX + 1; i++)
        buffer_append_text(&deep, i == 0 ? "a" : ".a");
    assert_fails(toml_read(arena, buffer_view(&deep), &root, &err), &err, ERROR_LIMIT);
    buffer_init(&wide, 4 * (size_t)NODE_COUNT_MAX + 64);
    buffer_append_text(&wide, "a: [");
    for (size_t i = 0; i < NODE_COUNT_MAX; i++)
        buffer_append_text(&wide, "1,");
    buffer_append_text(&wide, "1]");
    assert_fails(yaml_read(arena, buffer_view(&wide), &root, &err), &err, ERROR_LIMIT);
    wide.data[1] = '=';
    assert_fails(toml_read(arena, buffer_view(&wide), &root, &err), &err, ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_toml_tables_and_lists_of_tables),
        cmocka_unit_test(reads_all_strings_of_toml),
        cmocka_unit_test(refuses_broken_toml),
        cmocka_unit_test(reads_yaml_documents),
        cmocka_unit_test(refuses_broken_yaml),
        cmocka_unit_test(finds_members_of_large_maps),
        cmocka_unit_test(limits_depth_and_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
