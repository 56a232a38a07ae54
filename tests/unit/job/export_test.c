/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked for in an export of issues, and what its columns tell. */
#include "job/export_order.h"

#include "tests/unit/test.h"

static struct arena *arena;

static struct view severity_fix[] = {VIEW_LITERAL("1.2"), VIEW_LITERAL("1.2"), VIEW_LITERAL("2.0")};
static struct severity_rating ratings[] = {{.type = VIEW_LITERAL("CVSS_V3"),
                                               .score = VIEW_LITERAL("CVSS:3.1/AV:L/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H"),
                                               .source = VIEW_LITERAL("nvd")},
    {.type = VIEW_LITERAL("CVSS_V3"), .score = VIEW_LITERAL("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")}};
static struct issue_package packages[] = {
    {VIEW_LITERAL("openssl"), VIEW_LITERAL("1.0"), severity_fix, 2, 0},
    {VIEW_LITERAL("libssl"), VIEW_LITERAL("=1"), NULL, 0, 0},
};
static const struct vulnerability_facts facts = {
    .has_epss = true, .epss_score = 0.5, .epss_percentile = 0.75, .is_known_exploited = true, .published_ms = 1000};
static const struct organization organization = {
    .uuid = {"11111111-1111-4111-8111-111111111111"}, .name = VIEW_LITERAL("acme")};

struct made {
    struct issue_row issue;
    struct project_row project;
    struct export_row row;
};

static void make_row(struct made *made)
{
    *made = (struct made){.issue = {.uuid = {"22222222-2222-8222-8222-222222222222"},
                              .vulnerability = view_text("CVE-2026-1"),
                              .summary = view_text("it is \"bad\""),
                              .severity = SEVERITY_HIGH,
                              .is_fixable = true,
                              .first_ms = 2000,
                              .last_ms = 5000,
                              .ratings = ratings,
                              .rating_count = 2,
                              .facts = &facts,
                              .packages = packages,
                              .package_count = 2},
        .project = {.uuid = {"33333333-3333-4333-8333-333333333333"},
            .repository = view_text("team/app"),
            .tag = view_text("1"),
            .integration_type = view_text("harbor-cr"),
            .distribution = view_text("debian"),
            .settings = {.tags = view_text("tier:gold\nteam:a"), .environment = view_text("backend")}}};
    made->row = (struct export_row){&organization, &made->project, &made->issue};
}

static struct view cell_text(const struct made *made, const char *column)
{
    AUTO_BUFFER text;
    buffer_init(&text, 1 << 16);
    struct export_cell cell = export_cell_of(arena, export_column_named(view_text(column)), &made->row);
    export_cell_write(&cell, &text);
    return arena_copy(arena, buffer_view(&text));
}

/* Problems are told by their pointers, one a line. */
static struct view read_order(const char *text, struct export_order *order)
{
    struct error err;
    struct json root;
    struct document_problems problems = {.count = 0};
    struct json_document *document = json_document_new();
    struct document_reader reader = {.arena = arena, .problems = &problems, .pointer = view_text("")};
    AUTO_BUFFER found;
    buffer_init(&found, 1 << 16);
    assert_ok(json_parse(document, view_text(text), JSON_BYTES_MAX, "order", &root, &err), &err);
    export_order_read(&reader, root, order);
    for (size_t i = 0; i < problems.count; i++)
        buffer_append_format(&found, "%.*s\n", VIEW_PRINT(problems.items[i].pointer));
    json_document_free(document);
    return arena_copy(arena, buffer_view(&found));
}

#define BEGIN "{\"dataset\":\"issues\",\"formats\":[\"csv\"]"

