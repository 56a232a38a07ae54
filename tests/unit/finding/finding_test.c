/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "feed/osv_record.h"
#include "finding/explain.h"
#include "finding/extended.h"
#include "finding/finding.h"

enum { RECORDS_MAX = 8, NOW_MS = 1000000 };

/* Answers from records written as JSON. */
struct fixture {
    struct lookup lookup; /* first: handed out as such */
    struct arena *arena;
    struct json_document *document;
    struct lookup_match matches[RECORDS_MAX];
    size_t count;
    bool is_damaged;
    struct finding_list findings;
    struct error err;
};

static bool find(const struct lookup *lookup, struct arena *arena, struct view ecosystem, struct view name,
    struct lookup_match **matches, size_t *count, struct error *err)
{
    const struct fixture *fixture = (const struct fixture *)lookup;
    if (fixture->is_damaged)
        return error_set(err, ERROR_CORRUPT, "damaged");
    *matches = ARENA_ARRAY(arena, struct lookup_match, fixture->count);
    *count = 0;
    for (size_t i = 0; i < fixture->count; i++) {
        const struct advisory *advisory = &fixture->matches[i].advisory;
        bool is_named = false;
        for (size_t j = 0; j < advisory->affected_count; j++)
            is_named =
                is_named || view_equal(ecosystem_package_name(arena, ecosystem, advisory->affected[j].name), name);
        if (is_named)
            (*matches)[(*count)++] = fixture->matches[i];
    }
    return true;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->lookup.find = find;
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

/* `head` = members of the record, then one affected element; `rest` = its further members. */
static void add(struct fixture *fixture, const char *head, const char *ecosystem, const char *name, const char *rest)
{
    char text[2000];
    struct json record;
    snprintf(text, sizeof(text), "{%s,\"affected\":[{\"package\":{\"ecosystem\":\"%s\",\"name\":\"%s\"},%s}]}", head,
        ecosystem, name, rest);
    struct lookup_match *match = &fixture->matches[fixture->count++];
    match->feed = "osv";
    assert_ok(
        json_parse(fixture->document, view_text(text), JSON_BYTES_MAX, "test", &record, &fixture->err), &fixture->err);
    assert_ok(osv_record_parse(fixture->arena, record, &match->advisory, &fixture->err), &fixture->err);
}

#define RANGE(events) "\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[" events "]}]"
#define BEFORE(version) RANGE("{\"introduced\":\"0\"},{\"fixed\":\"" version "\"}")
#define ALL RANGE("{\"introduced\":\"0\"}")

static struct package debian_package(void)
{
    return (struct package){.type = PACKAGE_DEB,
        .name = view_text("libssl3"),
        .version = view_text("3.0.11-1+b1"),
        .source_name = view_text("openssl"),
        .source_version = view_text("3.0.11-1"),
        .ecosystem = view_text("Debian:12")};
}

static void match(struct fixture *fixture, const struct package *package)
{
    assert_ok(match_package(fixture->arena, &fixture->lookup, package, NOW_MS, &fixture->findings, &fixture->err),
        &fixture->err);
}

static const struct finding *only_finding(const struct fixture *fixture)
{
    assert_int_equal(fixture->findings.count, 1);
    return &fixture->findings.items[0];
}

static void debian_packages_match_by_source_name_and_version(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    add(fixture, "\"id\":\"DSA-1-1\",\"upstream\":[\"CVE-2024-0001\"]", "Debian:12", "openssl", BEFORE("3.0.11-1+b1"));
    add(fixture, "\"id\":\"DSA-2-1\",\"upstream\":[\"CVE-2024-0002\"]", "Debian:12", "openssl", BEFORE("3.0.11-1"));
    add(fixture, "\"id\":\"DSA-3-1\",\"upstream\":[\"CVE-2024-0003\"]", "Debian:12", "libssl3", BEFORE("9"));
    add(fixture, "\"id\":\"DSA-4-1\",\"upstream\":[\"CVE-2024-0004\"]", "Debian:11", "openssl", BEFORE("9"));
    match(fixture, &package);
    const struct finding *finding = only_finding(fixture);
    assert_view_equal(finding->id, "CVE-2024-0001");
    assert_view_equal(finding->aliases[0], "DSA-1-1");
    assert_int_equal(finding->fix_state, FIX_AVAILABLE);
    assert_view_equal(finding->fixed_versions[0], "3.0.11-1+b1");
    assert_view_equal(finding->evidence[0].name, "openssl");
    assert_view_equal(finding->evidence[0].version, "3.0.11-1");
    assert_view_equal(finding->evidence[0].introduced, "0");
    assert_string_equal(finding->evidence[0].order, "dpkg");
    assert_string_equal(finding->evidence[0].feed, "osv");
}

static void an_advisory_about_several_vulnerabilities_gives_as_many_findings(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    add(fixture, "\"id\":\"DSA-1-1\",\"aliases\":[\"X-1\"],\"upstream\":[\"CVE-2024-0002\",\"CVE-2024-0001\"]",
        "Debian:12", "openssl", BEFORE("4"));
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 2);
    assert_view_equal(fixture->findings.items[0].id, "CVE-2024-0001");
    assert_view_equal(fixture->findings.items[1].id, "CVE-2024-0002");
    assert_int_equal(fixture->findings.items[0].alias_count, 1);
}

