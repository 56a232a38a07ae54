/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/table.h"
#include "tests/unit/test.h"

#include "sync/import_policy.h"

static void points_at_what_is_wrong(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct table table;
    table_open(&table, arena, "tests/tables/sync/problems.txt", 3);
    while (table_next(&table)) {
        AUTO_JSON *document = json_document_new();
        AUTO_IMPORT_POLICY policy = {.selector = NULL};
        struct document_problems problems;
        struct json root;
        struct error err;
        assert_ok(json_parse(document, table.fields[0], JSON_BYTES_MAX, "policy", &root, &err), &err);
        if (import_policy_parse(arena, root, "/p", &policy, &problems))
            fail_msg("accepted: %.*s", VIEW_PRINT(table.line));
        const struct document_problem *first = &problems.items[0];
        if (!view_equal(first->pointer, table.fields[1]) ||
            view_find_text(first->detail, table.fields[2]) == first->detail.size)
            fail_msg(
                "%.*s\ngave %.*s: %.*s", VIEW_PRINT(table.line), VIEW_PRINT(first->pointer), VIEW_PRINT(first->detail));
    }
}

static void parse_text(struct arena *arena, struct view text, struct import_policy *policy)
{
    struct error err;
    assert_ok(import_policy_parse_text(arena, text, policy, &err), &err);
}

static struct view written(struct arena *arena, const struct import_policy *policy)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    buffer_init(&text, JSON_BYTES_MAX);
    json_writer_init(&writer, &text);
    import_policy_write(policy, &writer);
    return arena_copy(arena, buffer_view(&text));
}

static void fills_in_the_defaults_and_the_name_of_the_root(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_IMPORT_POLICY policy;
    parse_text(arena,
        view_text(
            "{\"name\":\"n\",\"import_policy\":{\"type\":\"Or\",\"sub_policies\":[{\"type\":\"Regex\",\"policy\":"
            "{\"tag\":\"^prod.*\"}},{\"type\":\"And\",\"name\":\"x\",\"sub_policies\":[{\"type\":\"ImportAllNew\"},"
            "{\"type\":\"LastNObserved\",\"policy\":{\"limitNewestImages\":3}}]}]}}"),
        &policy);
    assert_view_equal(written(arena, &policy),
        "{\"name\":\"n\",\"import_policy\":{\"name\":\"Or\",\"type\":\"Or\",\"sub_policies\":[{\"type\":\"Regex\",\"policy\":"
        "{\"tag\":\"^prod.*\"}},{\"name\":\"x\",\"type\":\"And\",\"sub_policies\":[{\"type\":\"ImportAllNew\"},"
        "{\"type\":\"LastNObserved\",\"policy\":{\"limitNewestImages\":3}}]}]},\"schedule_frequency_hours\":24,"
        "\"delete_images\":false}");
    AUTO_IMPORT_POLICY again;
    parse_text(arena, written(arena, &policy), &again);
    assert_true(view_equal(written(arena, &policy), written(arena, &again)));
}

static void patches_member_by_member(void **state)
{
    static const struct {
        const char *patch;
        const char *expected; /* NULL: refused */
    } cases[] = {
        {"{}", "{\"name\":\"n\",\"import_policy\":{\"name\":\"ImportAll\",\"type\":\"ImportAll\"},"
               "\"schedule_frequency_hours\":48,\"delete_images\":true}"},
        {"{\"name\":\"m\"}", "{\"name\":\"m\",\"import_policy\":{\"name\":\"ImportAll\",\"type\":\"ImportAll\"},"
                             "\"schedule_frequency_hours\":48,\"delete_images\":true}"},
        {"{\"schedule_frequency_hours\":null,\"delete_images\":null}",
            "{\"name\":\"n\",\"import_policy\":{\"name\":\"ImportAll\",\"type\":\"ImportAll\"},"
            "\"schedule_frequency_hours\":24,\"delete_images\":false}"},
        {"{\"import_policy\":{\"type\":\"ImportAllNew\"}}",
            "{\"name\":\"n\",\"import_policy\":{\"name\":\"ImportAllNew\",\"type\":\"ImportAllNew\"},"
            "\"schedule_frequency_hours\":48,\"delete_images\":true}"},
        {"{\"max_images_per_run\":5,\"continue_at_once\":false,\"run_as\":\"robot\"}",
            "{\"name\":\"n\",\"import_policy\":{\"name\":\"ImportAll\",\"type\":\"ImportAll\"},"
            "\"schedule_frequency_hours\":48,\"delete_images\":true,\"max_images_per_run\":5,"
            "\"continue_at_once\":false,\"run_as\":\"robot\"}"},
        {"{\"max_images_per_run\":null,\"continue_at_once\":null,\"run_as\":null}",
            "{\"name\":\"n\",\"import_policy\":{\"name\":\"ImportAll\",\"type\":\"ImportAll\"},"
            "\"schedule_frequency_hours\":48,\"delete_images\":true}"},
        {"{\"max_images_per_run\":0}", NULL},
        {"{\"max_images_per_run\":1000001}", NULL},
        {"{\"continue_at_once\":1}", NULL},
        {"{\"run_as\":\"\"}", NULL},
        {"{\"name\":null}", NULL},
        {"{\"import_policy\":null}", NULL},
        {"{\"schedule_frequency_hours\":1}", NULL},
        {"7", NULL},
    };
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_IMPORT_POLICY stored;
    parse_text(arena,
        view_text("{\"name\":\"n\",\"import_policy\":{\"type\":\"ImportAll\"},\"schedule_frequency_hours\":48,"
                  "\"delete_images\":true}"),
        &stored);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_JSON *document = json_document_new();
        AUTO_IMPORT_POLICY policy = {.selector = NULL};
        struct document_problems problems;
        struct json root;
        struct error err;
        assert_ok(json_parse(document, view_text(cases[i].patch), JSON_BYTES_MAX, "patch", &root, &err), &err);
        bool is_good = import_policy_patch(arena, &stored, root, "/p", &policy, &problems);
        assert_int_equal(is_good, cases[i].expected != NULL);
        if (is_good)
            assert_view_equal(written(arena, &policy), cases[i].expected);
    }
}