static void each_column_tells_of_an_issue(void **state)
{
    (void)state;
    static const struct {
        const char *column;
        const char *text;
    } expected[EXPORT_COLUMN_COUNT] = {
        [EXPORT_COLUMN_COMPUTED_FIXABILITY] = {"COMPUTED_FIXABILITY", "\"Partially Fixable\""},
        [EXPORT_COLUMN_CVE] = {"CVE", "\"[\"\"CVE-2026-1\"\"]\""},
        [EXPORT_COLUMN_CVE_URL] = {"CVE_URL", "\"[\"\"https://www.cve.org/CVERecord?id=CVE-2026-1\"\"]\""},
        [EXPORT_COLUMN_CWE] = {"CWE", "\"[]\""},
        [EXPORT_COLUMN_EPSS_PERCENTILE] = {"EPSS_PERCENTILE", "\"0.75000\""},
        [EXPORT_COLUMN_EPSS_SCORE] = {"EPSS_SCORE", "\"0.50000\""},
        [EXPORT_COLUMN_EXPLOIT_MATURITY] = {"EXPLOIT_MATURITY", "\"Mature\""},
        [EXPORT_COLUMN_FIRST_INTRODUCED] = {"FIRST_INTRODUCED", "\"1970-01-01T00:00:02Z\""},
        [EXPORT_COLUMN_FIXED_IN_VERSION] = {"FIXED_IN_VERSION", "\"[\"\"1.2\"\"]\""},
        [EXPORT_COLUMN_ISSUE_SEVERITY] = {"ISSUE_SEVERITY", "\"High\""},
        [EXPORT_COLUMN_ISSUE_SEVERITY_RANK] = {"ISSUE_SEVERITY_RANK", "\"2\""},
        [EXPORT_COLUMN_ISSUE_STATUS_INDICATOR] = {"ISSUE_STATUS_INDICATOR", "\"Open\""},
        [EXPORT_COLUMN_ISSUE_TYPE] = {"ISSUE_TYPE", "\"Vulnerability\""},
        [EXPORT_COLUMN_ISSUE_URL] = {"ISSUE_URL", "\"/rest/orgs/11111111-1111-4111-8111-111111111111/issues/"
                                                  "22222222-2222-8222-8222-222222222222\""},
        [EXPORT_COLUMN_KNOWN_EXPLOITED] = {"KNOWN_EXPLOITED", "\"true\""},
        [EXPORT_COLUMN_LAST_INTRODUCED] = {"LAST_INTRODUCED", "\"1970-01-01T00:00:05Z\""},
        [EXPORT_COLUMN_NVD_SCORE] = {"NVD_SCORE", "\"7.4\""},
        [EXPORT_COLUMN_NVD_SEVERITY] = {"NVD_SEVERITY", "\"High\""},
        [EXPORT_COLUMN_ORG_DISPLAY_NAME] = {"ORG_DISPLAY_NAME", "\"acme\""},
        [EXPORT_COLUMN_ORG_PUBLIC_ID] = {"ORG_PUBLIC_ID", "\"11111111-1111-4111-8111-111111111111\""},
        [EXPORT_COLUMN_PACKAGE_NAME_AND_VERSION] = {"PACKAGE_NAME_AND_VERSION",
            "\"[\"\"openssl@1.0\"\",\"\"libssl@=1\"\"]\""},
        [EXPORT_COLUMN_PROBLEM_ID] = {"PROBLEM_ID", "\"CVE-2026-1\""},
        [EXPORT_COLUMN_PROBLEM_TITLE] = {"PROBLEM_TITLE", "\"it is \"\"bad\"\"\""},
        [EXPORT_COLUMN_PRODUCT_NAME] = {"PRODUCT_NAME", "\"Container\""},
        [EXPORT_COLUMN_PROJECT_CRITICALITY] = {"PROJECT_CRITICALITY", "\"[]\""},
        [EXPORT_COLUMN_PROJECT_ENVIRONMENTS] = {"PROJECT_ENVIRONMENTS", "\"[\"\"backend\"\"]\""},
        [EXPORT_COLUMN_PROJECT_LIFECYCLES] = {"PROJECT_LIFECYCLES", "\"[]\""},
        [EXPORT_COLUMN_PROJECT_NAME] = {"PROJECT_NAME", "\"team/app:1\""},
        [EXPORT_COLUMN_PROJECT_ORIGIN] = {"PROJECT_ORIGIN", "\"harbor-cr\""},
        [EXPORT_COLUMN_PROJECT_PUBLIC_ID] = {"PROJECT_PUBLIC_ID", "\"33333333-3333-4333-8333-333333333333\""},
        [EXPORT_COLUMN_PROJECT_TAGS] = {"PROJECT_TAGS", "\"[\"\"tier:gold\"\",\"\"team:a\"\"]\""},
        [EXPORT_COLUMN_PROJECT_TARGET_DISPLAY_NAME] = {"PROJECT_TARGET_DISPLAY_NAME", "\"team/app\""},
        [EXPORT_COLUMN_PROJECT_TARGET_REF] = {"PROJECT_TARGET_REF", "\"1\""},
        [EXPORT_COLUMN_PROJECT_TYPE] = {"PROJECT_TYPE", "\"deb\""},
        [EXPORT_COLUMN_PROJECT_URL] = {"PROJECT_URL", "\"/rest/orgs/11111111-1111-4111-8111-111111111111/projects/"
                                                      "33333333-3333-4333-8333-333333333333\""},
        [EXPORT_COLUMN_REACHABILITY] = {"REACHABILITY", "\"No Info\""},
        [EXPORT_COLUMN_SCORE] = {"SCORE", "\"901\""},
        [EXPORT_COLUMN_VULNERABILITY_PUBLICATION_DATE] = {"VULNERABILITY_PUBLICATION_DATE", "\"1970-01-01T00:00:01Z\""},
    };
    struct made made;
    make_row(&made);
    for (size_t i = 0; i < EXPORT_COLUMN_COUNT; i++) {
        assert_non_null(expected[i].column); /* each column has its case */
        assert_string_equal(export_columns[i].name, expected[i].column);
        assert_view_equal(cell_text(&made, expected[i].column), expected[i].text);
    }
}

