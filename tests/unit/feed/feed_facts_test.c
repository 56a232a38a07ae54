/* SPDX-License-Identifier: Apache-2.0 */
/* The feeds about vulnerabilities: CISA's catalog and the scores of EPSS. */
#include "tests/unit/feed/feed_fixture.h"

#include <libdeflate.h>

extern const struct feed feed_epss;
extern const struct feed feed_kev;

#define ENTRY(id, added)                                                                                               \
    "{\"cveID\":\"" id "\",\"dateAdded\":\"" added                                                                     \
    "\",\"dueDate\":\"2025-09-15\",\"knownRansomwareCampaignUse\":\"Known\"}"
#define CATALOG(count, entries)                                                                                        \
    "{\"catalogVersion\":\"2025.08.25\",\"count\":" count ",\"vulnerabilities\":[" entries "]}"
#define SCORES                                                                                                         \
    "#model_version:v2023.03.01,score_date:2023-08-28T00:00:00+0000\n"                                                 \
    "cve,epss,percentile\n"                                                                                            \
    "CVE-1999-0001,0.01167,0.83174\n"                                                                                  \
    "CVE-1999-0002,9e-05,1\n"

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

static bool read_file(const struct feed *feed, struct view content, struct remembered *remembered, struct error *err)
{
    AUTO_SOURCE *source = source_from_memory(content);
    return feed->records.read(source, &remembered->sink, err);
}

static void reads_the_catalog(void **state)
{
    struct error err;
    struct remembered remembered = remembered_new(*state);
    assert_ok(read_file(&feed_kev,
                  view_text(CATALOG("2", ENTRY("CVE-2025-48384", "2025-08-25") "," ENTRY("CVE-1", "1970-01-02"))),
                  &remembered, &err),
        &err);
    assert_int_equal(remembered.facts_count, 2);
    assert_view_equal(remembered.known[0], "CVE-2025-48384");
    assert_true(remembered.facts[0].is_known_exploited && remembered.facts[0].is_used_by_ransomware);
    assert_int_equal(remembered.facts[0].kev_added_ms, INT64_C(1756080000000));
    assert_int_equal(remembered.facts[0].kev_due_ms, INT64_C(1757894400000));
    assert_int_equal(remembered.facts[1].kev_added_ms, INT64_C(24) * 3600 * 1000);
}

static void makes_gaps_of_entries_that_cannot_be_read(void **state)
{
    struct error err;
    struct remembered remembered = remembered_new(*state);
    assert_ok(read_file(&feed_kev,
                  view_text(CATALOG("3", ENTRY("GHSA-1", "2025-08-25") "," ENTRY("CVE-2", "yesterday") ",7")),
                  &remembered, &err),
        &err);
    assert_int_equal(remembered.facts_count, 0);
    assert_int_equal(remembered.gap_count, 3);
    assert_view_equal(remembered.gaps[0], "GHSA-1: the entry names no CVE");
    assert_view_equal(remembered.gaps[1], "CVE-2: the day on which it was added cannot be read");
}

static void refuses_a_catalog_that_is_not_whole(void **state)
{
    struct error err;
    struct view whole = view_text(CATALOG("1", ENTRY("CVE-2025-48384", "2025-08-25")));
    for (size_t size = 0; size < whole.size; size++) {
        struct remembered remembered = remembered_new(*state);
        assert_false(read_file(&feed_kev, view_slice(whole, 0, size), &remembered, &err));
        assert_int_equal(remembered.facts_count, 0);
    }
    static const char *const others[] = {CATALOG("2", ENTRY("CVE-1", "2025-08-25")), "{\"count\":0}", "[]",
        "{\"vulnerabilities\":[]}", "<html>not found</html>"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct remembered remembered = remembered_new(*state);
        assert_false(read_file(&feed_kev, view_text(others[i]), &remembered, &err));
    }
}

static void refuses_a_catalog_above_its_limits(void **state)
{
    struct error err;
    struct remembered remembered = remembered_new(*state);
    size_t size = 33 * 1024 * 1024;
    char *spaces = arena_alloc(*state, size);
    memset(spaces, ' ', size);
    assert_fails(read_file(&feed_kev, view_of(spaces, size), &remembered, &err), &err, ERROR_LIMIT);
    enum { ENTRIES = 200 * 1000 + 1 };
    AUTO_BUFFER text;
    buffer_init(&text, 1024 * 1024);
    buffer_append_format(&text, "{\"count\":%d,\"vulnerabilities\":[0", ENTRIES);
    for (int i = 1; i < ENTRIES; i++)
        buffer_append_text(&text, ",0");
    buffer_append_text(&text, "]}");
    assert_fails(read_file(&feed_kev, buffer_view(&text), &remembered, &err), &err, ERROR_LIMIT);
}

