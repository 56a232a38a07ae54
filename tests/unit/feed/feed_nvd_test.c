/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the National Vulnerability Database, and the lists that are read item by item. */
#include "tests/unit/feed/feed_fixture.h"

#include "feed/json_items.h"

extern const struct feed feed_nvd;

#define METRIC(version, vector)                                                                                        \
    "[{\"type\":\"Primary\",\"cvssData\":{\"version\":\"" version "\",\"vectorString\":\"" vector "\"}}]"
#define FULL                                                                                                                     \
    "{\"cve\":{\"id\":\"CVE-2018-0001\",\"published\":\"2018-01-10T22:29:00.000\",\"lastModified\":\"2018-02-23T02:29:00.000\"," \
    "\"cveTags\":[{\"tags\":[\"disputed\"]}],"                                                                                   \
    "\"descriptions\":[{\"lang\":\"es\",\"value\":\"hola\"},{\"lang\":\"en\",\"value\":\"a \\\"{[\\\\\"}],"                      \
    "\"metrics\":{\"cvssMetricV2\":" METRIC("2.0", "AV:N/AC:L/Au:N/C:P/I:P/A:P") ",\"cvssMetricV30\":" METRIC(                   \
        "3.0", "CVSS:3.0/AV:N") ",\"cvssMetricV40\":" METRIC("4.0", "CVSS:4.0/AV:N") "}}}"
#define REJECTED "{\"cve\":{\"id\":\"CVE-2018-0002\",\"vulnStatus\":\"Rejected\"}}"
#define REJECTED_OLD                                                                                                   \
    "{\"cve\":{\"id\":\"CVE-2018-0003\",\"descriptions\":[{\"lang\":\"en\",\"value\":\"** REJECT ** no\"}]}}"
#define FILE_OF(items)                                                                                                 \
    "{\"format\":\"NVD_CVE\",\"nested\":{\"vulnerabilities\":[7]},\"vulnerabilities\" : [" items "],\"n\":1}\n"

