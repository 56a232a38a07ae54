/* SPDX-License-Identifier: Apache-2.0 */
#include "report/explanation.h"
#include "tests/unit/test.h"

#include "base/clock.h"
#include "finding/accepted_risk.h"

enum { TEXT_BYTES_MAX = 1 << 20 };

static struct finding_evidence until(const char *introduced, const char *fixed)
{
    return (struct finding_evidence){.feed = "osv",
        .advisory = view_text("DSA-1"),
        .introduced = view_text(introduced),
        .fixed = view_text(fixed),
        .order = "npm"};
}

static void takes_the_smallest_version_that_no_advisory_calls_affected(void **state)
{
    static const struct {
        const char *ecosystem;
        const char *intervals[4][2];
        const char *fixed[4];
        const char *expected;
    } cases[] = {
        {"npm", {{"0", "1.2.0"}}, {"1.2.0"}, "1.2.0"},
        /* The other branch's fix is no step down, and the first one is affected by the second advisory. */
        {"npm", {{"0", "1.2.0"}, {"0", "1.3.0"}}, {"1.2.0", "1.3.0", "2.0.0"}, "1.3.0"},
        {"npm", {{"0", "1.2.0"}, {"1.2.0", "1.2.5"}}, {"1.2.0", "1.2.5"}, "1.2.5"},
        {"npm", {{"0", "1.2.0"}, {"1.5.0", "1.6.0"}}, {"1.2.0", "1.6.0"}, "1.2.0"},
        /* An interval without an end says nothing of the fixes that others know. */
        {"npm", {{"0", "1.2.0"}, {"0", ""}}, {"1.2.0"}, "1.2.0"},
        {"Debian:12", {{"0", "3.0.9-1"}, {"0", "3.0.10-1"}}, {"3.0.9-1", "3.0.10-1"}, "3.0.10-1"},
        {"unknown to us", {{"0", "7"}}, {"7", "8"}, "7"},
        {"npm", {{"0", ""}}, {NULL}, ""},
    };
    (void)state;
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct package package = {
            .type = PACKAGE_NPM, .name = view_text("a"), .ecosystem = view_text(cases[i].ecosystem)};
        struct finding_evidence evidence[4];
        struct view fixed[4];
        struct finding finding = {.evidence = evidence, .fixed_versions = fixed};
        struct remedy remedy;
        for (size_t k = 0; k < 4 && cases[i].intervals[k][0] != NULL; k++)
            evidence[finding.evidence_count++] = until(cases[i].intervals[k][0], cases[i].intervals[k][1]);
        for (size_t k = 0; k < 4 && cases[i].fixed[k] != NULL; k++)
            fixed[finding.fixed_version_count++] = view_text(cases[i].fixed[k]);
        remedy_find(arena, &(struct remedy_question){.package = &package, .finding = &finding}, &remedy);
        assert_view_equal(remedy.fixed_version, cases[i].expected);
    }
}

