/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/table.h"
#include "tests/unit/test.h"

#include "finding/accepted_risk.h"

/* 2026-11-22T00:00:00Z */
static const int64_t now_ms = INT64_C(1795305600000);

static const struct accepted_place place = {
    .integration = VIEW_LITERAL("prod"),
    .image = VIEW_LITERAL("registry.example.com/team/app"),
    .repository = VIEW_LITERAL("team/app"),
    .tag = VIEW_LITERAL("1.2"),
    .stage = STAGE_PIPELINE,
    .now_ms = INT64_C(1795305600000),
};

static const struct package openssl = {
    .type = PACKAGE_DEB, .name = VIEW_LITERAL("openssl"), .version = VIEW_LITERAL("3.0.7")};
static struct view alias = VIEW_LITERAL("GHSA-aaaa");
static const struct finding unfixed = {
    .id = VIEW_LITERAL("CVE-2026-1"), .aliases = &alias, .alias_count = 1, .fix_state = FIX_NONE};
static const struct finding fixed = {
    .id = VIEW_LITERAL("CVE-2026-1"), .aliases = &alias, .alias_count = 1, .fix_state = FIX_AVAILABLE};

/* The table leaves the reason out. */
static void parse(struct arena *arena, struct view text, struct accepted_risk *risk)
{
    AUTO_JSON *document = json_document_new();
    struct document_problems problems;
    struct json root;
    struct error err;
    struct view whole = arena_format(arena, "%.*s,\"reason\":\"RiskOwned\"}", (int)text.size - 1, text.data);
    assert_ok(json_parse(document, whole, JSON_BYTES_MAX, "risk", &root, &err), &err);
    if (!accepted_risk_parse(arena, root, "", risk, &problems))
        fail_msg("%.*s: %.*s", VIEW_PRINT(whole), VIEW_PRINT(problems.items[0].detail));
}

static const char *ask(const struct accepted_risk *risk)
{
    if (!accepted_risk_is_here(risk, &place))
        return "nothing";
    if (accepted_risk_is_of_image(risk))
        return "image";
    if (risk->rule.size > 0)
        return "rule";
    return accepted_risk_covers(risk, &openssl, view_text("opt/app/a.jar"), &unfixed) ? "covered" : "nothing";
}

static void covers_what_the_table_says(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct table table;
    table_open(&table, arena, "tests/tables/finding/accepted_risks.txt", 2);
    while (table_next(&table)) {
        struct accepted_risk risk;
        parse(arena, table.fields[0], &risk);
        if (!view_is(table.fields[1], ask(&risk)))
            fail_msg("%s: %.*s", ask(&risk), VIEW_PRINT(table.line));
    }
}

/* What until_fixed leaves to a fixed finding is in its own test. */
static void each_condition_has_its_cases(void **state)
{
    (void)state;
    static const char *const conditions[] = {"vulnerability", "package", "version", "path", "rule", "integration",
        "image", "repository", "tag", "stages", "expires"};
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        bool has_yes = false, has_no = false;
        struct view quoted = arena_format(arena, "\"%s\":", conditions[i]);
        struct table table;
        table_open(&table, arena, "tests/tables/finding/accepted_risks.txt", 2);
        while (table_next(&table)) {
            bool is_about = view_find_text(table.fields[0], quoted) < table.fields[0].size;
            has_yes = has_yes || (is_about && !view_is(table.fields[1], "nothing"));
            has_no = has_no || (is_about && view_is(table.fields[1], "nothing"));
        }
        if (!has_yes || !has_no)
            fail_msg("%s lacks a case", conditions[i]);
    }
}

static void points_at_what_is_wrong(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct table table;
    table_open(&table, arena, "tests/tables/finding/accepted_risk_problems.txt", 3);
    while (table_next(&table)) {
        AUTO_JSON *document = json_document_new();
        struct document_problems problems;
        struct accepted_risk risk;
        struct json root;
        struct error err;
        assert_ok(json_parse(document, table.fields[0], JSON_BYTES_MAX, "risk", &root, &err), &err);
        if (accepted_risk_parse(arena, root, "/p", &risk, &problems))
            fail_msg("accepted: %.*s", VIEW_PRINT(table.line));
        const struct document_problem *first = &problems.items[0];
        if (!view_equal(first->pointer, table.fields[1]) ||
            view_find_text(first->detail, table.fields[2]) == first->detail.size)
            fail_msg(
                "%.*s\ngave %.*s: %.*s", VIEW_PRINT(table.line), VIEW_PRINT(first->pointer), VIEW_PRINT(first->detail));
    }
}

static void until_a_fix_exists_means_until_then(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct accepted_risk risk;
    parse(arena, view_text("{\"vulnerability\":\"CVE-2026-1\",\"until_fixed\":true}"), &risk);
    assert_true(accepted_risk_covers(&risk, &openssl, view_text(""), &unfixed));
    assert_false(accepted_risk_covers(&risk, &openssl, view_text(""), &fixed));
    assert_int_equal(risk.kind, ACCEPT_TEMPORARY);
}

