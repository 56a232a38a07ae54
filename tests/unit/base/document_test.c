/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/document.h"

/* The reading of `member` of the document, as a line: "value" or "pointer: detail". */
struct reading {
    struct arena *arena;
    struct json_document *document;
    struct document_problems problems;
    struct document_reader reader;
    struct json root;
};

static void begin(struct reading *reading, struct arena *arena, struct json_document *document, const char *text)
{
    struct error err;
    *reading = (struct reading){.arena = arena, .document = document};
    reading->reader = (struct document_reader){arena, &reading->problems, view_text("/p")};
    assert_ok(json_parse(document, view_text(text), JSON_BYTES_MAX, "test", &reading->root, &err), &err);
}

static void assert_problem(const struct reading *reading, const char *pointer, const char *detail)
{
    assert_int_equal(reading->problems.count, 1);
    assert_view_equal(reading->problems.items[0].pointer, pointer);
    assert_view_equal(reading->problems.items[0].detail, detail);
}

static void takes_numbers_between_the_limits_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *pointer; /* NULL: accepted */
        const char *detail;
    } cases[] = {
        {"{\"n\":7.5}", NULL, NULL},
        {"{\"n\":10}", NULL, NULL},
        {"{}", "/p", "\"n\" is missing: a number from 0 to 10"},
        {"{\"n\":10.5}", "/p/n", "\"n\" must be a number from 0 to 10"},
        {"{\"n\":\"7\"}", "/p/n", "\"n\" must be a number from 0 to 10"},
    };
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reading reading;
        begin(&reading, arena, document, cases[i].text);
        double number = document_number(&reading.reader, reading.root, "n", 0, 10);
        if (cases[i].pointer != NULL) {
            assert_problem(&reading, cases[i].pointer, cases[i].detail);
            assert_true(number <= 0);
        } else {
            assert_int_equal(reading.problems.count, 0);
            assert_true(number >= 7.5);
        }
    }
}

static void points_at_the_item_of_a_list_that_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *pointer;
        const char *detail;
        size_t count;
    } cases[] = {
        {"{\"l\":[\"a\",7]}", "/p/l/1", "\"l/1\" must be a string", 1},
        {"{\"l\":[\"\",\"b\"]}", "/p/l/0", "\"l/0\" must not be empty", 1},
        {"{\"l\":[\"a\",\"12345\"]}", "/p/l/1", "\"l/1\" is longer than 4 bytes", 1},
        {"{\"l\":[]}", "/p/l", "\"l\" must not be empty", 0},
        {"{\"l\":{}}", "/p/l", "\"l\" must be a list", 0},
        {"{\"l\":[\"a\",\"b\",\"c\",\"d\"]}", "/p/l", "\"l\" has more than 3 items", 0},
        {"{}", "/p", "\"l\" is missing: a list", 0},
    };
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reading reading;
        begin(&reading, arena, document, cases[i].text);
        assert_int_equal(document_text_list(&reading.reader, reading.root, "l", 3, 4).count, cases[i].count);
        assert_problem(&reading, cases[i].pointer, cases[i].detail);
    }
}

static void lists_a_limited_number_of_problems(void **state)
{
    (void)state;
    static const char *const known[] = {NULL};
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    AUTO_BUFFER text;
    buffer_init(&text, JSON_BYTES_MAX);
    for (size_t i = 0; i <= DOCUMENT_PROBLEMS_MAX; i++)
        buffer_append_format(&text, "%s\"m/%zu\":1", i == 0 ? "{" : ",", i);
    buffer_append_text(&text, "}");
    buffer_append_byte(&text, '\0');
    struct reading reading;
    begin(&reading, arena, document, text.data);
    document_check_members(&reading.reader, reading.root, known);
    assert_int_equal(reading.problems.count, DOCUMENT_PROBLEMS_MAX);
    assert_view_equal(reading.problems.items[0].pointer, "/p/m~10");

    struct error err;
    assert_false(document_refuse(&reading.problems, "thing", &err));
    assert_string_equal(err.message, "thing at /p/m~10: \"m/0\" is not a parameter of this type");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_numbers_between_the_limits_only),
        cmocka_unit_test(points_at_the_item_of_a_list_that_is_wrong),
        cmocka_unit_test(lists_a_limited_number_of_problems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