static void names_the_change_by_origin_and_type(void **state)
{
    static const struct {
        enum package_type type;
        const char *name;
        const char *ecosystem;
        enum layer_origin origin;
        const char *owner;
        const char *change;
        const char *command;
    } cases[] = {
        {PACKAGE_DEB, "openssl", "Debian:12", ORIGIN_OWN, "",
            "Install openssl 2 or later in the step that brings it: a build without cache that takes the newest packages does it.",
            "RUN apt-get update && apt-get install -y --only-upgrade openssl && rm -rf /var/lib/apt/lists/*"},
        {PACKAGE_DEB, "openssl", "Debian:12", ORIGIN_BASE, "",
            "openssl comes with the base image debian:12: build on a newer build of it, which has 2 or later. As long as there is "
            "none, update it behind FROM.",
            "RUN apt-get update && apt-get install -y --only-upgrade openssl && rm -rf /var/lib/apt/lists/*"},
        {PACKAGE_RPM, "curl", "SUSE:Linux Enterprise 15", ORIGIN_UNKNOWN, "",
            "Install curl 2 or later: a build without cache that takes the newest packages does it.",
            "RUN zypper --non-interactive update curl && zypper clean --all"},
        {PACKAGE_APK, "curl", "Alpine:v3.18", ORIGIN_UNKNOWN, "",
            "Install curl 2 or later: a build without cache that takes the newest packages does it.",
            "RUN apk add --no-cache --upgrade 'curl>=2'"},
        {PACKAGE_NPM, "@babel/core", "npm", ORIGIN_OWN, "",
            "Raise @babel/core to 2 or later in package.json (of an indirect dependency: its overrides), and build the image again.",
            "npm install @babel/core@2"},
        {PACKAGE_NPM, "lodash", "npm", ORIGIN_BASE, "",
            "lodash comes with the base image debian:12: build on a newer build of it, which has 2 or later.", ""},
        {PACKAGE_PYPI, "requests", "PyPI", ORIGIN_OWN, "python3-requests",
            "requests belongs to the distribution's package python3-requests: update that.", ""},
        {PACKAGE_GOLANG, "stdlib", "Go", ORIGIN_OWN, "", "Build the program bin/app again with Go 2 or later.", ""},
        {PACKAGE_NPM, "x;reboot", "npm", ORIGIN_OWN, "",
            "Raise x;reboot to 2 or later in package.json (of an indirect dependency: its overrides), and build the image again.",
            ""},
        {PACKAGE_NPM, "-g", "npm", ORIGIN_OWN, "",
            "Raise -g to 2 or later in package.json (of an indirect dependency: its overrides), and build the image again.",
            ""},
    };
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct view fixed[] = {view_text("2")};
    struct finding finding = {.fixed_versions = fixed, .fixed_version_count = 1, .fix_state = FIX_AVAILABLE};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct package package = {.type = cases[i].type,
            .name = view_text(cases[i].name),
            .version = view_text("1"),
            .ecosystem = view_text(cases[i].ecosystem)};
        const struct remedy_question question = {.package = &package,
            .finding = &finding,
            .origin = cases[i].origin,
            .base = view_text("debian:12"),
            .path = view_text("bin/app"),
            .owner = view_text(cases[i].owner)};
        struct remedy remedy;
        remedy_find(arena, &question, &remedy);
        assert_view_equal(remedy.change, cases[i].change);
        assert_view_equal(remedy.command, cases[i].command);
    }
}

static void says_what_is_known_where_there_is_no_fix(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct package package = {.type = PACKAGE_DEB, .name = view_text("zlib1g"), .ecosystem = view_text("Debian:12")};
    for (int state_of_fix = 0; state_of_fix < FIX_STATE_COUNT; state_of_fix++) {
        struct finding finding = {.id = view_text("CVE-2026-1"), .fix_state = (enum fix_state)state_of_fix};
        struct remedy remedy;
        remedy_find(arena, &(struct remedy_question){.package = &package, .finding = &finding}, &remedy);
        assert_int_equal(remedy.fixed_version.size, 0);
        assert_true(view_find_text(remedy.change, view_text("Remove zlib1g if nothing needs it")) < remedy.change.size);
        assert_view_equal(remedy.command,
            "tidewaiter risk accept --vulnerability CVE-2026-1 --package zlib1g --reason RiskMitigated --until-fixed");
    }
}

