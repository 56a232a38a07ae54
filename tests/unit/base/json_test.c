/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/json.h"

static void reads_members_items_and_types(void **state)
{
    (void)state;
    struct error err;
    struct json root;
    AUTO_JSON *document = json_document_new();
    struct view text = view_text("{\"a\":[1,\"two\",{\"b\":true}],\"c\":null,\"d\":1.5}");
    assert_ok(json_parse(document, text, JSON_BYTES_MAX, "test", &root, &err), &err);
    assert_int_equal(json_type(root), JSON_OBJECT);
    assert_int_equal(json_count(json_member(root, "a")), 3);
    assert_int_equal(json_type(json_member(root, "nothing")), JSON_MISSING);
    assert_false(json_is_present(json_member(root, "c")));

    struct json_iterator i = json_each(json_member(root, "a"));
    int64_t one = 0;
    assert_true(json_next(&i) && json_integer(i.value, &one));
    assert_int_equal(one, 1);
    assert_true(json_next(&i));
    assert_view_equal(json_string(i.value), "two");
    assert_true(json_next(&i));
    assert_true(json_boolean(json_member(i.value, "b")));
    assert_false(json_next(&i));

    struct json_iterator members = json_each(root);
    assert_true(json_next(&members));
    assert_view_equal(members.key, "a");
}

static void refuses_broken_documents(void **state)
{
    (void)state;
    struct error err;
    struct json root;
    AUTO_JSON *document = json_document_new();
    static const char *const broken[] = {"", "{", "{\"a\":1,}", "\"\xff\"", "{} {}", "[1 2]", "nul"};
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_fails(
            json_parse(document, view_text(broken[i]), JSON_BYTES_MAX, "test", &root, &err), &err, ERROR_INVALID);
    assert_fails(json_parse(document, view_text("[1,2,3]"), 4, "test", &root, &err), &err, ERROR_LIMIT);
}

static void refuses_deep_nesting(void **state)
{
    (void)state;
    struct error err;
    struct json root;
    AUTO_JSON *document = json_document_new();
    char text[2 * JSON_DEPTH_MAX + 3] = {0};
    memset(text, '[', JSON_DEPTH_MAX + 1);
    memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    assert_fails(json_parse(document, view_text(text), JSON_BYTES_MAX, "test", &root, &err), &err, ERROR_INVALID);
}

static void refuses_names_that_other_readers_would_take_for_equal(void **state)
{
    (void)state;
    struct error err;
    struct json root;
    AUTO_JSON *document = json_document_new();
    assert_ok(
        json_parse(document, view_text("{\"x\":[{\"layers\":1,\"Layers\":2}]}"), JSON_BYTES_MAX, "test", &root, &err),
        &err);
    assert_fails(json_check_unique_names(root, "manifest", &err), &err, ERROR_INVALID);
}

static void free_maps_may_have_names_that_differ_in_case(void **state)
{
    (void)state;
    static const char *const maps[] = {"labels", NULL};
    struct error err;
    struct json root;
    AUTO_JSON *document = json_document_new();
    assert_ok(json_parse(document, view_text("{\"config\":{\"Labels\":{\"Version\":1,\"version\":2}}}"), 100, "config",
                  &root, &err),
        &err);
    assert_ok(json_check_unique_names_except(root, maps, "config", &err), &err);
    assert_fails(json_check_unique_names(root, "config", &err), &err, ERROR_INVALID);
    assert_ok(json_parse(document, view_text("{\"labels\":{\"a\":1,\"a\":2}}"), 100, "config", &root, &err), &err);
    assert_fails(json_check_unique_names_except(root, maps, "config", &err), &err, ERROR_INVALID);
    assert_ok(
        json_parse(document, view_text("{\"labels\":{\"a\":{\"b\":1,\"B\":2}}}"), 100, "config", &root, &err), &err);
    assert_fails(json_check_unique_names_except(root, maps, "config", &err), &err, ERROR_INVALID);
}

static void writes_escaped_text(void **state)
{
    (void)state;
    AUTO_BUFFER out;
    buffer_init(&out, 1000);
    struct json_writer writer;
    json_writer_init(&writer, &out);
    json_begin_object(&writer);
    json_pair_text(&writer, "quote", "a\"b\\c\n\x01\x7f");
    json_key(&writer, "list");
    json_begin_array(&writer);
    json_write_integer(&writer, -5);
    json_write_text(&writer, "\xff!");
    json_write_text(&writer, NULL);
    json_end_array(&writer);
    json_end_object(&writer);
    assert_view_equal(
        buffer_view(&out), "{\"quote\":\"a\\\"b\\\\c\\n\\u0001\\u007f\",\"list\":[-5,\"\xef\xbf\xbd!\",null]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_members_items_and_types),
        cmocka_unit_test(refuses_broken_documents),
        cmocka_unit_test(refuses_deep_nesting),
        cmocka_unit_test(refuses_names_that_other_readers_would_take_for_equal),
        cmocka_unit_test(free_maps_may_have_names_that_differ_in_case),
        cmocka_unit_test(writes_escaped_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
