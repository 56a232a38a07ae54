/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/risk_entity.h"
#include "tests/unit/test.h"

enum { TEXT_BYTES_MAX = 1 << 16 };

static bool parse(struct arena *arena, const char *text, struct accepted_risk *risk, struct document_problems *problems)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct error err;
    assert_ok(json_parse(document, view_text(text), TEXT_BYTES_MAX, "risk", &root, &err), &err);
    return accepted_risk_parse(arena, root, "", risk, problems);
}

/* The published words, and the scopes that they mean. */
static const struct {
    const char *entity;
    const char *scopes;
} meanings[] = {
    {"\"entityType\":\"vulnerability\",\"entityValue\":\"CVE-2026-1\",\"context\":[]", "vulnerability CVE-2026-1"},
    {"\"entityType\":\"vulnerability\",\"entityValue\":\"CVE-2026-1\"", "vulnerability CVE-2026-1"},
    {"\"entityType\":\"policyRule\",\"entityValue\":\"imageConfigDefaultUser\",\"context\":[{\"contextType\":\"imageName\","
     "\"contextValue\":\"r.example/app:1.2\"}]",
        "rule imageConfigDefaultUser, image r.example/app, tag 1.2"},
    {"\"entityType\":\"package\",\"entityValue\":\"openssl\",\"context\":[{\"contextType\":\"packageVersion\",\"contextValue\":"
     "\"3.0.7\"}]",
        "package openssl, version 3.0.7"},
    {"\"entityType\":\"imageName\",\"entityValue\":\"localhost:5000/app\"", "image localhost:5000/app"},
    {"\"entityType\":\"imageName\",\"entityValue\":\"localhost:5000/app:1\"", "image localhost:5000/app, tag 1"},
    {"\"entityType\":\"imagePrefix\",\"entityValue\":\"r.example/team/\"", "image r.example/team/*"},
    {"\"entityType\":\"imagePrefix\",\"entityValue\":\"r.example/app:1.\"", "image r.example/app, tag 1.*"},
    {"\"entityType\":\"imageSuffix\",\"entityValue\":\"/app\"", "image */app"},
    {"\"entityType\":\"imageSuffix\",\"entityValue\":\"/app:1.2\"", "image */app, tag 1.2"},
    {"\"entityType\":\"imageNameContains\",\"entityValue\":\"nginx\"", "image *nginx*"},
    {"\"entityType\":\"imagePrefix\",\"entityValue\":\"r.example/team/*\"", "image r.example/team/*"},
    {"\"entityType\":\"vulnerability\",\"entityValue\":\"CVE-2026-1\",\"context\":[{\"contextType\":\"packageName\","
     "\"contextValue\":\"a\"}]",
        "vulnerability CVE-2026-1, package a"},
    {"\"entityType\":\"vulnerability\",\"entityValue\":\"CVE-2026-1\",\"context\":[{\"contextType\":\"packageNameVersion\","
     "\"contextValue\":\"@babel/core@7.1\"},{\"contextType\":\"imageSuffix\",\"contextValue\":\"/app\"}]",
        "vulnerability CVE-2026-1, package @babel/core, version 7.1, image */app"},
    {"\"entityType\":\"vulnerability\",\"entityValue\":\"CVE-2026-1\",\"context\":[{\"contextType\":\"packagePathVersion\","
     "\"contextValue\":\"opt/a.jar@1\"}]",
        "vulnerability CVE-2026-1, version 1, path opt/a.jar"},
    {"\"entityType\":\"vulnerability\",\"entityValue\":\"CVE-2026-1\",\"context\":[{\"contextType\":\"packagePath\","
     "\"contextValue\":\"opt/*\"},{\"contextType\":\"packageVersion\",\"contextValue\":\"1\"}]",
        "vulnerability CVE-2026-1, version 1, path opt/*"},
    {"\"entityType\":\"vulnerability\",\"entityValue\":\"CVE-2026-1\",\"context\":[],\"stages\":[]",
        "vulnerability CVE-2026-1"},
};

static void reads_the_published_words_as_scopes(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        struct accepted_risk risk;
        struct document_problems problems;
        struct view text =
            arena_format(arena, "{%s,\"reason\":\"RiskOwned\",\"expirationDate\":\"2027-01-31\"}", meanings[i].entity);
        if (!parse(arena, text.data, &risk, &problems))
            fail_msg("%s: %.*s", meanings[i].entity, VIEW_PRINT(problems.items[0].detail));
        assert_view_equal(accepted_risk_text(arena, &risk), meanings[i].scopes);
        assert_int_equal(risk.expires_ms, INT64_C(1801353600000));
    }
}