static void tells_why_the_severity_is_what_it_is(void **state)
{
    static const char *const sources[][2] = {
        {"distribution", "the distribution's own rating of its package, which counts before all others"},
        {"affected",
            "the advisory's newest CVSS vector for this package: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H, "
            "score 9.8, by github"},
        {"advisory",
            "the advisory's newest CVSS vector: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H, score 9.8, by github"},
        {"database", "the word of the advisory's database, which has no CVSS vector"},
        {"none", "nobody rates it: neither an advisory nor the vulnerability's record has a severity"},
        {NULL, "nobody rates it: neither an advisory nor the vulnerability's record has a severity"},
    };
    static struct severity_rating rating = {.type = VIEW_LITERAL("CVSS_V3"),
        .score = VIEW_LITERAL("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        .source = VIEW_LITERAL("github")};
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct finding finding = {.ratings = &rating, .rating_count = 1};
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        finding.severity_source = sources[i][0];
        assert_view_equal(severity_reason(arena, &finding), sources[i][1]);
    }
    const struct vulnerability_facts facts = {.ratings = &rating, .rating_count = 1};
    finding = (struct finding){.severity_source = "nvd", .facts = &facts};
    assert_view_equal(severity_reason(arena, &finding),
        "no advisory rates it, so the newest CVSS vector of its record counts: "
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H, score 9.8, by nvd");
}

static void write_all(struct arena *arena, struct buffer *out, bool is_markdown)
{
    static struct view paths[] = {VIEW_LITERAL("var/lib/dpkg/status")};
    static struct view fixed[] = {VIEW_LITERAL("3.0.9-1"), VIEW_LITERAL("3.0.10-1")};
    static struct view aliases[] = {VIEW_LITERAL("DSA-1")};
    static const struct package package = {.type = PACKAGE_DEB,
        .name = VIEW_LITERAL("openssl"),
        .version = VIEW_LITERAL("3.0.7-1"),
        .ecosystem = VIEW_LITERAL("Debian:12")};
    struct finding_evidence evidence[] = {until("0", "3.0.9-1")};
    const struct accepted_risk risk = {.reason = ACCEPT_REASON_RISK_OWNED, .until_fixed = true};
    const struct finding finding = {.id = view_text("CVE-2026-1"),
        .aliases = aliases,
        .alias_count = 1,
        .severity = SEVERITY_HIGH,
        .severity_source = "distribution",
        .summary = view_text("<script> @everyone [x](https://bad.example) | `y`"),
        .fix_state = FIX_AVAILABLE,
        .fixed_versions = fixed,
        .fixed_version_count = 2,
        .evidence = evidence,
        .evidence_count = 1};
    const struct explained explained = {.package = &package,
        .finding = &finding,
        .paths = paths,
        .path_count = 1,
        .layer = view_text("sha256:abc"),
        .layer_index = 1,
        .layer_count = 3,
        .created_by = view_text("RUN /bin/sh -c apt-get install -y openssl # buildkit"),
        .origin = ORIGIN_OWN,
        .first_ms = INT64_C(1767225600000),
        .first_feed_ms = INT64_C(1767139200000),
        .accepted = &risk};
    const struct explanation_writer writer = {arena, out, is_markdown};
    explanation_write_image(&writer, view_text("app:1"), view_text("linux/amd64"), view_text("/rest/x"));
    explanation_write_finding(&writer, &explained);
}

static void assert_has(const struct buffer *text, const char *part)
{
    if (view_find_text(buffer_view(text), view_text(part)) == text->size)
        fail_msg("\"%s\" is not in: %.*s", part, (int)text->size, text->data);
}

static void tells_a_developer_all_in_words(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER out;
    buffer_init(&out, TEXT_BYTES_MAX);
    write_all(arena, &out, false);
    assert_has(&out, "app:1  linux/amd64\n  permalink:     /rest/x\n");
    assert_has(&out, "\nCVE-2026-1 in openssl 3.0.7-1\n  severity:      high, from distribution\n");
    assert_has(&out, "  fix:           3.0.9-1, 3.0.10-1\n  smallest fix:  3.0.9-1\n");
    assert_has(&out, "  comes from:    layer 2 of 3, of the image's own\n");
    assert_has(&out, "  brought by:    RUN apt-get install -y openssl\n");
    assert_has(&out, "  since:         2026-01-01, by advisories of 2025-12-31\n");
    assert_has(&out, "  accepted:      RiskOwned (not-vulnerable), until a fix exists\n");
    assert_has(&out, "  to do:         Install openssl 3.0.9-1 or later");
}

static void writes_markdown_in_which_strangers_say_nothing(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER out;
    buffer_init(&out, TEXT_BYTES_MAX);
    write_all(arena, &out, true);
    assert_has(&out, "## app&#58;1  linux/amd64\n\n* **permalink:** <code>/rest/x</code>\n");
    assert_has(&out, "### CVE-2026-1 in openssl 3.0.7-1\n\n");
    assert_has(&out, "* **smallest fix:** <code>3.0.9-1</code>\n");
    assert_has(&out, "* **brought by:** <code>RUN apt-get install -y openssl</code>\n");
    assert_has(&out,
        "* **summary:** <code>&#60;script&#62; &#64;everyone &#91;x&#93;&#40;https&#58;//bad.example&#41; &#124; "
        "&#96;y&#96;</code>\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_smallest_version_that_no_advisory_calls_affected),
        cmocka_unit_test(names_the_change_by_origin_and_type),
        cmocka_unit_test(says_what_is_known_where_there_is_no_fix),
        cmocka_unit_test(tells_why_the_severity_is_what_it_is),
        cmocka_unit_test(tells_a_developer_all_in_words),
        cmocka_unit_test(writes_markdown_in_which_strangers_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