/* `levels` of Not around ImportAll. */
static bool accepts_nesting(struct arena *arena, size_t levels)
{
    AUTO_BUFFER text;
    AUTO_IMPORT_POLICY policy;
    struct error err;
    buffer_init(&text, JSON_BYTES_MAX);
    buffer_append_text(&text, "{\"name\":\"n\",\"import_policy\":");
    for (size_t i = 0; i < levels; i++)
        buffer_append_text(&text, "{\"type\":\"Not\",\"sub_policies\":[");
    buffer_append_text(&text, "{\"type\":\"ImportAll\"}");
    for (size_t i = 0; i < levels; i++)
        buffer_append_text(&text, "]}");
    buffer_append_text(&text, "}");
    return import_policy_parse_text(arena, buffer_view(&text), &policy, &err);
}

static bool accepts_parts(struct arena *arena, size_t count)
{
    AUTO_BUFFER text;
    AUTO_IMPORT_POLICY policy = {.selector = NULL};
    struct error err;
    buffer_init(&text, JSON_BYTES_MAX);
    buffer_append_text(&text, "{\"name\":\"n\",\"import_policy\":{\"type\":\"Or\",\"sub_policies\":[");
    for (size_t i = 0; i < count; i++)
        buffer_append_text(&text, i == 0 ? "{\"type\":\"ImportAll\"}" : ",{\"type\":\"ImportAll\"}");
    buffer_append_text(&text, "]}}");
    return import_policy_parse_text(arena, buffer_view(&text), &policy, &err);
}

static void limits_depth_and_size(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    assert_true(accepts_nesting(arena, SELECTOR_DEPTH_MAX - 1));
    assert_false(accepts_nesting(arena, SELECTOR_DEPTH_MAX));
    assert_true(accepts_parts(arena, SELECTOR_NODES_MAX - 1));
    assert_false(accepts_parts(arena, SELECTOR_NODES_MAX));
}

static void names_the_clock_and_the_reason(void **state)
{
    static const int64_t now_ms = INT64_C(1795000000000), day_ms = INT64_C(86400000);
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_IMPORT_POLICY policy;
    const struct observed_tag tags[] = {
        {.name = VIEW_LITERAL("edge"), .pushed_ms = now_ms - 30 * day_ms, .first_observed_ms = 1},
        {.name = VIEW_LITERAL("late"), .pushed_ms = now_ms - 30 * day_ms - 1, .first_observed_ms = now_ms},
        {.name = VIEW_LITERAL("seen"), .first_observed_ms = now_ms - day_ms},
        {.name = VIEW_LITERAL("here"), .first_observed_ms = now_ms, .is_of_first_listing = true},
    };
    struct observed_repository repository = {view_text("a"), tags, 4};
    struct selection_input input = {&repository, now_ms};
    struct selection selections[4];
    parse_text(arena,
        view_text("{\"name\":\"n\",\"import_policy\":{\"type\":\"Recent\",\"policy\":{\"maxAgeDays\":30}}}"), &policy);
    selector_select(policy.selector, &input, arena, selections);
    assert_true(selections[0].is_selected && selections[0].clock == CLOCK_PUSHED);
    assert_int_equal(selections[1].reason, SELECTION_TOO_OLD);
    assert_true(selections[2].is_selected && selections[2].clock == CLOCK_FIRST_OBSERVED);
    assert_int_equal(selections[3].reason, SELECTION_NO_PUSH_TIME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_at_what_is_wrong),
        cmocka_unit_test(fills_in_the_defaults_and_the_name_of_the_root),
        cmocka_unit_test(patches_member_by_member),
        cmocka_unit_test(limits_depth_and_size),
        cmocka_unit_test(names_the_clock_and_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