static void writes_what_reads_as_the_same_scopes(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        struct accepted_risk risk, again;
        struct document_problems problems;
        AUTO_BUFFER out;
        struct json_writer writer;
        buffer_init(&out, TEXT_BYTES_MAX);
        json_writer_init(&writer, &out);
        struct view text = arena_format(arena, "{%s,\"reason\":\"RiskOwned\"}", meanings[i].entity);
        assert_true(parse(arena, text.data, &risk, &problems));
        json_begin_object(&writer);
        risk_entity_write(arena, &risk, &writer);
        json_pair_text(&writer, "reason", "RiskOwned");
        json_end_object(&writer);
        if (!parse(arena, arena_text(arena, buffer_view(&out)), &again, &problems))
            fail_msg("%.*s: %.*s", (int)out.size, out.data, VIEW_PRINT(problems.items[0].detail));
        assert_view_equal(accepted_risk_text(arena, &again), meanings[i].scopes);
    }
}

static void writes_nothing_where_no_word_fits(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    const struct accepted_risk risks[] = {{.repository = view_text("a")}, {.path = view_text("opt/*")},
        {.integration = view_text("x"), .repository = view_text("a")},
        {.path = view_text("opt/*"), .image = view_text("r/a")}};
    for (size_t i = 0; i < sizeof(risks) / sizeof(risks[0]); i++) {
        AUTO_BUFFER out;
        struct json_writer writer;
        buffer_init(&out, TEXT_BYTES_MAX);
        json_writer_init(&writer, &out);
        json_begin_object(&writer);
        risk_entity_write(arena, &risks[i], &writer);
        json_end_object(&writer);
        assert_view_equal(buffer_view(&out), "{}");
    }
}

static void refuses_with_the_member_at_fault(void **state)
{
    static const struct {
        const char *members;
        const char *pointer;
        const char *detail;
    } cases[] = {
        {"\"entityType\":\"host\",\"entityValue\":\"a\"", "/entityType", "there is no entityType \"host\""},
        {"\"entityType\":\"packageName\",\"entityValue\":\"a\"", "/entityType",
            "there is no entityType \"packageName\""},
        {"\"entityType\":\"vulnerability\"", "", "\"entityValue\" is missing"},
        {"\"entityValue\":\"a\"", "", "\"entityType\" is missing"},
        {"\"entityType\":\"hostName\",\"entityValue\":\"a\"", "/entityValue", "hosts are not scanned here"},
        {"\"entityType\":\"imageName\",\"entityValue\":\"a@sha256:1\"", "/entityValue", "not a digest"},
        {"\"entityType\":\"imageName\",\"entityValue\":\"*\"", "/entityValue", "beside a name"},
        {"\"entityType\":\"imageName\",\"entityValue\":\"a*b\"", "/entityValue", "beside a name"},
        {"\"entityType\":\"imageName\",\"entityValue\":\":1\"", "/entityValue", "say which"},
        {"\"entityType\":\"vulnerability\",\"entityValue\":\"CVE-1\",\"context\":[{\"contextType\":\"package\",\"contextValue\":"
         "\"a\"}]",
            "/context/0/contextType", "there is no contextType \"package\""},
        {"\"entityType\":\"vulnerability\",\"entityValue\":\"CVE-1\",\"context\":[{\"contextType\":\"packageNameVersion\","
         "\"contextValue\":\"openssl\"}]",
            "/context/0/contextValue", "must be NAME@VERSION"},
        {"\"entityType\":\"package\",\"entityValue\":\"a\",\"context\":[{\"contextType\":\"packageName\",\"contextValue\":\"b\"}]",
            "/context/0/contextValue", "was given before"},
        {"\"entityType\":\"package\",\"entityValue\":\"a\",\"context\":[{\"contextType\":\"packageName\",\"contextValue\":\"b\","
         "\"more\":1}]",
            "/context/0/more", "more"},
        {"\"entityType\":\"vulnerability\",\"entityValue\":\"CVE-1\",\"context\":7", "/context", "must be a list"},
        {"\"entityType\":\"vulnerability\",\"entityValue\":\"CVE-1\",\"package\":\"a\"", "/package", "entityType"},
        {"\"entityType\":\"vulnerability\",\"entityValue\":\"CVE-1\",\"expires\":\"2027-01-01\",\"expirationDate\":\"2027-01-01\"",
            "/expirationDate", "\"expires\""},
    };
    (void)state;
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct accepted_risk risk;
        struct document_problems problems;
        struct view text = arena_format(arena, "{%s,\"reason\":\"RiskOwned\"}", cases[i].members);
        bool is_told = false;
        assert_false(parse(arena, text.data, &risk, &problems));
        for (size_t k = 0; k < problems.count; k++)
            is_told |=
                view_is(problems.items[k].pointer, cases[i].pointer) &&
                view_find_text(problems.items[k].detail, view_text(cases[i].detail)) < problems.items[k].detail.size;
        if (!is_told)
            fail_msg("%s: %.*s: %.*s", cases[i].members, VIEW_PRINT(problems.items[0].pointer),
                VIEW_PRINT(problems.items[0].detail));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_published_words_as_scopes),
        cmocka_unit_test(writes_what_reads_as_the_same_scopes),
        cmocka_unit_test(writes_nothing_where_no_word_fits),
        cmocka_unit_test(refuses_with_the_member_at_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