static void advisories_about_one_vulnerability_give_one_finding_with_all_evidence(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    add(fixture, "\"id\":\"DSA-2-1\",\"upstream\":[\"CVE-2024-0001\"]", "Debian:12", "openssl", BEFORE("3.0.11-10"));
    add(fixture, "\"id\":\"DEBIAN-CVE-2024-0001\",\"summary\":\"s\",\"aliases\":[\"CVE-2024-0001\",\"GHSA-1\"]",
        "Debian:12", "openssl", BEFORE("3.0.11-9"));
    add(fixture, "\"id\":\"DEBIAN-CVE-2024-0001\",\"aliases\":[\"CVE-2024-0001\"]", "Debian:12", "openssl",
        BEFORE("3.0.11-9"));
    match(fixture, &package);
    const struct finding *finding = only_finding(fixture);
    assert_int_equal(finding->evidence_count, 2);
    assert_view_equal(finding->evidence[0].advisory, "DEBIAN-CVE-2024-0001");
    assert_int_equal(finding->fixed_version_count, 2);
    assert_view_equal(finding->fixed_versions[0], "3.0.11-9");
    assert_view_equal(finding->fixed_versions[1], "3.0.11-10");
    assert_int_equal(finding->alias_count, 3);
    assert_view_equal(finding->aliases[2], "GHSA-1");
    assert_view_equal(finding->summary, "s");
}

static void withdrawn_records_match_until_their_withdrawal_only(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    add(fixture, "\"id\":\"A\",\"withdrawn\":\"1970-01-01T00:16:40Z\"", "Debian:12", "openssl", ALL);
    add(fixture, "\"id\":\"B\",\"withdrawn\":\"1970-01-01T00:16:41Z\"", "Debian:12", "openssl", ALL);
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "B");
}

