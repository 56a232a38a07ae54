/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "scan/list.h"

enum { ENTRIES_MAX = 8 };

struct fixture {
    struct list_reader reader; /* first: handed out as such */
    struct arena *arena;
    struct view packages[ENTRIES_MAX]; /* "ecosystem name version source source-version place" */
    struct view licenses[ENTRIES_MAX]; /* of the packages */
    size_t package_count;
    struct view distro; /* "id version" */
    struct view gaps[ENTRIES_MAX]; /* "place: reason" */
    size_t gap_count;
    struct error err;
};

static bool on_package(struct list_reader *reader, const struct list_entry *entry, struct error *err)
{
    struct fixture *fixture = (struct fixture *)reader;
    const struct package *package = &entry->package;
    (void)err;
    assert_true(fixture->package_count < ENTRIES_MAX);
    fixture->licenses[fixture->package_count] = arena_copy(fixture->arena, entry->licenses);
    fixture->packages[fixture->package_count++] = arena_format(fixture->arena, "%.*s %.*s %.*s %.*s %.*s %.*s",
        VIEW_PRINT(package->ecosystem), VIEW_PRINT(package->name), VIEW_PRINT(package->version),
        VIEW_PRINT(package->source_name), VIEW_PRINT(package->source_version), VIEW_PRINT(entry->place));
    return true;
}

static bool on_distro(struct list_reader *reader, const struct distro *distro, struct error *err)
{
    struct fixture *fixture = (struct fixture *)reader;
    (void)err;
    fixture->distro = arena_format(fixture->arena, "%.*s %.*s", VIEW_PRINT(distro->id), VIEW_PRINT(distro->version_id));
    return true;
}

static bool on_gap(struct list_reader *reader, struct view place, struct view reason, struct error *err)
{
    struct fixture *fixture = (struct fixture *)reader;
    (void)err;
    assert_true(fixture->gap_count < ENTRIES_MAX);
    fixture->gaps[fixture->gap_count++] =
        arena_format(fixture->arena, "%.*s: %.*s", VIEW_PRINT(place), VIEW_PRINT(reason));
    return true;
}

