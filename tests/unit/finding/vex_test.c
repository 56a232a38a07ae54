/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "finding/vex.h"

enum { CLAIMS_MAX = 10 };

struct fixture {
    struct vex_reader reader; /* first: handed out as such */
    struct arena *arena;
    struct json_document *document;
    struct vex_header header;
    struct vex_claim claims[CLAIMS_MAX];
    size_t count;
    struct error err;
};

static bool take_header(struct vex_reader *reader, const struct vex_header *header, struct error *err)
{
    (void)err;
    ((struct fixture *)reader)->header = *header;
    return true;
}

static bool take_claim(struct vex_reader *reader, const struct vex_claim *claim, struct error *err)
{
    struct fixture *fixture = (struct fixture *)reader;
    if (fixture->count == CLAIMS_MAX)
        return error_set(err, ERROR_LIMIT, "too many for this test");
    struct vex_claim *taken = &fixture->claims[fixture->count++];
    *taken = *claim;
    taken->ids = arena_copy(fixture->arena, claim->ids);
    return true;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->reader = (struct vex_reader){take_header, take_claim};
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

static bool read_text(struct fixture *fixture, const char *text)
{
    struct json root;
    fixture->count = 0;
    assert_ok(
        json_parse(fixture->document, view_text(text), VEX_BYTES_MAX, "document", &root, &fixture->err), &fixture->err);
    return vex_read(fixture->arena, root, &fixture->reader, &fixture->err);
}

#define OPENVEX(statements)                                                                                            \
    "{\"@context\": \"https://openvex.dev/ns/v0.2.0\", \"@id\": \"https://example.org/vex-1\", \"author\": \"Team\","  \
    " \"timestamp\": \"2026-01-02T03:04:05Z\", \"version\": 1, \"statements\": [" statements "]}"

static void openvex_statements_become_claims(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(read_text(fixture,
                  OPENVEX("{\"vulnerability\": {\"name\": \"CVE-2026-1\", \"aliases\": [\"GHSA-x\"]},"
                          " \"products\": [{\"@id\": \"pkg:oci/app@sha256%3Aab\", \"subcomponents\": [{\"@id\":"
                          " \"pkg:npm/a\"}, {\"@id\": \"pkg:npm/b@1\"}]}, {\"@id\": \"x\", \"identifiers\":"
                          " {\"purl\": \"pkg:npm/c\"}}], \"status\": \"not_affected\", \"justification\":"
                          " \"component_not_present\"}, {\"vulnerability\": {\"@id\":"
                          " \"https://nvd.nist.gov/vuln/detail/CVE-2026-2\"}, \"timestamp\": \"2026-02-01T00:00:00Z\","
                          " \"products\": [{\"@id\": \"app\", \"hashes\": {\"sha-256\": \"cd\"}}], \"status\":"
                          " \"affected\", \"action_statement\": \"update\"}")),
        &fixture->err);
    assert_string_equal(fixture->header.format, "OpenVEX");
    assert_view_equal(fixture->header.author, "Team");
    assert_int_equal(fixture->count, 4);
    assert_view_equal(fixture->claims[0].ids, "CVE-2026-1\nGHSA-x");
    assert_view_equal(fixture->claims[0].component.purl, "pkg:npm/a");
    assert_view_equal(fixture->claims[1].component.purl, "pkg:npm/b@1");
    assert_view_equal(fixture->claims[1].justification, "component_not_present");
    assert_view_equal(fixture->claims[2].product.purl, "pkg:npm/c");
    assert_int_equal(fixture->claims[2].component.name.size, 0);
    assert_view_equal(fixture->claims[3].ids, "CVE-2026-2");
    assert_view_equal(fixture->claims[3].statement, "update");
    assert_view_equal(fixture->claims[3].product.sha256, "cd");
    assert_true(fixture->claims[3].time_ms > fixture->claims[0].time_ms);
}

static void the_first_version_of_openvex_is_read(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(read_text(fixture,
                  "{\"@context\": \"https://openvex.dev/ns\", \"author\": \"Team\", \"timestamp\":"
                  " \"2023-01-02T03:04:05Z\", \"statements\": [{\"vulnerability\": \"CVE-2026-1\", \"products\":"
                  " [\"pkg:oci/app\"], \"subcomponents\": [\"pkg:npm/a\"], \"status\": \"fixed\"}]}"),
        &fixture->err);
    assert_int_equal(fixture->count, 1);
    assert_view_equal(fixture->claims[0].product.purl, "pkg:oci/app");
    assert_view_equal(fixture->claims[0].component.purl, "pkg:npm/a");
    assert_int_equal(fixture->claims[0].status, VEX_FIXED);
}

#define STATEMENT(more)                                                                                                \
    "{\"vulnerability\": {\"name\": \"CVE-2026-1\"}, \"products\": [{\"@id\": \"pkg:npm/a\"}]" more "}"

static void invalid_documents_are_refused_with_the_reason(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *text;
        const char *reason;
    } rows[] = {
        {"{}", "neither OpenVEX"},
        {"{\"@context\": \"https://openvex.dev/ns\", \"timestamp\": \"2026-01-02T03:04:05Z\"}", "no \"author\""},
        {"{\"@context\": \"https://openvex.dev/ns\", \"author\": \"a\"}", "no \"timestamp\""},
        {"{\"@context\": \"https://openvex.dev/ns\", \"author\": \"a\", \"timestamp\": \"soon\"}", "timestamp"},
        {OPENVEX(""), "no \"statements\""},
        {OPENVEX(STATEMENT("")), "statement 1: its status \"\""},
        {OPENVEX(STATEMENT(", \"status\": \"fine\"")), "its status \"fine\" is none of"},
        {OPENVEX(STATEMENT(", \"status\": \"fixed\"") "," STATEMENT(", \"status\": \"not_affected\"")),
            "statement 2: it says not_affected without"},
        {OPENVEX(STATEMENT(", \"status\": \"not_affected\", \"justification\": \"because\"")), "no justification"},
        {OPENVEX(STATEMENT(", \"status\": \"fixed\", \"timestamp\": \"never\"")), "its \"timestamp\""},
        {OPENVEX("{\"products\": [\"pkg:npm/a\"], \"status\": \"fixed\"}"), "no vulnerability"},
        {OPENVEX("{\"vulnerability\": \"CVE-2026-1\", \"status\": \"fixed\"}"), "no \"products\""},
        {OPENVEX("{\"vulnerability\": \"CVE-2026-1\", \"products\": [{}], \"status\": \"fixed\"}"), "neither \"@id\""},
        {"{\"document\": {\"csaf_version\": \"1.2\"}}", "csaf_version"},
        {"{\"document\": {\"csaf_version\": \"2.0\"}}", "no \"id\""},
        {"{\"document\": {\"csaf_version\": \"2.0\", \"tracking\": {\"id\": \"x\"}}}", "current_release_date"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(read_text(fixture, rows[i].text));
        if (strstr(fixture->err.message, rows[i].reason) == NULL)
            fail_msg("row %zu: %s", i, fixture->err.message);
    }
}

#define CSAF(tree, vulnerabilities)                                                                                    \
    "{\"document\": {\"category\": \"csaf_vex\", \"csaf_version\": \"2.0\", \"publisher\": {\"name\": \"Vendor\"},"    \
    " \"tracking\": {\"id\": \"V-1\", \"current_release_date\": \"2026-01-02T03:04:05Z\"}}, \"product_tree\": {" tree  \
    "}, \"vulnerabilities\": [" vulnerabilities "]}"

#define TREE                                                                                                           \
    "\"branches\": [{\"category\": \"vendor\", \"name\": \"V\", \"branches\": [{\"category\": \"product_name\","       \
    " \"name\": \"Linux\", \"product\": {\"name\": \"Linux 9\", \"product_id\": \"l9\","                               \
    " \"product_identification_helper\": {\"cpe\": \"cpe:/o:redhat:enterprise_linux:9\"}}}, {\"category\":"            \
    " \"product_version_range\", \"name\": \"vers:rpm/<3.0\", \"product\": {\"name\": \"ssl\", \"product_id\":"        \
    " \"ssl\", \"product_identification_helper\": {\"purl\": \"pkg:rpm/redhat/openssl?arch=src\"}}}]}],"               \
    " \"relationships\": [{\"category\": \"default_component_of\", \"full_product_name\": {\"name\": \"ssl of 9\","    \
    " \"product_id\": \"l9:ssl\"}, \"product_reference\": \"ssl\", \"relates_to_product_reference\": \"l9\"}],"        \
    " \"product_groups\": [{\"group_id\": \"g\", \"product_ids\": [\"l9:ssl\"]}]"

static void csaf_statuses_become_claims(void **state)
{
    struct fixture *fixture = *state;
    assert_ok(
        read_text(fixture,
            CSAF(TREE, "{\"cve\": \"CVE-2026-1\", \"flags\": [{\"label\": \"component_not_present\","
                       " \"group_ids\": [\"g\"]}], \"threats\": [{\"category\": \"impact\", \"details\": \"none\","
                       " \"product_ids\": [\"l9:ssl\"]}], \"product_status\": {\"known_not_affected\":"
                       " [\"l9:ssl\"], \"known_affected\": [\"l9\"]}, \"remediations\": [{\"category\":"
                       " \"no_fix_planned\", \"details\": \"wait\"}]}")),
        &fixture->err);
    assert_string_equal(fixture->header.format, "CSAF");
    assert_view_equal(fixture->header.id, "V-1");
    assert_view_equal(fixture->header.author, "Vendor");
    assert_int_equal(fixture->count, 2);
    const struct vex_claim *claim = &fixture->claims[0];
    assert_int_equal(claim->status, VEX_NOT_AFFECTED);
    assert_view_equal(claim->justification, "component_not_present");
    assert_view_equal(claim->statement, "none");
    assert_view_equal(claim->product.cpe, "cpe:/o:redhat:enterprise_linux:9");
    assert_view_equal(claim->component.purl, "pkg:rpm/redhat/openssl?arch=src");
    assert_view_equal(claim->component.range, "vers:rpm/<3.0");
    assert_int_equal(fixture->claims[1].status, VEX_AFFECTED);
    assert_view_equal(fixture->claims[1].statement, "wait");
}

static void csaf_products_must_be_defined_once(void **state)
{
    struct fixture *fixture = *state;
    assert_fails(read_text(fixture, CSAF(TREE, "{\"cve\": \"CVE-2026-1\", \"product_status\": {\"fixed\": [\"no\"]}}")),
        &fixture->err, ERROR_INVALID);
    assert_non_null(strstr(fixture->err.message, "there is no product \"no\""));
    assert_fails(read_text(fixture, CSAF(TREE, "{\"cve\": \"CVE-2026-1\", \"flags\": [{\"label\": \"x\", \"group_ids\":"
                                               " [\"h\"]}]}")),
        &fixture->err, ERROR_INVALID);
    assert_non_null(strstr(fixture->err.message, "there is no group \"h\""));
    assert_fails(read_text(fixture, CSAF("\"full_product_names\": [{\"product_id\": \"a\"}, {\"product_id\": \"a\"}]",
                                        "{\"cve\": \"CVE-2026-1\"}")),
        &fixture->err, ERROR_INVALID);
    assert_non_null(strstr(fixture->err.message, "defined twice"));
    assert_fails(read_text(fixture, CSAF(TREE, "")), &fixture->err, ERROR_INVALID);
    assert_fails(read_text(fixture, CSAF(TREE, "{}")), &fixture->err, ERROR_INVALID);
}

static bool is_package(struct fixture *fixture, const char *purl, const char *range, const struct package *package,
    const struct distro *distro)
{
    struct vex_subject subject = {.purl = view_text(purl), .range = view_text(range)};
    return vex_is_package(fixture->arena, &subject, package, distro);
}

static void package_urls_name_a_debian_package(void **state)
{
    struct fixture *fixture = *state;
    const struct distro distro = {.id = view_text("debian"),
        .version_id = view_text("12"),
        .version_codename = view_text("bookworm"),
        .is_known = true};
    const struct package package = {.type = PACKAGE_DEB,
        .name = view_text("libssl3"),
        .version = view_text("1:3.0.11-1"),
        .arch = view_text("amd64"),
        .source_name = view_text("openssl"),
        .source_version = view_text("1:3.0.11-1"),
        .ecosystem = view_text("Debian:12")};
    static const struct {
        const char *purl;
        const char *range;
        bool is_it;
    } rows[] = {
        {"pkg:deb/debian/libssl3", "", true},
        {"pkg:deb/debian/libssl3@1%3A3.0.11-1", "", true},
        {"pkg:deb/debian/libssl3@1:3.0.11-1?arch=amd64&distro=debian-12", "", true},
        {"pkg:deb/debian/libssl3?distro=bookworm", "", true},
        {"pkg:deb/debian/libssl3@3.0.11-1?epoch=1", "", true},
        {"pkg:deb/debian/openssl@1%3A3.0.11-1?arch=source", "", true},
        {"pkg:deb/debian/libssl3", "vers:deb/<1%3A3.1", true},
        {"pkg:deb/debian/libssl3?vers=deb/<1%253A3.1", "", true},
        {"pkg:deb/debian/libssl3", "vers:deb/<3.1", false},
        {"pkg:deb/debian/libssl3", "vers:no/<3.1", false},
        {"pkg:deb/debian/openssl", "", false},
        {"pkg:deb/debian/libssl3@3.0.11-1", "", false},
        {"pkg:deb/debian/libssl3@1%3A3.0.11-2", "", false},
        {"pkg:deb/debian/libssl3?arch=arm64", "", false},
        {"pkg:deb/debian/libssl3?distro=debian-11", "", false},
        {"pkg:deb/debian/libssl3?distro=trixie", "", false},
        {"pkg:deb/debian/libssl3?flavour=fips", "", false},
        {"pkg:deb/debian/libssl3#etc", "", false},
        {"pkg:deb/ubuntu/libssl3", "", false},
        {"pkg:rpm/debian/libssl3", "", false},
        {"libssl3", "", false},
        {"", "", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (is_package(fixture, rows[i].purl, rows[i].range, &package, &distro) != rows[i].is_it)
            fail_msg("%s %s", rows[i].purl, rows[i].range);
    }
}

static void package_urls_name_rpms_and_language_packages(void **state)
{
    struct fixture *fixture = *state;
    const struct distro distro = {.id = view_text("rhel"), .version_id = view_text("9.3"), .is_known = true};
    const struct package rpm = {.type = PACKAGE_RPM,
        .name = view_text("openssl-libs"),
        .version = view_text("3.0.7"),
        .release = view_text("1.el9"),
        .epoch = view_text("1"),
        .arch = view_text("x86_64"),
        .source_rpm = view_text("openssl-3.0.7-1.el9.src.rpm"),
        .ecosystem = view_text("Red Hat:enterprise_linux:9")};
    const struct package python = {.type = PACKAGE_PYPI,
        .name = view_text("Foo.Bar"),
        .version = view_text("1.0"),
        .ecosystem = view_text("PyPI")};
    const struct package jar = {.type = PACKAGE_MAVEN,
        .name = view_text("org.x:y"),
        .version = view_text("1.0"),
        .ecosystem = view_text("Maven")};
    assert_true(is_package(fixture, "pkg:rpm/redhat/openssl-libs@3.0.7-1.el9?arch=x86_64&epoch=1", "", &rpm, &distro));
    assert_true(is_package(fixture, "pkg:rpm/redhat/openssl?arch=src", "", &rpm, &distro));
    assert_true(is_package(fixture, "pkg:rpm/redhat/openssl-libs?distro=rhel-9", "", &rpm, &distro));
    assert_true(is_package(fixture, "pkg:rpm/redhat/openssl-libs", "vers:rpm/<1%3A3.0.8", &rpm, &distro));
    assert_false(is_package(fixture, "pkg:rpm/redhat/openssl-libs", "vers:rpm/<3.0.8", &rpm, &distro));
    assert_false(is_package(fixture, "pkg:rpm/redhat/openssl-libs@3.0.7-1.el9", "", &rpm, &distro));
    assert_false(is_package(fixture, "pkg:rpm/redhat/openssl", "", &rpm, &distro));
    assert_true(is_package(fixture, "pkg:pypi/foo-bar@1.0", "", &python, &distro));
    assert_false(is_package(fixture, "pkg:pypi/foo@1.0", "", &python, &distro));
    assert_true(is_package(fixture, "pkg:maven/org.x/y@1.0?type=jar", "", &jar, &distro));
    assert_false(is_package(fixture, "pkg:maven/org.x/y@1.0?type=war", "", &jar, &distro));
}

static void images_are_known_by_reference_digest_and_package_url(void **state)
{
    struct fixture *fixture = *state;
    static struct view digests[] = {VIEW_LITERAL("sha256:aa"), VIEW_LITERAL("sha256:bb")};
    const struct vex_image image = {.reference = view_text("r.example/team/app:1.2"),
        .repository = view_text("r.example/team/app"),
        .tag = view_text("1.2"),
        .digests = digests,
        .digest_count = 2,
        .architecture = view_text("amd64")};
    static const struct {
        const char *name;
        bool is_it;
        bool is_it_locally; /* from no registry */
    } rows[] = {
        {"r.example/team/app:1.2", true, true},
        {"r.example/team/app", true, false},
        {"r.example/team/app:1.3", false, false},
        {"r.example/team/other", false, false},
        {"sha256:bb", true, true},
        {"pkg:oci/app@sha256%3Aaa", true, true},
        {"pkg:oci/app@sha256:cc", false, false},
        {"pkg:oci/app?repository_url=r.example/team/app&tag=1.2", true, false},
        {"pkg:oci/app?repository_url=r.example/team", true, false},
        {"pkg:oci/app?repository_url=r.example/other", false, false},
        {"pkg:oci/app?tag=2", false, false},
        {"pkg:oci/app@sha256%3Aaa?arch=arm64", false, false},
        {"pkg:oci/other", false, false},
        {"pkg:npm/app", false, false},
        {"Some product", false, false},
    };
    struct vex_image local = image;
    local.repository = local.tag = view_text("");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct vex_subject subject = {.name = view_text(rows[i].name)};
        if (view_starts_with(subject.name, "pkg:"))
            subject.purl = subject.name;
        if (vex_is_image(fixture->arena, &subject, &image) != rows[i].is_it ||
            vex_is_image(fixture->arena, &subject, &local) != rows[i].is_it_locally)
            fail_msg("%s", rows[i].name);
    }
    const struct vex_image hub = {.repository = view_text("docker.io/library/nginx"), .tag = view_text("1")};
    const struct vex_subject by_hub = {.purl = view_text("pkg:docker/nginx@1")};
    const struct vex_subject by_index = {
        .purl = view_text("pkg:oci/nginx?repository_url=index.docker.io/library/nginx")};
    assert_true(vex_is_image(fixture->arena, &by_hub, &hub));
    assert_true(vex_is_image(fixture->arena, &by_index, &hub));
    const struct vex_subject by_hash = {.name = view_text("x"), .sha256 = view_text("aa")};
    assert_true(vex_is_image(fixture->arena, &by_hash, &image));
}

static void distributions_are_known_by_their_cpe(void **state)
{
    (void)state;
    struct view product = view_text("cpe:/a:redhat:openshift:4.14::el9");
    const struct distro distro = {
        .cpe_name = view_text("cpe:/o:redhat:enterprise_linux:9.2::baseos"), .products = {&product, 1, 1}};
    static const struct {
        const char *cpe;
        bool is_it;
    } rows[] = {
        {"cpe:/o:redhat:enterprise_linux:9", true},
        {"cpe:/a:redhat:enterprise_linux:9::appstream", true},
        {"cpe:/o:redhat:enterprise_linux:9.2", true},
        {"cpe:2.3:o:redhat:enterprise_linux:9:*:*:*:*:*:*:*", true},
        {"cpe:/o:redhat:enterprise_linux", true},
        {"cpe:/o:redhat:enterprise_linux:9.20", false},
        {"cpe:/o:redhat:enterprise_linux:8", false},
        {"cpe:/a:redhat:openshift:4.14", true},
        {"cpe:/a:redhat:openshift:4.1", false},
        {"cpe:/o:redhat:rhel_eus:9.2", false},
        {"cpe:/o:redhat", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct vex_subject subject = {.cpe = view_text(rows[i].cpe)};
        if (vex_is_distro(&subject, &distro) != rows[i].is_it)
            fail_msg("%s", rows[i].cpe);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(openvex_statements_become_claims, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_version_of_openvex_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(invalid_documents_are_refused_with_the_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(csaf_statuses_become_claims, set_up, tear_down),
        cmocka_unit_test_setup_teardown(csaf_products_must_be_defined_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(package_urls_name_a_debian_package, set_up, tear_down),
        cmocka_unit_test_setup_teardown(package_urls_name_rpms_and_language_packages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(images_are_known_by_reference_digest_and_package_url, set_up, tear_down),
        cmocka_unit_test_setup_teardown(distributions_are_known_by_their_cpe, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