static void the_distributions_word_tells_why_there_is_no_fix(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    static const struct {
        const char *rest;
        enum fix_state state;
    } rows[] = {
        {ALL, FIX_NONE},
        {ALL ",\"ecosystem_specific\":{\"urgency\":\"end-of-life\"}", FIX_END_OF_LIFE},
        {ALL ",\"ecosystem_specific\":{\"urgency\":\"unimportant\"}", FIX_WILL_NOT},
        {ALL ",\"ecosystem_specific\":{\"urgency\":\"low\"}", FIX_NONE},
        {ALL ",\"ecosystem_specific\":{\"status\":\"deferred\"}", FIX_DEFERRED},
        {ALL ",\"ecosystem_specific\":{\"status\":\"ignored\"}", FIX_WILL_NOT},
        {ALL ",\"ecosystem_specific\":{\"status\":\"needed\"}", FIX_NONE},
        {ALL ",\"database_specific\":{\"debian_status\":\"no-dsa\"}", FIX_WILL_NOT},
        {"\"versions\":[\"3.0.11-1\"]", FIX_UNKNOWN},
        {RANGE("{\"introduced\":\"0\"},{\"last_affected\":\"4\"}"), FIX_NONE},
        {BEFORE("4") ",\"ecosystem_specific\":{\"urgency\":\"end-of-life\"}", FIX_AVAILABLE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fixture->count = 0;
        add(fixture, "\"id\":\"A\"", "Debian:12", "openssl", rows[i].rest);
        match(fixture, &package);
        if (only_finding(fixture)->fix_state != rows[i].state)
            fail_msg("%s: %s", rows[i].rest, fix_state_name(only_finding(fixture)->fix_state));
    }
}

static void a_fix_outranks_the_words_of_other_advisories(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    add(fixture, "\"id\":\"A\",\"aliases\":[\"CVE-2024-0001\"]", "Debian:12", "openssl", BEFORE("4"));
    add(fixture, "\"id\":\"B\",\"aliases\":[\"CVE-2024-0001\"]", "Debian:12", "openssl",
        ALL ",\"ecosystem_specific\":{\"status\":\"ignored\"}");
    match(fixture, &package);
    assert_int_equal(only_finding(fixture)->fix_state, FIX_AVAILABLE);
}

static void never_affected_is_no_finding(void **state)
{
    struct fixture *fixture = *state;
    struct package package = {.type = PACKAGE_APK,
        .name = view_text("ssl_client"),
        .version = view_text("1.36.1-r2"),
        .source_name = view_text("busybox"),
        .source_version = view_text("1.36.1-r2"),
        .ecosystem = view_text("Alpine:v3.18")};
    add(fixture, "\"id\":\"A\"", "Alpine:v3.18", "busybox", BEFORE("0"));
    add(fixture, "\"id\":\"B\"", "Alpine:v3.18", "busybox", BEFORE("1.36.1-r3"));
    add(fixture, "\"id\":\"C\"", "Alpine:v3.18", "ssl_client", BEFORE("9"));
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "B");
    assert_string_equal(only_finding(fixture)->evidence[0].order, "alpine");
}

static void wolfi_is_asked_for_both_names(void **state)
{
    struct fixture *fixture = *state;
    struct package package = {.type = PACKAGE_APK,
        .name = view_text("libcrypto3"),
        .version = view_text("3.1.0-r0"),
        .source_name = view_text("openssl"),
        .source_version = view_text("3.1.0-r0"),
        .ecosystem = view_text("Wolfi")};
    add(fixture, "\"id\":\"A\",\"aliases\":[\"CVE-2024-0001\"]", "Wolfi", "openssl", BEFORE("4"));
    add(fixture, "\"id\":\"B\",\"aliases\":[\"CVE-2024-0001\"]", "Wolfi", "libcrypto3", BEFORE("5"));
    add(fixture, "\"id\":\"C\"", "Wolfi", "openssl-doc", BEFORE("5"));
    match(fixture, &package);
    assert_int_equal(only_finding(fixture)->evidence_count, 2);
    package.name = view_text("openssl");
    match(fixture, &package);
    assert_int_equal(only_finding(fixture)->evidence_count, 1);
}

static void rpm_versions_are_put_together_from_their_parts(void **state)
{
    struct fixture *fixture = *state;
    struct package package = {.type = PACKAGE_RPM,
        .name = view_text("bash"),
        .version = view_text("5.1"),
        .epoch = view_text("1"),
        .release = view_text("6"),
        .ecosystem = view_text("AlmaLinux:9")};
    add(fixture, "\"id\":\"A\"", "AlmaLinux:9", "bash", BEFORE("1:5.1-7"));
    add(fixture, "\"id\":\"B\"", "AlmaLinux:9", "bash", BEFORE("5.2-1"));
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->evidence[0].version, "1:5.1-6");
}

static struct package rpm_package(const char *ecosystem)
{
    return (struct package){.type = PACKAGE_RPM,
        .name = view_text("perl-Errno"),
        .version = view_text("1.30"),
        .release = view_text("481.el9"),
        .arch = view_text("x86_64"),
        .source_rpm = view_text("perl-5.32.1-481.el9.src.rpm"),
        .ecosystem = view_text(ecosystem)};
}

static void a_source_rpm_is_compared_without_epoch(void **state)
{
    struct fixture *fixture = *state;
    struct package package = rpm_package("AlmaLinux:9");
    add(fixture, "\"id\":\"A\"", "AlmaLinux:9", "perl", BEFORE("4:5.32.1-480.el9"));
    add(fixture, "\"id\":\"B\"", "AlmaLinux:9", "perl", BEFORE("4:5.32.1-482.el9"));
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "B");
    assert_view_equal(only_finding(fixture)->evidence[0].version, "5.32.1-481.el9");
}