static int setup(void **state)
{
    *state = arena_new();
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static bool read_file(struct view content, struct remembered *remembered, struct error *err)
{
    AUTO_SOURCE *source = source_from_memory(content);
    return feed_nvd.records.read(source, &remembered->sink, err);
}

static bool check_ratings(
    struct feed_sink *sink, struct view vulnerability, const struct vulnerability_facts *facts, struct error *err)
{
    if (!view_is(vulnerability, "CVE-2018-0001"))
        return remember_facts(sink, vulnerability, facts, err);
    assert_int_equal(facts->rating_count, 3);
    assert_view_equal(facts->ratings[0].type, "CVSS_V4");
    assert_view_equal(facts->ratings[1].score, "CVSS:3.0/AV:N");
    assert_view_equal(facts->ratings[2].type, "CVSS_V2");
    assert_view_equal(facts->summary, "a \"{[\\");
    return remember_facts(sink, vulnerability, facts, err);
}

static void reads_ratings_dates_and_states(void **state)
{
    struct error err;
    struct remembered remembered = remembered_new(*state);
    remembered.sink.facts = check_ratings;
    assert_ok(read_file(view_text(FILE_OF(FULL "," REJECTED ", " REJECTED_OLD)), &remembered, &err), &err);
    assert_int_equal(remembered.facts_count, 3);
    assert_int_equal(remembered.facts[0].published_ms, INT64_C(1515623340000));
    assert_int_equal(remembered.facts[0].modified_ms, INT64_C(1519352940000));
    assert_true(remembered.facts[0].is_disputed && !remembered.facts[0].is_rejected);
    assert_true(remembered.facts[1].is_rejected && remembered.facts[2].is_rejected);
    assert_int_equal(remembered.facts[1].published_ms, 0);
}

static void makes_gaps_of_records_without_a_cve(void **state)
{
    struct error err;
    struct remembered remembered = remembered_new(*state);
    assert_ok(read_file(view_text(FILE_OF("{},{\"cve\":{\"id\":\"X-1\"}}")), &remembered, &err), &err);
    assert_int_equal(remembered.facts_count, 0);
    assert_int_equal(remembered.gap_count, 2);
    assert_view_equal(remembered.gaps[1], "X-1: the record names no CVE");
}

static void cuts_long_descriptions_between_characters(void **state)
{
    struct error err;
    struct remembered remembered = remembered_new(*state);
    AUTO_BUFFER text;
    buffer_init(&text, 10000);
    buffer_append_text(
        &text, "{\"vulnerabilities\":[{\"cve\":{\"id\":\"CVE-1\",\"descriptions\":[{\"lang\":\"en\",\"value\":\"a");
    for (int i = 0; i < 400; i++)
        buffer_append_text(&text, "é");
    buffer_append_text(&text, "\"}]}}]}");
    assert_ok(read_file(buffer_view(&text), &remembered, &err), &err);
    assert_int_equal(remembered.facts[0].summary.size, 499);
}

static void refuses_a_file_that_is_cut_short_anywhere(void **state)
{
    struct error err;
    struct view whole = view_trim(view_text(FILE_OF(FULL "," REJECTED)));
    for (size_t size = 1; size < whole.size; size++) {
        struct remembered remembered = remembered_new(*state);
        assert_fails(read_file(view_slice(whole, 0, size), &remembered, &err), &err, ERROR_CORRUPT);
    }
}

static void refuses_what_is_not_such_a_file(void **state)
{
    struct error err;
    static const char *const others[] = {"{}", "[]", "7", "\"x\"", "{\"vulnerabilities\":{}}",
        "{\"vulnerabilities\":[7]}", "{\"vulnerabilities\":[[]]}", "{\"vulnerabilities\":[{]}",
        "{\"vulnerabilities\":[{\"a\" 1}]}", "{\"vulnerabilities\":[],\"vulnerabilities\":[]}",
        "{\"vulnerabilities\":[]}}", "{\"vulnerabilities\":[]}{}", "{\"vulnerabilities\":[]}x",
        "{\"vulnerabilities\":[]}\"x\"", "{\"a\":{\"vulnerabilities\":[{}]}}",
        "{\"vulnerabilities\":[{\"a\":\"\xff\"}]}", "<html></html>"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct remembered remembered = remembered_new(*state);
        assert_fails(read_file(view_text(others[i]), &remembered, &err), &err, ERROR_CORRUPT);
    }
}

static bool count_item(void *context, struct json item, struct error *err)
{
    (void)err;
    assert_int_equal(json_type(item), JSON_OBJECT);
    ++*(size_t *)context;
    return true;
}

static void keeps_its_limits(void **state)
{
    (void)state;
    struct error err;
    size_t count = 0;
    struct json_items_reading reading = {
        .name = "list", .items_max = 2, .item_bytes_max = 10, .item = count_item, .context = &count};
    const struct {
        const char *text;
        enum error_code code;
    } cases[] = {
        {"{\"list\":[{\"a\":123},{}]}", ERROR_NONE},
        {"{\"list\":[{},{},{}]}", ERROR_LIMIT},
        {"{\"list\":[{\"a\":12345678}]}", ERROR_LIMIT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_SOURCE *source = source_from_memory(view_text(cases[i].text));
        bool is_read = json_items_read(&reading, source, &err);
        assert_int_equal(is_read, cases[i].code == ERROR_NONE);
        assert_true(is_read || err.code == cases[i].code);
    }
    assert_int_equal(count, 4);
    char deep[3000] = "{";
    memset(deep + 1, '[', sizeof(deep) - 1);
    AUTO_SOURCE *source = source_from_memory(view_of(deep, sizeof(deep)));
    assert_fails(json_items_read(&reading, source, &err), &err, ERROR_LIMIT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(reads_ratings_dates_and_states),
        TEST(makes_gaps_of_records_without_a_cve),
        TEST(cuts_long_descriptions_between_characters),
        TEST(refuses_a_file_that_is_cut_short_anywhere),
        TEST(refuses_what_is_not_such_a_file),
        TEST(keeps_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
