/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/json_walk.h"
#include "tests/unit/stream/trickle.h"

/* Events as text: "0{ 1:a\"x\" 0}" */
static bool write_event(void *context, const struct json_walk_event *event, struct error *err)
{
    static const char *const marks[] = {"{", "[", "}", "\"", "#"};
    struct buffer *out = context;
    (void)err;
    buffer_append_format(
        out, "%zu:%.*s%s%.*s ", event->depth, VIEW_PRINT(event->key), marks[event->kind], VIEW_PRINT(event->text));
    return true;
}

static bool walk(struct view text, size_t step, size_t text_bytes_max, struct buffer *out, struct error *err)
{
    struct json_walk_reading reading = {.text_bytes_max = text_bytes_max, .event = write_event, .context = out};
    AUTO_SOURCE *source = source_trickle(text, step);
    return json_walk(&reading, source, err);
}

static void assert_walks(const char *text, const char *expected)
{
    for (size_t step = 1; step < 9; step++) {
        AUTO_BUFFER out;
        buffer_init(&out, 4096);
        struct error err;
        assert_ok(walk(view_text(text), step, 8, &out, &err), &err);
        assert_view_equal(buffer_view(&out), expected);
    }
}

static void tells_values_with_their_names_and_depths(void **state)
{
    (void)state;
    assert_walks("{}", "0:{ 0:} ");
    assert_walks(" [ ] ", "0:[ 0:} ");
    assert_walks("\"x\"", "0:\"x ");
    assert_walks("-1.5e+7", "0:# ");
    assert_walks(
        "{\"a\":{\"b\":[1,\"x\",null,[]]},\"c\":true}", "0:{ 1:a{ 2:b[ 3:# 3:\"x 3:# 3:[ 3:} 2:} 1:} 1:c# 0:} ");
}

static void decodes_escapes(void **state)
{
    (void)state;
    assert_walks("\"\\n\\\"\\\\\\/\\t\"", "0:\"\n\"\\/\t ");
    assert_walks("\"\\u0041\\u00e9\\u20aC\"", "0:\"A\xc3\xa9\xe2\x82\xac ");
    assert_walks("\"\\ud83d\\ude00\"", "0:\"\xf0\x9f\x98\x80 ");
}

static void cuts_long_texts_between_characters(void **state)
{
    (void)state;
    assert_walks("\"123456789\"", "0:\"12345678 ");
    assert_walks("\"123456\xe2\x82\xac\"", "0:\"123456 ");
    assert_walks("[\"1234567\\u00e9\",\"x\"]", "0:[ 1:\"1234567 1:\"x 0:} ");
}

static void refuses_what_is_no_json(void **state)
{
    (void)state;
    static const char *const texts[] = {"", " ", "{", "[", "\"x", "[1", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}",
        "{\"a\":1,}", "{,}", "{1:2}", "[1 2]", "{}{}", "1 2", "]", "}", "[}", "{]", "[1]]", "01", "1.", "-", "1e", ".5",
        "+1", "tru", "truee", "nul", "TRUE", "'x'", "\"\\x\"", "\"\\u12g4\"", "\"\\ud83d\"", "\"\\ude00\"",
        "\"\\ud83dx\"", "\"\\ud83d\\n\"", "\"\\ud83d\\u0041\"", "\"\n\"", "\"\xff\"", "[\"a\":1]", "{\"a\",1}",
        "\xef\xbb\xbf{}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        AUTO_BUFFER out;
        buffer_init(&out, 4096);
        struct error err = {.message = ""};
        if (walk(view_text(texts[i]), 3, 100, &out, &err))
            fail_msg("%s is accepted", texts[i]);
        assert_int_equal(err.code, ERROR_CORRUPT);
    }
}

static void limits_depth_and_numbers(void **state)
{
    (void)state;
    char text[JSON_WALK_DEPTH_MAX + 2];
    AUTO_BUFFER out;
    buffer_init(&out, 4096);
    struct error err;
    memset(text, '[', sizeof(text));
    assert_fails(walk(view_of(text, sizeof(text)), 100, 100, &out, &err), &err, ERROR_LIMIT);
    memset(text, '1', sizeof(text));
    assert_fails(walk(view_of(text, sizeof(text)), 100, 100, &out, &err), &err, ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_values_with_their_names_and_depths),
        cmocka_unit_test(decodes_escapes),
        cmocka_unit_test(cuts_long_texts_between_characters),
        cmocka_unit_test(refuses_what_is_no_json),
        cmocka_unit_test(limits_depth_and_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