static struct view compressed(struct arena *arena, struct view content)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    assert_non_null(compressor);
    size_t size = libdeflate_gzip_compress_bound(compressor, content.size);
    char *bytes = arena_alloc(arena, size);
    size = libdeflate_gzip_compress(compressor, content.data, content.size, bytes, size);
    libdeflate_free_compressor(compressor);
    assert_true(size > 0);
    return view_of(bytes, size);
}

static void reads_scores_plain_and_compressed(void **state)
{
    struct error err;
    const struct view files[] = {view_text(SCORES), compressed(*state, view_text(SCORES))};
    for (size_t i = 0; i < 2; i++) {
        struct remembered remembered = remembered_new(*state);
        assert_ok(read_file(&feed_epss, files[i], &remembered, &err), &err);
        assert_int_equal(remembered.facts_count, 2);
        assert_view_equal(remembered.known[1], "CVE-1999-0002");
        assert_true(remembered.facts[0].has_epss && remembered.facts[0].epss_score == 0.01167);
        assert_true(remembered.facts[0].epss_percentile == 0.83174);
        assert_int_equal(remembered.facts[0].epss_date_ms, INT64_C(1693180800000));
        assert_true(remembered.facts[1].epss_score == 9e-05 && remembered.facts[1].epss_percentile == 1);
    }
}

static void reads_parts_without_their_first_lines(void **state)
{
    struct error err;
    static const char *const parts[] = {
        "cve,epss,percentile\nCVE-1,0.5,0.5\n", "CVE-1,0.5,0.5\r\n\n", "#score_date:soon\nCVE-1,0.5,0.5\n"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct remembered remembered = remembered_new(*state);
        assert_ok(read_file(&feed_epss, view_text(parts[i]), &remembered, &err), &err);
        assert_int_equal(remembered.facts_count, 1);
        assert_int_equal(remembered.facts[0].epss_date_ms, 0);
    }
}

/* Where a plain file ends between two lines, nothing tells that it was longer: the loss of records does. */
static void refuses_scores_that_are_cut_short(void **state)
{
    struct error err;
    struct view plain = view_text(SCORES);
    struct view packed = compressed(*state, plain);
    for (size_t size = 1; size < plain.size; size++) {
        struct remembered remembered = remembered_new(*state);
        bool is_read = read_file(&feed_epss, view_slice(plain, 0, size), &remembered, &err);
        assert_int_equal(is_read, plain.data[size - 1] == '\n');
    }
    for (size_t size = 1; size < packed.size; size++) {
        struct remembered remembered = remembered_new(*state);
        assert_false(read_file(&feed_epss, view_slice(packed, 0, size), &remembered, &err));
    }
}

static void refuses_what_are_no_scores(void **state)
{
    struct error err;
    static const char *const others[] = {"CVE-1,1.5,0.5\n", "CVE-1,0.5,-0.5\n", "CVE-1,nan,0.5\n", "CVE-1,0x1,0.5\n",
        "CVE-1,,0.5\n", "CVE-1,0.5\n", "CVE-1,0.5,0.5,0.5\n", "0.5,0.5,0.5\n", "<html>\n",
        "CVE-1,0.00000000000000000000000000000000001,0\n", "CVE-\xff,0.5,0.5\n"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct remembered remembered = remembered_new(*state);
        assert_fails(read_file(&feed_epss, view_text(others[i]), &remembered, &err), &err, ERROR_CORRUPT);
        assert_true(strstr(err.message, "line 1") != NULL);
    }
    char *line = arena_alloc(*state, 1000);
    memset(line, '0', 1000);
    struct remembered remembered = remembered_new(*state);
    assert_fails(read_file(&feed_epss, view_of(line, 1000), &remembered, &err), &err, ERROR_LIMIT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(reads_the_catalog),
        TEST(makes_gaps_of_entries_that_cannot_be_read),
        TEST(refuses_a_catalog_that_is_not_whole),
        TEST(refuses_a_catalog_above_its_limits),
        TEST(reads_scores_plain_and_compressed),
        TEST(reads_parts_without_their_first_lines),
        TEST(refuses_scores_that_are_cut_short),
        TEST(refuses_what_are_no_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
