/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/policy/made_image.h"
#include "tests/unit/table.h"

#include "base/file.h"

static const struct policy_rule *rule_of(struct arena *arena, const struct table *table)
{
    enum rule_type type;
    if (!rule_type_parse(table->fields[0], &type))
        fail_msg("no rule type: %.*s", VIEW_PRINT(table->line));
    struct view text =
        rule_type_has_predicates(type)
            ? arena_format(arena,
                  "{\"name\":\"n\",\"bundles\":[{\"name\":\"b\",\"rules\":[{\"ruleType\":\"%.*s\","
                  "\"predicates\":[%.*s]}]}]}",
                  VIEW_PRINT(table->fields[0]), VIEW_PRINT(table->fields[1]))
            : arena_format(arena, "{\"name\":\"n\",\"bundles\":[{\"name\":\"b\",\"rules\":[{\"ruleType\":\"%.*s\"}]}]}",
                  VIEW_PRINT(table->fields[0]));
    return &made_policy(arena, arena_text(arena, text))->bundles[0].rules[0];
}

static enum answer ask(struct arena *arena, const struct policy_rule *rule, struct view asked)
{
    AUTO_JSON *document = json_document_new();
    struct policy_image image;
    struct json root;
    struct view reason = view_text("");
    struct error err;
    const struct predicate *predicate = &rule->predicates[0];
    assert_ok(json_parse(document, asked, JSON_BYTES_MAX, "image", &root, &err), &err);
    made_image(arena, root, &image);
    if (predicate->kind->finding != NULL)
        return predicate->kind->finding(predicate, &image, &image.findings[0]);
    if (predicate->kind->package != NULL)
        return predicate->kind->package(predicate, image.packages[0].package);
    enum answer answer = predicate->kind->image(predicate, &image, arena, &reason);
    if (answer != ANSWER_NO)
        assert_true(reason.size > 0);
    return answer;
}

static void answers_as_the_table_says(void **state)
{
    (void)state;
    static const char *const names[] = {[ANSWER_NO] = "no", [ANSWER_UNKNOWN] = "unknown", [ANSWER_YES] = "yes"};
    AUTO_ARENA *arena = arena_new();
    struct table table;
    table_open(&table, arena, "tests/tables/policy/predicates.txt", 4);
    while (table_next(&table)) {
        enum answer answer = ask(arena, rule_of(arena, &table), table.fields[2]);
        if (!view_is(table.fields[3], names[answer]))
            fail_msg("%s: %.*s", names[answer], VIEW_PRINT(table.line));
    }
}

static void every_predicate_has_its_cases(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < predicate_set_count; i++) {
        for (size_t j = 0; j < predicate_sets[i]->count; j++) {
            const struct predicate_kind *kind = &predicate_sets[i]->kinds[j];
            bool has_yes = false, has_other = false;
            struct table table;
            table_open(&table, arena, "tests/tables/policy/predicates.txt", 4);
            while (table_next(&table)) {
                struct view quoted = arena_format(arena, "\"%s\"", kind->type);
                bool is_about = view_find_text(table.fields[1], quoted) < table.fields[1].size;
                has_yes = has_yes || (is_about && view_is(table.fields[3], "yes"));
                has_other = has_other || (is_about && !view_is(table.fields[3], "yes"));
            }
            if (!has_yes || !has_other)
                fail_msg("%s lacks a case", kind->type);
        }
    }
}

static void the_reference_names_every_rule_and_predicate(void **state)
{
    (void)state;
    AUTO_BUFFER page;
    AUTO_ARENA *arena = arena_new();
    struct error err;
    buffer_init(&page, JSON_BYTES_MAX);
    assert_ok(file_read("docs/reference/vulnerability-policies.md", &page, &err), &err);
    struct view text = buffer_view(&page);
    for (int i = 0; i < RULE_TYPE_COUNT; i++) {
        enum rule_type type = (enum rule_type)i;
        struct view line = arena_format(arena, "`%s`: %s", rule_type_name(type), rule_type_text(type));
        if (view_find_text(text, line) == text.size)
            fail_msg("the page lacks: %.*s", VIEW_PRINT(line));
    }
    for (size_t i = 0; i < predicate_set_count; i++) {
        for (size_t j = 0; j < predicate_sets[i]->count; j++) {
            const struct predicate_kind *kind = &predicate_sets[i]->kinds[j];
            struct view line = arena_format(arena, "| `%s` | %s |", kind->type, kind->text);
            if (rule_type_has_predicates(kind->rule) && view_find_text(text, line) == text.size)
                fail_msg("the page lacks: %.*s", VIEW_PRINT(line));
        }
    }
}

static void dates_are_days(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    int64_t begin_ms;
    assert_true(policy_date_parse(view_text("2026-11-22"), &begin_ms));
    assert_int_equal(begin_ms, MADE_NOW_MS);
    assert_view_equal(policy_date_write(arena, MADE_NOW_MS + 1), "2026-11-22");
    assert_false(policy_date_parse(view_text("2026-11-31"), &begin_ms));
    assert_false(policy_date_parse(view_text("2026-11-22T"), &begin_ms));
    assert_false(policy_date_parse(view_text("22.11.2026"), &begin_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_as_the_table_says),
        cmocka_unit_test(every_predicate_has_its_cases),
        cmocka_unit_test(the_reference_names_every_rule_and_predicate),
        cmocka_unit_test(dates_are_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