static void leaves_out_what_is_not_known(void **state)
{
    (void)state;
    struct made made;
    make_row(&made);
    made.issue.facts = NULL;
    made.issue.rating_count = 0;
    made.issue.vulnerability = view_text("TEMP-1");
    made.issue.summary = view_text("");
    made.issue.severity = SEVERITY_UNKNOWN;
    made.issue.first_ms = 0;
    assert_view_equal(cell_text(&made, "EXPLOIT_MATURITY"), "\"No Data\"");
    assert_view_equal(cell_text(&made, "EPSS_SCORE"), "\"\"");
    assert_view_equal(cell_text(&made, "NVD_SCORE"), "\"\"");
    assert_view_equal(cell_text(&made, "NVD_SEVERITY"), "\"\"");
    assert_view_equal(cell_text(&made, "CVE"), "\"[]\"");
    assert_view_equal(cell_text(&made, "CVE_URL"), "\"[]\"");
    assert_view_equal(cell_text(&made, "PROBLEM_TITLE"), "\"TEMP-1\"");
    assert_view_equal(cell_text(&made, "ISSUE_SEVERITY"), "\"Info\"");
    assert_view_equal(cell_text(&made, "ISSUE_SEVERITY_RANK"), "\"5\"");
    assert_view_equal(cell_text(&made, "FIRST_INTRODUCED"), "\"\"");
    assert_view_equal(cell_text(&made, "VULNERABILITY_PUBLICATION_DATE"), "\"\"");
    made.issue.package_count = 1;
    assert_view_equal(cell_text(&made, "COMPUTED_FIXABILITY"), "\"Fixable\"");
    made.issue.packages = &packages[1];
    assert_view_equal(cell_text(&made, "COMPUTED_FIXABILITY"), "\"No Fix Supported\"");
}

static struct view cell_json(const struct made *made, const char *column)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    struct export_cell cell = export_cell_of(arena, export_column_named(view_text(column)), &made->row);
    buffer_init(&text, 1 << 16);
    json_writer_init(&writer, &text);
    export_cell_write_json(&cell, &writer);
    return arena_copy(arena, buffer_view(&text));
}