static void an_epoch_that_the_database_leaves_out_does_not_count(void **state)
{
    struct fixture *fixture = *state;
    struct package package = rpm_package("openEuler:22.03-LTS-SP3");
    package.epoch = view_text("1");
    add(fixture, "\"id\":\"A\"", "openEuler:22.03-LTS-SP3", "perl-Errno", BEFORE("1.31-1"));
    add(fixture, "\"id\":\"B\"", "openEuler:22.03-LTS-SP3", "perl-Errno", BEFORE("1.29-1"));
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "A");
    package.ecosystem = view_text("AlmaLinux:9");
    fixture->count = 0;
    add(fixture, "\"id\":\"A\"", "AlmaLinux:9", "perl-Errno", BEFORE("1.31-1"));
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 0);
}

static void module_streams_meet_their_own_advisories_only(void **state)
{
    struct fixture *fixture = *state;
    struct package package = rpm_package("AlmaLinux:8");
    package.name = view_text("nodejs");
    package.source_rpm = view_text("");
    package.version = view_text("16.1.0");
    package.release = view_text("1.module_el8.8.0+3615");
    package.modularity = view_text("nodejs:16:8080020230718:63b34585");
    add(fixture, "\"id\":\"A\",\"summary\":\"Important: nodejs:16 security update\"", "AlmaLinux:8", "nodejs",
        BEFORE("1:16.2.0-1.module_el8.8.0+1"));
    add(fixture, "\"id\":\"B\",\"summary\":\"Important: nodejs:18 security update\"", "AlmaLinux:8", "nodejs",
        BEFORE("1:18.2.0-1.module_el8.8.0+1"));
    add(fixture, "\"id\":\"C\",\"summary\":\"Important: nodejs security update\"", "AlmaLinux:8", "nodejs",
        BEFORE("1:20.2.0-1.el8"));
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "A");
    package.modularity = view_text("");
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 0);
    package.release = view_text("1.el8");
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "C");
}

static void packages_of_other_vendors_are_not_the_distributions(void **state)
{
    struct fixture *fixture = *state;
    struct package package = rpm_package("AlmaLinux:9");
    add(fixture, "\"id\":\"A\"", "AlmaLinux:9", "perl-Errno", ALL);
    package.vendor = view_text("Fedora Project");
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 0);
    package.vendor = view_text("AlmaLinux");
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "A");
}

static void headers_of_the_kernel_have_none_of_its_vulnerabilities(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    package.name = view_text("linux-libc-dev");
    package.source_name = view_text("linux");
    add(fixture, "\"id\":\"A\"", "Debian:12", "linux", ALL);
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 0);
    package.name = view_text("linux-image-6.1.0-18-amd64");
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "A");
}

static struct package extended_package(const char *release)
{
    struct package package = rpm_package("Red Hat:rhel_eus:9.4::baseos");
    package.vendor = view_text("Red Hat, Inc.");
    package.source_rpm = view_text("");
    package.version = view_text("1.0");
    package.release = view_text(release);
    return package;
}

static void an_extended_stream_is_mended_by_its_own_advisories(void **state)
{
    struct fixture *fixture = *state;
    struct package package = extended_package("1.el9");
    const char *name = package.name.data;
    add(fixture, "\"id\":\"R-1\",\"upstream\":[\"CVE-2024-0001\"]", "Red Hat:enterprise_linux:9::baseos", name,
        BEFORE("0:1.0-9.el9_6"));
    match(fixture, &package);
    assert_int_equal(only_finding(fixture)->fixed_version_count, 0); /* its fix is for 9.6 */
    assert_int_equal(only_finding(fixture)->fix_state, FIX_NONE);
    add(fixture, "\"id\":\"R-2\",\"upstream\":[\"CVE-2024-0001\"]", "Red Hat:rhel_eus:9.4::baseos", name,
        BEFORE("0:1.0-2.el9_4.3"));
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->fixed_versions[0], "0:1.0-2.el9_4.3");
    assert_int_equal(only_finding(fixture)->fixed_version_count, 1);
    package = extended_package("2.el9_4.3");
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 0);
    /* What the release is mended by counts for the stream as well, up to its minor release. */
    add(fixture, "\"id\":\"R-3\",\"upstream\":[\"CVE-2024-0003\"]", "Red Hat:enterprise_linux:9::baseos", name,
        BEFORE("0:1.0-4.el9_4"));
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "CVE-2024-0003");
    assert_view_equal(only_finding(fixture)->fixed_versions[0], "0:1.0-4.el9_4");
    /* A second advisory of the stream for the same vulnerability keeps it open. */
    add(fixture, "\"id\":\"R-4\",\"upstream\":[\"CVE-2024-0001\"]", "Red Hat:rhel_eus:9.4::baseos", name,
        BEFORE("0:1.0-5.el9_4"));
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 2);
    package.ecosystem = view_text("Red Hat:enterprise_linux:9::baseos");
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 2);
    assert_view_equal(fixture->findings.items[0].fixed_versions[0], "0:1.0-9.el9_6");
}