static bool on_nothing(struct list_reader *reader, struct view place, struct view reason, struct error *err)
{
    (void)reader;
    (void)place;
    (void)reason;
    (void)err;
    return true;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->reader = (struct list_reader){on_package, on_distro, on_gap};
    fixture->arena = arena_new();
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

static void reads_package_urls_line_by_line(void **state)
{
    struct fixture *fixture = *state;
    struct view text = view_text("# two packages\n\npkg:npm/lodash@4.17.4\r\nno package\n  pkg:pypi/x@1  ");
    assert_ok(list_read_purls(&fixture->reader, text, &fixture->err), &fixture->err);
    assert_int_equal(fixture->package_count, 2);
    assert_view_equal(fixture->packages[0], "npm lodash 4.17.4   line 3");
    assert_view_equal(fixture->packages[1], "PyPI x 1   line 5");
    assert_int_equal(fixture->gap_count, 1);
    assert_true(view_starts_with(fixture->gaps[0], "line 4: package URL \"no package\""));
}

static void each_package_url_tells_its_own_distribution(void **state)
{
    struct fixture *fixture = *state;
    struct view text =
        view_text("pkg:deb/debian/a@1?distro=debian-12\npkg:apk/wolfi/b@1\npkg:deb/ubuntu/c@1?distro=jammy\n"
                  "pkg:deb/debian/d@1\n");
    assert_ok(list_read_purls(&fixture->reader, text, &fixture->err), &fixture->err);
    assert_int_equal(fixture->package_count, 4);
    assert_view_equal(fixture->packages[0], "Debian:12 a 1 a 1 line 1");
    assert_view_equal(fixture->packages[1], "Wolfi b 1 b 1 line 2");
    assert_view_equal(fixture->packages[2], "Ubuntu:22.04:LTS c 1 c 1 line 3");
    assert_view_equal(fixture->packages[3], "Debian d 1 d 1 line 4");
    assert_view_equal(fixture->distro, "debian 12");
}

static void packages_of_another_distribution_are_no_packages_of_the_document(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"bomFormat\":\"CycloneDX\",\"metadata\":{\"component\":{\"type\":\"operating-system\",\"name\":\"debian\","
        "\"version\":\"12.5\"}},\"components\":["
        "{\"bom-ref\":\"os\",\"type\":\"operating-system\",\"name\":\"debian\",\"version\":\"12.5\"},"
        "{\"bom-ref\":\"a\",\"type\":\"library\",\"purl\":\"pkg:deb/debian/a@1\"},"
        "{\"bom-ref\":\"b\",\"type\":\"library\",\"purl\":\"pkg:deb/ubuntu/b@1\"},"
        "{\"bom-ref\":\"c\",\"type\":\"library\",\"purl\":\"pkg:deb/c@1\"}]}";
    assert_ok(list_read_sbom(&fixture->reader, view_text(text), &fixture->err), &fixture->err);
    assert_view_equal(fixture->packages[0], "Debian:12 a 1 a 1 a");
    assert_view_equal(fixture->packages[1], "Ubuntu b 1 b 1 b");
    assert_view_equal(fixture->packages[2], "Debian:12 c 1 c 1 c");
}

static void reads_cyclonedx(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"bomFormat\":\"CycloneDX\",\"components\":["
        "{\"bom-ref\":\"a\",\"type\":\"library\",\"purl\":\"pkg:deb/debian/libssl3@3.0.11-1\",\"properties\":["
        "{\"name\":\"aquasecurity:trivy:SrcName\",\"value\":\"openssl\"},"
        "{\"name\":\"aquasecurity:trivy:SrcVersion\",\"value\":\"3.0.11\"},"
        "{\"name\":\"aquasecurity:trivy:SrcRelease\",\"value\":\"2\"}]},"
        "{\"bom-ref\":\"b\",\"type\":\"library\",\"purl\":\"pkg:npm/x@1\",\"components\":["
        "{\"bom-ref\":\"c\",\"type\":\"library\",\"purl\":\"pkg:npm/y@2\"}]},"
        "{\"bom-ref\":\"d\",\"type\":\"library\",\"name\":\"nameless\"},"
        "{\"bom-ref\":\"e\",\"type\":\"library\",\"purl\":\"pkg:npm/\"},"
        "{\"bom-ref\":\"os\",\"type\":\"operating-system\",\"name\":\"debian\",\"version\":\"12.5\"}]}";
    assert_ok(list_read_sbom(&fixture->reader, view_text(text), &fixture->err), &fixture->err);
    assert_view_equal(fixture->distro, "debian 12.5");
    assert_int_equal(fixture->package_count, 3);
    assert_view_equal(fixture->packages[0], "Debian:12 libssl3 3.0.11-1 openssl 3.0.11-2 a");
    assert_view_equal(fixture->packages[1], "npm x 1   b");
    assert_view_equal(fixture->packages[2], "npm y 2   c");
    assert_int_equal(fixture->gap_count, 2);
    assert_true(view_starts_with(fixture->gaps[0], "e: package URL"));
    assert_true(view_starts_with(fixture->gaps[1], ": 1 components have no package URL"));
}

static void reads_spdx(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"spdxVersion\":\"SPDX-2.3\",\"packages\":["
        "{\"SPDXID\":\"a\",\"sourceInfo\":\"built package from: busybox 1.36.1-r2\",\"externalRefs\":["
        "{\"referenceType\":\"cpe23Type\",\"referenceLocator\":\"cpe:x\"},"
        "{\"referenceType\":\"purl\",\"referenceLocator\":\"pkg:apk/alpine/ssl_client@1.36.1-r2\"}]},"
        "{\"SPDXID\":\"b\",\"externalRefs\":[{\"referenceType\":\"purl\",\"referenceLocator\":\"pkg:oci/app@1\"}]},"
        "{\"SPDXID\":\"os\",\"name\":\"alpine\",\"versionInfo\":\"3.18.4\","
        "\"primaryPackagePurpose\":\"OPERATING-SYSTEM\"}]}";
    assert_ok(list_read_sbom(&fixture->reader, view_text(text), &fixture->err), &fixture->err);
    assert_int_equal(fixture->package_count, 1);
    assert_view_equal(fixture->packages[0], "Alpine:v3.18 ssl_client 1.36.1-r2 busybox 1.36.1-r2 a");
    assert_int_equal(fixture->gap_count, 0);
}

static void reads_cyclonedx_in_xml(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"><metadata>"
        "<component type=\"container\" bom-ref=\"whole\"><purl>pkg:npm/whole@1</purl></component></metadata><components>"
        "<component type=\"library\" bom-ref=\"a\"><name>libssl3</name><purl>pkg:deb/debian/libssl3@3.0.11-1</purl>"
        "<properties><property name=\"aquasecurity:trivy:SrcName\">openssl</property>"
        "<property name=\"aquasecurity:trivy:SrcVersion\">3.0.11</property>"
        "<property name=\"aquasecurity:trivy:SrcRelease\">2</property></properties></component>"
        "<component type=\"library\" bom-ref=\"b\"><components><component type=\"library\" bom-ref=\"c\">"
        "<purl>pkg:npm/y@2</purl></component></components></component>"
        "<component type=\"library\" bom-ref=\"e\"><purl>pkg:npm/</purl></component>"
        "<component type=\"operating-system\" bom-ref=\"os\"><name>debian</name><version>12.5</version></component>"
        "</components></bom>";
    assert_ok(list_read_sbom(&fixture->reader, view_text(text), &fixture->err), &fixture->err);
    assert_view_equal(fixture->distro, "debian 12.5");
    assert_int_equal(fixture->package_count, 2);
    assert_view_equal(fixture->packages[0], "Debian:12 libssl3 3.0.11-1 openssl 3.0.11-2 a");
    assert_view_equal(fixture->packages[1], "npm y 2   c");
    assert_int_equal(fixture->gap_count, 2);
    assert_true(view_starts_with(fixture->gaps[0], "e: package URL"));
    assert_true(view_starts_with(fixture->gaps[1], ": 1 components have no package URL"));
}

static void reads_spdx_as_tags(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "# made by hand\nSPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\n\nPackageName: ssl_client\nSPDXID: a\n"
        "PackageSourceInfo: <text>built package from: busybox 1.36.1-r2</text>\n"
        "PackageComment: <text>two lines\nPackageName: no package</text>\n"
        "ExternalRef: SECURITY cpe23Type cpe:x\nExternalRef: PACKAGE-MANAGER purl pkg:apk/alpine/ssl_client@1.36.1-r2\n"
        "\nPackageName: app\nSPDXID: b\nExternalRef: PACKAGE-MANAGER purl pkg:oci/app@1\n"
        "\nFileName: ./a\nSPDXID: f\n\nPackageName: lib\nSPDXID: c\nPrimaryPackagePurpose: LIBRARY\n"
        "\nPackageName: alpine\nSPDXID: os\nPackageVersion: 3.18.4\nPrimaryPackagePurpose: OPERATING-SYSTEM\n";
    assert_ok(list_read_sbom(&fixture->reader, view_text(text), &fixture->err), &fixture->err);
    assert_int_equal(fixture->package_count, 1);
    assert_view_equal(fixture->packages[0], "Alpine:v3.18 ssl_client 1.36.1-r2 busybox 1.36.1-r2 a");
    assert_int_equal(fixture->gap_count, 1);
    assert_true(view_starts_with(fixture->gaps[0], ": 1 components have no package URL"));
}

static void keeps_licences(void **state)
{
    static const char *const documents[] = {
        "{\"bomFormat\":\"CycloneDX\",\"components\":[{\"type\":\"library\",\"purl\":\"pkg:npm/x@1\",\"licenses\":["
        "{\"license\":{\"id\":\"MIT\"}},{\"license\":{\"name\":\"mine\"}}]},"
        "{\"type\":\"library\",\"purl\":\"pkg:npm/y@1\",\"licenses\":[{\"expression\":\"MIT OR Apache-2.0\"}]},"
        "{\"type\":\"library\",\"purl\":\"pkg:npm/z@1\"}]}",
        "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"><components>"
        "<component type=\"library\"><licenses><license><id>MIT</id></license><license><name>mine</name></license>"
        "</licenses><purl>pkg:npm/x@1</purl></component>"
        "<component type=\"library\"><licenses><expression>MIT OR Apache-2.0</expression></licenses>"
        "<purl>pkg:npm/y@1</purl></component>"
        "<component type=\"library\"><purl>pkg:npm/z@1</purl></component></components></bom>",
        "{\"spdxVersion\":\"SPDX-2.3\",\"packages\":[{\"licenseConcluded\":\"NOASSERTION\",\"licenseDeclared\":\"MIT\","
        "\"externalRefs\":[{\"referenceType\":\"purl\",\"referenceLocator\":\"pkg:npm/x@1\"}]},"
        "{\"licenseConcluded\":\"MIT OR Apache-2.0\",\"licenseDeclared\":\"MIT\","
        "\"externalRefs\":[{\"referenceType\":\"purl\",\"referenceLocator\":\"pkg:npm/y@1\"}]},"
        "{\"externalRefs\":[{\"referenceType\":\"purl\",\"referenceLocator\":\"pkg:npm/z@1\"}]}]}",
        "SPDXVersion: SPDX-2.3\nPackageName: x\nSPDXID: a\nPackageLicenseConcluded: NOASSERTION\n"
        "PackageLicenseDeclared: MIT\nExternalRef: PACKAGE-MANAGER purl pkg:npm/x@1\n"
        "\nPackageName: y\nSPDXID: b\nPackageLicenseConcluded: MIT OR Apache-2.0\nPackageLicenseDeclared: MIT\n"
        "ExternalRef: PACKAGE-MANAGER purl pkg:npm/y@1\n"
        "\nPackageName: z\nSPDXID: c\nExternalRef: PACKAGE-MANAGER purl pkg:npm/z@1\n",
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        fixture->package_count = 0;
        assert_ok(list_read_sbom(&fixture->reader, view_text(documents[i]), &fixture->err), &fixture->err);
        assert_int_equal(fixture->package_count, 3);
        assert_view_equal(fixture->licenses[0], i < 2 ? "MIT\nmine" : "MIT");
        assert_view_equal(fixture->licenses[1], "MIT OR Apache-2.0");
        assert_view_equal(fixture->licenses[2], "");
    }
}

static void refuses_other_documents(void **state)
{
    struct fixture *fixture = *state;
    assert_fails(
        list_read_sbom(&fixture->reader, view_text("<html></html>"), &fixture->err), &fixture->err, ERROR_UNSUPPORTED);
    assert_fails(list_read_sbom(&fixture->reader, view_text("<bom>"), &fixture->err), &fixture->err, ERROR_INVALID);
    assert_fails(list_read_sbom(&fixture->reader, view_text("{}"), &fixture->err), &fixture->err, ERROR_UNSUPPORTED);
    assert_fails(list_read_sbom(&fixture->reader, view_text("{"), &fixture->err), &fixture->err, ERROR_INVALID);
    assert_fails(
        list_read_sbom(&fixture->reader, view_text("{\"bomFormat\":\"CycloneDX\",\"components\":{}}"), &fixture->err),
        &fixture->err, ERROR_INVALID);
}

static void too_many_packages_are_an_error(void **state)
{
    struct fixture *fixture = *state;
    static const char entry[] = "x\n";
    size_t size = ((size_t)LIST_PACKAGES_MAX + 1) * strlen(entry);
    char *text = malloc(size);
    for (size_t i = 0; i < size; i++)
        text[i] = entry[i % strlen(entry)];
    fixture->gap_count = 0;
    fixture->reader.gap = on_nothing;
    assert_fails(list_read_purls(&fixture->reader, view_of(text, size), &fixture->err), &fixture->err, ERROR_LIMIT);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_package_urls_line_by_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_package_url_tells_its_own_distribution, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            packages_of_another_distribution_are_no_packages_of_the_document, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_cyclonedx, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_spdx, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_cyclonedx_in_xml, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_spdx_as_tags, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_licences, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_licences, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_other_documents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_packages_are_an_error, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
