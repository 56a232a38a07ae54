/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "feed/osv_record.h"

struct fixture {
    struct arena *arena;
    struct json_document *document;
    struct advisory advisory;
    struct error err;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->arena = arena_new();
    fixture->document = json_document_new();
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_free(fixture->arena);
    json_document_free(fixture->document);
    free(fixture);
    return 0;
}

static bool parse(struct fixture *fixture, const char *text)
{
    struct json record;
    assert_ok(
        json_parse(fixture->document, view_text(text), JSON_BYTES_MAX, "test", &record, &fixture->err), &fixture->err);
    return osv_record_parse(fixture->arena, record, &fixture->advisory, &fixture->err);
}

static void reads_a_complete_record(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(
        parse(fixture,
            "{\"id\":\"X-1\",\"modified\":\"2024-01-02T03:04:05.123456789Z\",\"published\":\"2024-01-01T00:00:00Z\","
            "\"withdrawn\":\"2024-02-01T00:00:00Z\",\"summary\":\"short\",\"aliases\":[\"CVE-2024-1\"],"
            "\"upstream\":[\"CVE-2024-2\"],\"severity\":[{\"type\":\"CVSS_V3\",\"score\":\"CVSS:3.1/AV:N\"}],"
            "\"database_specific\":{\"severity\":\"HIGH\"},\"affected\":[{\"package\":{\"ecosystem\":\"Debian:12\","
            "\"name\":\"openssl\"},\"versions\":[\"1\",\"2\"],\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":["
            "{\"introduced\":\"0\"},{\"fixed\":\"3.0.11-1\"}]}],\"ecosystem_specific\":{\"urgency\":\"low\"}}]}"),
        &fixture->err);
    const struct advisory *advisory = &fixture->advisory;
    assert_view_equal(advisory->id, "X-1");
    assert_true(advisory->modified_ms == 1704164645123);
    assert_true(advisory->published_ms == 1704067200000 && advisory->withdrawn_ms == 1706745600000);
    assert_view_equal(advisory->summary, "short");
    assert_view_equal(advisory->aliases[0], "CVE-2024-1");
    assert_view_equal(advisory->upstream[0], "CVE-2024-2");
    assert_view_equal(advisory->ratings[0].score, "CVSS:3.1/AV:N");
    assert_view_equal(advisory->severity_word, "HIGH");
    assert_int_equal(advisory->affected_count, 1);
    const struct affected *affected = &advisory->affected[0];
    assert_view_equal(affected->ecosystem, "Debian:12");
    assert_int_equal(affected->version_count, 2);
    assert_int_equal(affected->ranges[0].type, RANGE_ECOSYSTEM);
    assert_int_equal(affected->ranges[0].events[1].kind, EVENT_FIXED);
    assert_view_equal(affected->ranges[0].events[1].version, "3.0.11-1");
    assert_view_equal(affected->status, "low");
    assert_view_equal(affected->ratings[0].type, "Debian");
}

static void accepts_the_least_that_a_record_can_be(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(parse(fixture, "{\"id\":\"X-1\"}"), &fixture->err);
    assert_int_equal(fixture->advisory.affected_count, 0);
    assert_int_equal(fixture->advisory.summary.size, 0);
}

static void tolerates_what_no_answer_depends_on(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(
        parse(fixture,
            "{\"id\":\"x:1\",\"modified\":\"yesterday\",\"published\":7,\"withdrawn\":null,\"summary\":{},\"aliases\":null,"
            "\"severity\":[{\"type\":\"CVSS_V3\"},null,{\"type\":\"CVSS_V2\",\"score\":\"x\"}],\"later\":[{}],"
            "\"affected\":[{\"ranges\":[{\"type\":\"GIT\",\"repo\":\"r\",\"events\":[{\"introduced\":\"zz\"}]}]},"
            "{\"package\":{\"purl\":\"pkg:npm/a\"}},{\"package\":{\"ecosystem\":\"npm\",\"name\":\"a\"},"
            "\"ranges\":null,\"severity\":\"HIGH\"}]}"),
        &fixture->err);
    assert_true(fixture->advisory.modified_ms == 0 && fixture->advisory.withdrawn_ms == 0);
    assert_int_equal(fixture->advisory.rating_count, 1);
    assert_int_equal(fixture->advisory.affected_count, 1);
    assert_view_equal(fixture->advisory.affected[0].name, "a");
}

static void takes_two_members_of_one_event_for_two_events(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(
        parse(fixture, "{\"id\":\"X\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"a\"},\"ranges\":["
                       "{\"type\":\"SEMVER\",\"events\":[{\"fixed\":\"2.0.0\",\"introduced\":\"1.0.0\"}]}]}]}"),
        &fixture->err);
    const struct range *range = &fixture->advisory.affected[0].ranges[0];
    assert_int_equal(range->event_count, 2);
    assert_view_equal(range->events[0].version, "1.0.0");
    assert_view_equal(range->events[1].version, "2.0.0");
}

static void keeps_the_words_of_distributions(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(
        parse(fixture,
            "{\"id\":\"X\",\"affected\":[{\"package\":{\"ecosystem\":\"Ubuntu:20.04:LTS\",\"name\":\"a\"},"
            "\"ecosystem_specific\":{\"ubuntu_priority\":\"medium\",\"status\":\"needed\"}},"
            "{\"package\":{\"ecosystem\":\"Wolfi\",\"name\":\"a\"},\"database_specific\":{\"status\":\"fix-not-planned\"}},"
            "{\"package\":{\"ecosystem\":\"Debian:12\",\"name\":\"a\"},\"database_specific\":{\"debian_status\":\"end-of-life\"}}]}"),
        &fixture->err);
    const struct affected *affected = fixture->advisory.affected;
    assert_view_equal(affected[0].ratings[0].type, "Ubuntu");
    assert_view_equal(affected[0].ratings[0].score, "medium");
    assert_view_equal(affected[0].status, "needed");
    assert_view_equal(affected[1].status, "fix-not-planned");
    assert_view_equal(affected[2].status, "end-of-life");
}

static void a_long_summary_is_cut_between_characters(void **state)
{
    struct fixture *fixture = *state;
    char text[2000] = "{\"id\":\"X\",\"details\":\"";
    size_t size = strlen(text);
    for (; size < 1500; size += 3)
        memcpy(text + size, "\u20ac", 3);
    memcpy(text + size, "\\nsecond line\"}", 16);
    assert_ok(parse(fixture, text), &fixture->err);
    assert_int_equal(fixture->advisory.summary.size, 498);
    assert_true(view_is_utf8(fixture->advisory.summary));
}

static void names_the_record_that_it_refuses(void **state)
{
    struct fixture *fixture = *state;
    static const char *const bodies[] = {
        "\"withdrawn\":\"soon\"",
        "\"affected\":7",
        "\"aliases\":[7]",
        "\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"a\"},\"ranges\":[{\"type\":\"NEW\",\"events\":[]}]}]",
        "\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"a\"},\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"until\":\"1\"}]}]}]",
        "\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"a\"},\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"fixed\":1}]}]}]",
        "\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"a\"},\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"fixed\":\"\"}]}]}]",
        "\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"a\"},\"versions\":[{}]}]",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        char text[500];
        snprintf(text, sizeof(text), "{\"id\":\"X-77\",%s}", bodies[i]);
        assert_fails(parse(fixture, text), &fixture->err, ERROR_INVALID);
        assert_non_null(strstr(fixture->err.message, "\"X-77\""));
    }
    assert_fails(parse(fixture, "[]"), &fixture->err, ERROR_INVALID);
    assert_fails(parse(fixture, "{}"), &fixture->err, ERROR_INVALID);
    assert_fails(parse(fixture, "{\"id\":\"\"}"), &fixture->err, ERROR_INVALID);
}

/* `before`, `count` times `item` with commas, `after`. */
static bool parse_repeated(
    struct fixture *fixture, const char *before, const char *item, size_t count, const char *after)
{
    AUTO_BUFFER text;
    buffer_init(&text, JSON_BYTES_MAX);
    buffer_append_text(&text, before);
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(&text, i == 0 ? "" : ",");
        buffer_append_text(&text, item);
    }
    buffer_append_text(&text, after);
    buffer_append_byte(&text, '\0');
    assert_ok(buffer_check(&text, "test", &fixture->err), &fixture->err);
    return parse(fixture, text.data);
}