static void builds_of_later_minor_releases_are_beyond_a_stream(void **state)
{
    (void)state;
    static const struct {
        const char *ecosystem, *fixed;
        bool is_beyond;
    } rows[] = {
        {"Red Hat:rhel_eus:9.4::baseos", "5.14.0-503.11.1.el9_5", true},
        {"Red Hat:rhel_eus:9.4::baseos", "5.14.0-427.50.1.el9_4", false},
        {"Red Hat:rhel_eus:9.4::baseos", "1:1.0-1.el9", false},
        {"Red Hat:rhel_eus:9.4::baseos", "1.0-1.module+el9.5.0+22759+4c1cc9ab", true},
        {"Red Hat:rhel_eus:9.4::baseos", "1.0-1.module+el9.4.0+1+a", false},
        {"Red Hat:rhel_eus:8.6::baseos", "1.0-1.el8_10.2", true},
        {"Red Hat:rhel_els:7::baseos", "1.0-1.el7_9.2", false},
        {"Red Hat:enterprise_linux:9::baseos", "1.0-1.el9_5", false},
        {"Red Hat:rhel_eus:9.4::baseos", "", false},
        {"Red Hat:rhel_eus:9.4::baseos", "1.0-1.el", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (extended_is_beyond(view_text(rows[i].ecosystem), view_text(rows[i].fixed)) != rows[i].is_beyond)
            fail_msg("%s and %s", rows[i].ecosystem, rows[i].fixed);
    }
}

/* One record with a regular and a Pro element of Ubuntu. */
static void add_ubuntu(struct fixture *fixture, const char *id, const char *pro_fix)
{
    char head[100], rest[500];
    snprintf(head, sizeof(head), "\"id\":\"%s\"", id);
    snprintf(rest, sizeof(rest),
        ALL "},{\"package\":{\"ecosystem\":\"Ubuntu:Pro:18.04:LTS\",\"name\":\"openssl\"},\"ranges\":[{\"type\":"
            "\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"%s\"}]}]",
        pro_fix);
    add(fixture, head, "Ubuntu:18.04:LTS", "openssl", rest);
}

static void fixes_of_ubuntu_pro_count_for_its_builds(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    package.ecosystem = view_text("Ubuntu:18.04:LTS");
    package.version = package.source_version = view_text("1.1.1-1ubuntu2");
    add_ubuntu(fixture, "A", "1.1.1-1ubuntu2+esm2");
    match(fixture, &package);
    assert_int_equal(only_finding(fixture)->fixed_version_count, 0);
    package.version = package.source_version = view_text("1.1.1-1ubuntu2+esm1");
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->fixed_versions[0], "1.1.1-1ubuntu2+esm2");
    package.version = package.source_version = view_text("1.1.1-1ubuntu2+esm2");
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 0);
    /* On an attached system the standard builds follow the Pro elements as well. */
    package.ecosystem = view_text("Ubuntu:Pro:18.04:LTS");
    package.version = package.source_version = view_text("1.1.1-1ubuntu2");
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->fixed_versions[0], "1.1.1-1ubuntu2+esm2");
    package.ecosystem = view_text("Ubuntu:18.04:LTS");
    fixture->count = 0;
    add(fixture, "\"id\":\"B\"", "Ubuntu:Pro:18.04:LTS", "openssl", BEFORE("1.1.1-1ubuntu2+esm2"));
    add(fixture, "\"id\":\"C\"", "Ubuntu:Pro:FIPS-updates:18.04:LTS", "openssl", BEFORE("9"));
    package.version = package.source_version = view_text("1.1.1-1ubuntu2");
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "B");
    assert_int_equal(only_finding(fixture)->fix_state, FIX_WILL_NOT);
    assert_int_equal(only_finding(fixture)->fixed_version_count, 0);
    assert_view_equal(only_finding(fixture)->evidence[0].fixed, "1.1.1-1ubuntu2+esm2");
}

