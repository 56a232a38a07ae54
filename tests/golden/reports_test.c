/* SPDX-License-Identifier: Apache-2.0 */
/* Writes one fixed scan, of an image whose names are hostile and of which a layer could not be read, in every format about
   findings, and compares with tests/golden/reports/<format>.txt. TIDEWAITER_RENEW_GOLDEN=1 writes these files instead. */
#include "tests/unit/test.h"

#include "base/file.h"
#include "report/report.h"

#include <stdlib.h>
#include <sys/stat.h>

#define FILES "tests/golden/reports"
#define DIGEST "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LAYER "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

enum { OUTPUT_BYTES_MAX = 1 << 20, DAY_MS = 24 * 3600 * 1000 };

static struct view fixed[] = {VIEW_LITERAL("3.0.9-1"), VIEW_LITERAL("3.1.0-1")};
static struct view aliases[] = {VIEW_LITERAL("DSA-1-1")};
static struct severity_rating ratings[] = {
    {.type = VIEW_LITERAL("CVSS_V3"), .score = VIEW_LITERAL("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")}};
static const struct vulnerability_facts facts = {
    .has_epss = true, .epss_score = 0.94321, .epss_percentile = 0.99, .is_known_exploited = true};

static struct finding openssl_findings[] = {
    {.id = VIEW_LITERAL("CVE-2026-0001"),
        .aliases = aliases,
        .alias_count = 1,
        .severity = SEVERITY_CRITICAL,
        .ratings = ratings,
        .rating_count = 1,
        .summary = VIEW_LITERAL("made up"),
        .fix_state = FIX_AVAILABLE,
        .fixed_versions = fixed,
        .fixed_version_count = 2,
        .facts = &facts},
    /* the distribution says low, the vector critical */
    {.id = VIEW_LITERAL("CVE-2026-0002"),
        .severity = SEVERITY_LOW,
        .ratings = ratings,
        .rating_count = 1,
        .fix_state = FIX_WILL_NOT},
    {.id = VIEW_LITERAL("CVE-2026-0003"), .severity = SEVERITY_UNKNOWN, .fix_state = FIX_NONE},
};
static struct finding hostile_findings[] = {
    {.id = VIEW_LITERAL("CVE-2026-0001"),
        .severity = SEVERITY_HIGH,
        .summary = VIEW_LITERAL("+1\x1b[2J\r\n<b>\xef\xbf\xbe"),
        .fix_state = FIX_NONE},
};
static struct finding_list findings[] = {
    {.items = openssl_findings, .count = 3}, {.items = hostile_findings, .count = 1}, {.items = NULL}};

static struct inventory_package packages[] = {
    {.package = {.type = PACKAGE_DEB,
         .name = VIEW_LITERAL("openssl"),
         .version = VIEW_LITERAL("3.0.8-1"),
         .ecosystem = VIEW_LITERAL("Debian:12")},
        .path = VIEW_LITERAL("var/lib/dpkg/status")},
    {.package = {.type = PACKAGE_NPM,
         .name = VIEW_LITERAL("@x/<script>|`{0}[a](http://b.example)\xe2\x80\xae\"'&"),
         .version = VIEW_LITERAL("=1+1"),
         .ecosystem = VIEW_LITERAL("npm")},
        .path = VIEW_LITERAL("/app/a b|<i>:%/\xc3\xa9.json"),
        .layer = 1},
    {.package = {.type = PACKAGE_DEB, .name = VIEW_LITERAL("zlib"), .version = VIEW_LITERAL("1-1")}},
};
static struct gap gaps[] = {
    {GAP_UNREADABLE_LAYER, VIEW_LITERAL(LAYER), VIEW_LITERAL("the gzip data ends before its end, | <b>")}};
static struct view unattributed[] = {VIEW_LITERAL("usr/local/bin/tool")};
static struct feed_state feeds[] = {{.name = VIEW_LITERAL("osv/Debian"),
    .ecosystem = VIEW_LITERAL("Debian"),
    .date_ms = 20000LL * DAY_MS,
    .checked_ms = 20000LL * DAY_MS,
    .is_complete = true,
    .is_demo = true}};