/* The day begins at 00:00 UTC. */
static void expires_to_the_millisecond(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct accepted_risk risk;
    parse(arena, view_text("{\"vulnerability\":\"CVE-2026-1\",\"expires\":\"2026-11-22\"}"), &risk);
    assert_false(accepted_risk_is_expired(&risk, now_ms - 1));
    assert_true(accepted_risk_is_expired(&risk, now_ms));
}

static void a_reason_means_a_kind_unless_one_is_given(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum accept_kind kind;
    } cases[] = {
        {"{\"package\":\"a\",\"reason\":\"RiskNotRelevant\"}", ACCEPT_NOT_VULNERABLE},
        {"{\"package\":\"a\",\"reason\":\"RiskOwned\"}", ACCEPT_WONT_FIX},
        {"{\"package\":\"a\",\"reason\":\"RiskOwned\",\"expires\":\"2027-01-01\"}", ACCEPT_TEMPORARY},
        {"{\"package\":\"a\",\"reason\":\"RiskOwned\",\"kind\":\"not-vulnerable\"}", ACCEPT_NOT_VULNERABLE},
    };
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_JSON *document = json_document_new();
        struct document_problems problems;
        struct accepted_risk risk;
        struct json root;
        struct error err;
        assert_ok(json_parse(document, view_text(cases[i].text), JSON_BYTES_MAX, "risk", &root, &err), &err);
        assert_true(accepted_risk_parse(arena, root, "", &risk, &problems));
        assert_int_equal(risk.kind, cases[i].kind);
    }
}

static void changes_replace_what_they_give(void **state)
{
    (void)state;
    static const struct {
        const char *changes;
        const char *pointer; /* of the first problem; NULL = none */
        enum accept_kind kind;
        bool is_endless;
    } cases[] = {
        {"{}", NULL, ACCEPT_TEMPORARY, false},
        {"{\"expires\":null}", NULL, ACCEPT_WONT_FIX, true},
        {"{\"expires\":null,\"until_fixed\":true}", NULL, ACCEPT_TEMPORARY, true},
        {"{\"kind\":\"not-vulnerable\",\"description\":\"it is not called\"}", NULL, ACCEPT_NOT_VULNERABLE, false},
        {"{\"reason\":\"Custom\"}", "/x/description", ACCEPT_TEMPORARY, false},
        {"{\"reason\":\"RiskNotRelevant\",\"expires\":null}", NULL, ACCEPT_NOT_VULNERABLE, true},
        {"{\"vulnerability\":\"CVE-2026-2\"}", "/x/vulnerability", ACCEPT_TEMPORARY, false},
        {"{\"expires\":\"tomorrow\"}", "/x/expires", ACCEPT_WONT_FIX, true},
    };
    AUTO_ARENA *arena = arena_new();
    struct accepted_risk stored = {.vulnerability = view_text("CVE-2026-1"),
        .reason = ACCEPT_REASON_RISK_OWNED,
        .kind = ACCEPT_TEMPORARY,
        .expires_ms = now_ms};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_JSON *document = json_document_new();
        struct document_problems problems;
        struct accepted_risk risk;
        struct json root;
        struct error err;
        assert_ok(json_parse(document, view_text(cases[i].changes), JSON_BYTES_MAX, "risk", &root, &err), &err);
        assert_int_equal(accepted_risk_patch(arena, &stored, root, "/x", &risk, &problems), cases[i].pointer == NULL);
        if (cases[i].pointer != NULL)
            assert_view_equal(problems.items[0].pointer, cases[i].pointer);
        assert_int_equal(risk.kind, cases[i].kind);
        assert_int_equal(risk.expires_ms == 0, cases[i].is_endless);
        assert_view_equal(risk.vulnerability, "CVE-2026-1");
    }
}

static void unknown_places_match_only_what_does_not_ask_for_them(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    const struct accepted_place nowhere = {.stage = STAGE_REGISTRY, .now_ms = now_ms};
    struct accepted_risk global, narrow;
    parse(arena, view_text("{\"vulnerability\":\"CVE-2026-1\"}"), &global);
    parse(arena, view_text("{\"vulnerability\":\"CVE-2026-1\",\"tag\":\"*\"}"), &narrow);
    assert_true(accepted_risk_is_here(&global, &nowhere));
    assert_false(accepted_risk_is_here(&narrow, &nowhere));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers_what_the_table_says),
        cmocka_unit_test(each_condition_has_its_cases),
        cmocka_unit_test(points_at_what_is_wrong),
        cmocka_unit_test(until_a_fix_exists_means_until_then),
        cmocka_unit_test(expires_to_the_millisecond),
        cmocka_unit_test(a_reason_means_a_kind_unless_one_is_given),
        cmocka_unit_test(changes_replace_what_they_give),
        cmocka_unit_test(unknown_places_match_only_what_does_not_ask_for_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