static void aliases_of_one_vulnerability_are_one_finding(void **state)
{
    struct fixture *fixture = *state;
    struct package package = {.type = PACKAGE_NPM,
        .name = view_text("left-pad"),
        .version = view_text("1.0.0"),
        .ecosystem = view_text("npm")};
    add(fixture, "\"id\":\"GHSA-a\",\"aliases\":[\"NSWG-1\"]", "npm", "left-pad", ALL);
    add(fixture, "\"id\":\"NSWG-1\",\"aliases\":[\"GHSA-a\"]", "npm", "left-pad", ALL);
    add(fixture, "\"id\":\"X-1\",\"aliases\":[\"GHSA-b\",\"CVE-2024-0002\"]", "npm", "left-pad", ALL);
    add(fixture, "\"id\":\"GHSA-b\"", "npm", "left-pad", ALL);
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 2);
    assert_view_equal(fixture->findings.items[0].id, "CVE-2024-0002");
    assert_int_equal(fixture->findings.items[0].evidence_count, 2);
    assert_view_equal(fixture->findings.items[1].id, "NSWG-1");
    assert_view_equal(fixture->findings.items[1].aliases[0], "GHSA-a");
}

static void the_home_database_overrules_others(void **state)
{
    struct fixture *fixture = *state;
    struct package package = {.type = PACKAGE_CARGO,
        .name = view_text("serde_json"),
        .version = view_text("1.0.5"),
        .ecosystem = view_text("crates.io")};
    add(fixture, "\"id\":\"GHSA-a\",\"aliases\":[\"CVE-2024-0001\"]", "crates.io", "serde_json", BEFORE("2.0.0"));
    add(fixture, "\"id\":\"RUSTSEC-1\",\"aliases\":[\"CVE-2024-0001\"]", "crates.io", "serde_json", BEFORE("1.0.5"));
    add(fixture, "\"id\":\"GHSA-b\",\"aliases\":[\"CVE-2024-0002\"]", "crates.io", "serde_json", BEFORE("2.0.0"));
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "CVE-2024-0002");
}

/* Facts about CVE-2024-0001 and the rejected CVE-2024-0003. */
static bool find_facts(const struct lookup *lookup, struct arena *arena, struct view vulnerability,
    const struct vulnerability_facts **facts, struct error *err)
{
    (void)lookup;
    (void)err;
    struct vulnerability_facts *found = ARENA_NEW(arena, struct vulnerability_facts);
    found->ratings = ARENA_NEW(arena, struct severity_rating);
    found->ratings[0] = (struct severity_rating){
        .type = view_text("CVSS_V3"), .score = view_text("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")};
    found->rating_count = 1;
    found->is_rejected = view_is(vulnerability, "CVE-2024-0003");
    *facts = view_is(vulnerability, "CVE-2024-0002") ? NULL : found;
    return true;
}

static void facts_about_the_vulnerability_fill_what_advisories_leave_open(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    fixture->lookup.facts = find_facts;
    add(fixture, "\"id\":\"DSA-1-1\",\"upstream\":[\"CVE-2024-0001\",\"CVE-2024-0002\",\"CVE-2024-0003\"]", "Debian:12",
        "openssl", ALL);
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 2);
    assert_int_equal(fixture->findings.items[0].severity, SEVERITY_CRITICAL);
    assert_string_equal(fixture->findings.items[0].severity_source, "nvd");
    assert_non_null(fixture->findings.items[0].facts);
    assert_int_equal(fixture->findings.items[1].severity, SEVERITY_UNKNOWN);
    assert_null(fixture->findings.items[1].facts);
}