static void refuses_records_over_a_limit(void **state)
{
    struct fixture *fixture = *state;
    static const char package[] = "{\"id\":\"X\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"a\"},";
    static const struct {
        const char *before, *item, *after;
        size_t count_max;
    } lists[] = {
        {"affected\":[", "{}", "]}", OSV_AFFECTED_MAX},
        {"aliases\":[", "\"a\"", "]}", OSV_IDS_MAX},
        {"upstream\":[", "\"a\"", "]}", OSV_IDS_MAX},
        {"severity\":[", "{}", "]}", OSV_RATINGS_MAX},
        {"versions\":[", "\"1\"", "]}]}", OSV_VERSIONS_MAX},
        {"ranges\":[", "{\"type\":\"GIT\"}", "]}]}", OSV_RANGES_MAX},
        {"ranges\":[{\"type\":\"GIT\",\"events\":[", "{\"fixed\":\"1\"}", "]}]}]}", OSV_EVENTS_MAX},
    };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        char before[200];
        bool is_of_record = lists[i].count_max == OSV_AFFECTED_MAX || i < 4;
        snprintf(before, sizeof(before), "%s\"%s", is_of_record ? "{\"id\":\"X\"," : package, lists[i].before);
        assert_ok(parse_repeated(fixture, before, lists[i].item, lists[i].count_max, lists[i].after), &fixture->err);
        assert_fails(parse_repeated(fixture, before, lists[i].item, lists[i].count_max + 1, lists[i].after),
            &fixture->err, ERROR_LIMIT);
    }
    assert_ok(parse_repeated(fixture, "{\"id\":\"", "ab", 1 + (OSV_ID_BYTES_MAX - 2) / 3, "\"}"), &fixture->err);
    assert_fails(
        parse_repeated(fixture, "{\"id\":\"", "ab", 2 + (OSV_ID_BYTES_MAX - 2) / 3, "\"}"), &fixture->err, ERROR_LIMIT);
    assert_fails(parse_repeated(fixture, "{\"id\":\"X\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"",
                     "abc", OSV_TEXT_BYTES_MAX / 4 + 1, "\"}}]}"),
        &fixture->err, ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_a_complete_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(accepts_the_least_that_a_record_can_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tolerates_what_no_answer_depends_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_two_members_of_one_event_for_two_events, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_the_words_of_distributions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_summary_is_cut_between_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_the_record_that_it_refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_records_over_a_limit, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