static void writes_what_it_knows_as_json(void **state)
{
    (void)state;
    struct made made;
    make_row(&made);
    assert_view_equal(cell_json(&made, "PROBLEM_TITLE"), "\"it is \\\"bad\\\"\"");
    assert_view_equal(cell_json(&made, "PROJECT_TAGS"), "[\"tier:gold\",\"team:a\"]");
    assert_view_equal(cell_json(&made, "PROJECT_LIFECYCLES"), "[]");
    assert_view_equal(cell_json(&made, "EPSS_SCORE"), "0.50000");
    assert_view_equal(cell_json(&made, "NVD_SCORE"), "7.4");
    assert_view_equal(cell_json(&made, "ISSUE_SEVERITY_RANK"), "2");
    assert_view_equal(cell_json(&made, "KNOWN_EXPLOITED"), "true");
    assert_view_equal(cell_json(&made, "FIRST_INTRODUCED"), "\"1970-01-01T00:00:02Z\"");
    made.issue.facts = NULL;
    assert_view_equal(cell_json(&made, "EPSS_SCORE"), "null");
    assert_view_equal(cell_json(&made, "VULNERABILITY_PUBLICATION_DATE"), "null");
}

static void reads_an_order_and_writes_it_the_same(void **state)
{
    (void)state;
    struct export_order order, again;
    AUTO_BUFFER first;
    AUTO_BUFFER second;
    struct json_writer writer;
    assert_view_equal(read_order("{\"dataset\":\"issues\",\"formats\":[\"ndjson\"]}", &order), "");
    assert_int_equal(order.format, EXPORT_FORMAT_NDJSON);
    assert_view_equal(read_order(BEGIN "}", &order), "");
    assert_int_equal(order.format, EXPORT_FORMAT_CSV);
    assert_int_equal(order.url_s, EXPORT_URL_S_MAX);
    assert_true(order.column_count > 10 && order.column_count < EXPORT_COLUMN_COUNT);
    assert_view_equal(read_order(BEGIN ",\"columns\":[\"SCORE\",\"CVE\"],\"url_expiration_seconds\":60,\"filters\":{"
                                       "\"cve\":[\"CVE-1\",\"CVE-2\"],\"empty_project_tags\":\"only\",\"introduced\":{"
                                       "\"from\":\"2026-01-01T00:00:00Z\",\"to\":\"2026-02-01T00:00:00Z\"},"
                                       "\"updated\":{\"to\":\"2026-02-01T00:00:00Z\"}}}",
                          &order),
        "");
    assert_int_equal(order.column_count, 2);
    assert_string_equal(order.columns[0]->name, "SCORE"); /* in the order of the request */
    assert_int_equal(order.url_s, 60);
    order.format = EXPORT_FORMAT_NDJSON;
    buffer_init(&first, 1 << 16);
    json_writer_init(&writer, &first);
    export_order_write(&order, &writer);
    assert_view_equal(read_order(arena_text(arena, buffer_view(&first)), &again), "");
    buffer_init(&second, 1 << 16);
    json_writer_init(&writer, &second);
    export_order_write(&again, &writer);
    assert_true(view_equal(buffer_view(&first), buffer_view(&second)));
    assert_int_equal(again.format, EXPORT_FORMAT_NDJSON);
    assert_int_equal(again.filters[EXPORT_COLUMN_CVE].count, 2);
    assert_int_equal(again.introduced.from_ms, order.introduced.from_ms);
    assert_int_equal(again.updated.to_ms, order.updated.to_ms);
}