static void what_the_tracker_says_never_was_in_the_release_overrules_osv(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    add(fixture, "\"id\":\"DEBIAN-CVE-2024-0001\",\"upstream\":[\"CVE-2024-0001\"]", "Debian:12", "openssl", ALL);
    add(fixture, "\"id\":\"DSA-1-1\",\"upstream\":[\"CVE-2024-0001\",\"CVE-2024-0002\"]", "Debian:12", "openssl", ALL);
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 2);
    add(fixture, "\"id\":\"CVE-2024-0001/openssl\",\"upstream\":[\"CVE-2024-0001\"]", "Debian:12", "openssl",
        BEFORE("0"));
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 2); /* OSV says it of itself: the other record has another opinion */
    fixture->matches[2].feed = "debian";
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "CVE-2024-0002");
    package.ecosystem = view_text("Debian:11"); /* of which the tracker says nothing */
    fixture->matches[0].advisory.affected[0].ecosystem = package.ecosystem;
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "CVE-2024-0001");
}

static enum match_rule rule_of(struct fixture *fixture, const struct package *package, const char *vulnerability)
{
    struct match_candidate *candidates;
    size_t count;
    const struct match_question question = {package, NOW_MS, true};
    assert_ok(match_explain(fixture->arena, &fixture->lookup, &question, view_text(vulnerability), &candidates, &count,
                  &fixture->err),
        &fixture->err);
    assert_int_equal(count, 1);
    assert_string_equal(candidates[0].feed, "osv");
    return candidates[0].rule;
}

static void every_rejection_has_its_rule(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    add(fixture, "\"id\":\"A\",\"upstream\":[\"CVE-2024-0001\"]", "Debian:12", "openssl", ALL);
    add(fixture, "\"id\":\"B\"", "Debian:12", "openssl", BEFORE("3.0.11-1"));
    add(fixture, "\"id\":\"C\"", "Debian:11", "openssl", ALL);
    add(fixture, "\"id\":\"D\",\"withdrawn\":\"1970-01-01T00:16:40Z\"", "Debian:12", "openssl", ALL);
    add(fixture, "\"id\":\"E\"", "Debian:12", "openssl", BEFORE("0"));
    add(fixture, "\"id\":\"F\"", "Debian:12", "openssl", BEFORE("no version"));
    add(fixture, "\"id\":\"G\"", "Debian:12", "openssl", "\"ranges\":[]");
    assert_int_equal(rule_of(fixture, &package, "cve-2024-0001"), MATCH_AFFECTED);
    assert_int_equal(rule_of(fixture, &package, "B"), MATCH_VERSION_OUTSIDE);
    assert_int_equal(rule_of(fixture, &package, "C"), MATCH_OTHER_RELEASE);
    assert_int_equal(rule_of(fixture, &package, "D"), MATCH_WITHDRAWN);
    assert_int_equal(rule_of(fixture, &package, "E"), MATCH_NEVER_AFFECTED);
    assert_int_equal(rule_of(fixture, &package, "F"), MATCH_UNDECIDABLE);
    assert_int_equal(rule_of(fixture, &package, "G"), MATCH_NO_VERSIONS);
    package.name = view_text("linux-libc-dev");
    package.source_name = view_text("linux");
    fixture->count = 0;
    add(fixture, "\"id\":\"A\"", "Debian:12", "linux", ALL);
    assert_int_equal(rule_of(fixture, &package, "A"), MATCH_HEADERS_ONLY);
    package = rpm_package("AlmaLinux:8");
    fixture->count = 0;
    add(fixture, "\"id\":\"A\",\"summary\":\"perl:5.30 update\"", "AlmaLinux:8", "perl-Errno",
        BEFORE("9-1.module_el8"));
    assert_int_equal(rule_of(fixture, &package, "A"), MATCH_OTHER_MODULE);
    package.vendor = view_text("Fedora Project");
    package.modularity = view_text("perl:5.30:1:2");
    assert_int_equal(rule_of(fixture, &package, "A"), MATCH_THIRD_PARTY);
}

static void ranges_of_candidates_are_written_out(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    struct match_candidate *candidates;
    size_t count;
    const struct match_question question = {&package, NOW_MS, true};
    add(fixture, "\"id\":\"A\"", "Debian:12", "openssl",
        RANGE(
            "{\"introduced\":\"0\"},{\"fixed\":\"1\"},{\"introduced\":\"2\"},{\"last_affected\":\"3\"}") ",\"versions\":[\"7\",\"8\"]");
    assert_ok(
        match_explain(fixture->arena, &fixture->lookup, &question, view_text("A"), &candidates, &count, &fixture->err),
        &fixture->err);
    assert_view_equal(candidates[0].ranges, "from 0, fixed 1, from 2, up to and with 3; 2 listed versions");
    assert_view_equal(candidates[0].version, "3.0.11-1");
    assert_string_equal(candidates[0].order, "dpkg");
}