static void write_report(const char *format_name, bool allows_gaps, bool has_findings, struct buffer *out)
{
    AUTO_ARENA *arena = arena_new();
    struct error err;
    struct finding_list none[3] = {{0}};
    struct scan_image image = {
        .config.platform = {.os = VIEW_LITERAL("linux"), .architecture = VIEW_LITERAL("amd64")},
        .inventory = {.packages = packages,
            .package_count = 3,
            .unattributed = {.items = unattributed, .count = 1},
            .gaps = {.items = gaps, .count = 1}},
        .findings = has_findings ? findings : none,
    };
    struct gate gate = {.has_threshold = true,
        .fail_on = SEVERITY_HIGH,
        .allow_gaps = allows_gaps,
        .feed_age_max_ms = 7LL * DAY_MS,
        .unknown_severity_is_set = true};
    struct verdict_result verdict;
    assert_ok(digest_parse(view_text(DIGEST), &image.choice.manifest.digest, &err), &err);
    scan_verdict(&image, feeds, 1, &gate, 20001LL * DAY_MS, arena, &verdict);
    struct report report = {.reference = view_text("registry.example.com/team/app:1.2"),
        .image = &image,
        .has_findings = true,
        .feeds = feeds,
        .feed_count = 1,
        .gate = &gate,
        .verdict = &verdict,
        .missing_platforms = 1};
    const struct report_format *format = report_format_named(view_text(format_name));
    assert_non_null(format);
    assert_true(format->needs_findings);
    format->write(&report, 1, out);
    assert_ok(buffer_check(out, format_name, &err), &err);
}

static const char *const formats[] = {"csv", "html", "junit", "markdown", "sarif"};
enum { FORMAT_COUNT = sizeof(formats) / sizeof(formats[0]) };

static void writes_what_is_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        AUTO_ARENA *arena = arena_new();
        AUTO_BUFFER actual, expected;
        struct error err;
        const char *path = arena_format(arena, FILES "/%s.txt", formats[i]).data;
        buffer_init(&actual, OUTPUT_BYTES_MAX);
        buffer_init(&expected, OUTPUT_BYTES_MAX);
        write_report(formats[i], false, true, &actual);
        if (getenv("TIDEWAITER_RENEW_GOLDEN") != NULL) {
            assert_ok(file_replace(path, buffer_view(&actual), &err), &err);
            assert_int_equal(chmod(path, 0644), 0);
            continue;
        }
        assert_ok(file_read(path, &expected, &err), &err);
        if (!view_equal(buffer_view(&actual), buffer_view(&expected)))
            fail_msg("%s is not what the format gives, which is:\n%.*s", path, VIEW_PRINT(buffer_view(&actual)));
    }
}

/* The gap is named and so is what it means, whether it was allowed or not, and although nothing was found. */
static void never_looks_clean_with_a_gap(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * FORMAT_COUNT; i++) {
        bool allows_gaps = i >= FORMAT_COUNT;
        AUTO_BUFFER text;
        buffer_init(&text, OUTPUT_BYTES_MAX);
        write_report(formats[i % FORMAT_COUNT], allows_gaps, false, &text);
        for (const char *const *word = (const char *const[]){"unreadable-layer",
                 "packages of this layer may be missing", allows_gaps ? "allow-gaps" : "not tell", NULL};
             *word != NULL; word++) {
            bool is_there = view_find_text(buffer_view(&text), view_text(*word)) < text.size;
            if (!is_there && strcmp(*word, "not tell") == 0)
                is_there = view_find_text(buffer_view(&text), view_text("could-not-tell")) < text.size;
            if (!is_there)
                fail_msg("\"%s\" is not in %s", *word, formats[i % FORMAT_COUNT]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_is_expected),
        cmocka_unit_test(never_looks_clean_with_a_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