static void says_where_an_order_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *order;
        const char *pointers;
    } cases[] = {
        {"{}", "\n\n"},
        {"{\"dataset\":\"usage\",\"formats\":[\"csv\"]}", "/dataset\n"},
        {"{\"dataset\":\"issues\",\"formats\":[\"pdf\"]}", "/formats\n"},
        {"{\"dataset\":\"issues\",\"formats\":[\"csv\",\"csv\"]}", "/formats\n"},
        {BEGIN ",\"columns\":[\"COLOUR\"]}", "/columns\n"},
        {BEGIN ",\"columns\":[\"CVE\",\"CVE\"]}", "/columns\n"},
        {BEGIN ",\"columns\":[]}", "/columns\n"},
        {BEGIN ",\"url_expiration_seconds\":3601}", "/url_expiration_seconds\n"},
        {BEGIN ",\"filters\":{\"colour\":[\"red\"]}}", "/filters/colour\n"},
        {BEGIN ",\"filters\":{\"cve\":\"CVE-1\"}}", "/filters/cve\n"},
        {BEGIN ",\"filters\":{\"cve\":[]}}", "/filters/cve\n"},
        {BEGIN ",\"filters\":{\"empty_project_tags\":\"none\"}}", "/filters/empty_project_tags\n"},
        {BEGIN ",\"filters\":{\"introduced\":{\"from\":\"today\"}}}", "/filters/introduced/from\n"},
        {BEGIN ",\"filters\":{\"updated\":{\"until\":\"2026-01-01T00:00:00Z\"}}}", "/filters/updated/until\n"},
        {BEGIN ",\"filters\":[]}", "/filters\n"},
        {BEGIN ",\"destination\":{}}", "/destination\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct export_order order;
        assert_view_equal(read_order(cases[i].order, &order), cases[i].pointers);
    }
}

static void wants_what_meets_all_filters(void **state)
{
    (void)state;
    static const struct {
        const char *filters;
        bool is_wanted;
    } cases[] = {
        {"", true},
        {"\"cve\":[\"cve-2026-1\"]", true},
        {"\"cve\":[\"CVE-2026-2\"]", false},
        {"\"cve\":[\"CVE-2026-2\",\"CVE-2026-1\"]", true},
        {"\"cve\":[\"CVE-2026-1\"],\"environment\":[\"frontend\"]", false},
        {"\"environment\":[\"backend\"]", true},
        {"\"issue_status\":[\"Resolved\"]", false},
        {"\"issue_status\":[\"Open\"]", true},
        {"\"issue_type\":[\"License\"]", false},
        {"\"lifecycle\":[\"production\"]", false},
        {"\"nvd_severity\":[\"critical\"]", false},
        {"\"nvd_severity\":[\"high\"]", true},
        {"\"product_name\":[\"Container\"]", true},
        {"\"project_origin\":[\"harbor-cr\"]", true},
        {"\"project_origin\":[\"ecr\"]", false},
        {"\"project_tags\":[\"team:a\"]", true},
        {"\"project_tags\":[\"team\"]", false},
        {"\"project_target_display_name\":[\"team/app\"]", true},
        {"\"project_target_ref\":[\"2\"]", false},
        {"\"project_type\":[\"deb\"]", true},
        {"\"reachability\":[\"Function\"]", false},
        {"\"empty_project_tags\":\"exclude\"", true},
        {"\"empty_project_tags\":\"only\"", false},
        {"\"introduced\":{\"from\":\"1970-01-01T00:00:02Z\",\"to\":\"1970-01-01T00:00:03Z\"}", true},
        {"\"introduced\":{\"from\":\"1970-01-01T00:00:03Z\"}", false},
        {"\"introduced\":{\"to\":\"1970-01-01T00:00:02Z\"}", false},
        {"\"updated\":{\"from\":\"1970-01-01T00:00:05Z\"}", true},
        {"\"updated\":{\"from\":\"1970-01-01T00:00:06Z\"}", false},
    };
    struct made made;
    make_row(&made);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct export_order order;
        struct view text = arena_format(arena, BEGIN ",\"filters\":{%s}}", cases[i].filters);
        assert_view_equal(read_order(arena_text(arena, text), &order), "");
        if (export_order_wants(arena, &order, &made.row) != cases[i].is_wanted)
            fail_msg("%s", cases[i].filters);
    }
}

static int begin(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_column_tells_of_an_issue),
        cmocka_unit_test(leaves_out_what_is_not_known),
        cmocka_unit_test(writes_what_it_knows_as_json),
        cmocka_unit_test(reads_an_order_and_writes_it_the_same),
        cmocka_unit_test(says_where_an_order_is_wrong),
        cmocka_unit_test(wants_what_meets_all_filters),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