static void a_distribution_without_release_meets_no_release_of_it(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    package.ecosystem = view_text("Debian");
    add(fixture, "\"id\":\"A\"", "Debian:12", "openssl", ALL);
    add(fixture, "\"id\":\"B\"", "Debian", "openssl", ALL);
    match(fixture, &package);
    assert_view_equal(only_finding(fixture)->id, "B");
}

static void nothing_is_found_without_version_or_ecosystem(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    add(fixture, "\"id\":\"A\"", "Debian:12", "openssl", ALL);
    package.version = view_text("");
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 0);
    package = debian_package();
    package.ecosystem = view_text("");
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 0);
}

static void what_cannot_be_ordered_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    add(fixture, "\"id\":\"B\"", "Debian:12", "openssl", BEFORE("1.0-"));
    add(fixture, "\"id\":\"A\"", "Debian:12", "openssl", BEFORE("not a version"));
    match(fixture, &package);
    assert_int_equal(fixture->findings.count, 0);
    assert_true(fixture->findings.is_undecidable);
    assert_view_equal(fixture->findings.undecidable, "A");
}

static void the_best_severity_of_all_advisories_counts(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    static const char vector[] =
        "\"severity\":[{\"type\":\"CVSS_V3\",\"score\":\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"}]";
    char head[300];
    snprintf(head, sizeof(head), "\"id\":\"A\",\"aliases\":[\"CVE-2024-0001\"],%s", vector);
    add(fixture, head, "Debian:12", "openssl", ALL);
    snprintf(head, sizeof(head), "\"id\":\"B\",\"aliases\":[\"CVE-2024-0001\"],%s", vector);
    add(fixture, head, "Debian:12", "openssl", ALL ",\"ecosystem_specific\":{\"urgency\":\"medium\"}");
    match(fixture, &package);
    assert_int_equal(only_finding(fixture)->severity, SEVERITY_MEDIUM);
    assert_string_equal(only_finding(fixture)->severity_source, "distribution");
    assert_int_equal(only_finding(fixture)->rating_count, 1);
}

static void damage_is_an_error_and_no_empty_answer(void **state)
{
    struct fixture *fixture = *state;
    struct package package = debian_package();
    fixture->is_damaged = true;
    assert_fails(match_package(fixture->arena, &fixture->lookup, &package, NOW_MS, &fixture->findings, &fixture->err),
        &fixture->err, ERROR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(debian_packages_match_by_source_name_and_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            an_advisory_about_several_vulnerabilities_gives_as_many_findings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            advisories_about_one_vulnerability_give_one_finding_with_all_evidence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(withdrawn_records_match_until_their_withdrawal_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_distributions_word_tells_why_there_is_no_fix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fix_outranks_the_words_of_other_advisories, set_up, tear_down),
        cmocka_unit_test_setup_teardown(never_affected_is_no_finding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wolfi_is_asked_for_both_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rpm_versions_are_put_together_from_their_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_distribution_without_release_meets_no_release_of_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_found_without_version_or_ecosystem, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_ordered_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_best_severity_of_all_advisories_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_is_an_error_and_no_empty_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_source_rpm_is_compared_without_epoch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_epoch_that_the_database_leaves_out_does_not_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(module_streams_meet_their_own_advisories_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(packages_of_other_vendors_are_not_the_distributions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(headers_of_the_kernel_have_none_of_its_vulnerabilities, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_extended_stream_is_mended_by_its_own_advisories, set_up, tear_down),
        cmocka_unit_test(builds_of_later_minor_releases_are_beyond_a_stream),
        cmocka_unit_test_setup_teardown(fixes_of_ubuntu_pro_count_for_its_builds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(aliases_of_one_vulnerability_are_one_finding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_home_database_overrules_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            facts_about_the_vulnerability_fill_what_advisories_leave_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_the_tracker_says_never_was_in_the_release_overrules_osv, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_rejection_has_its_rule, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ranges_of_candidates_are_written_out, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
