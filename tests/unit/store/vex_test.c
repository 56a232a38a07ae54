/* SPDX-License-Identifier: Apache-2.0 */
/* VEX documents of organizations: what they say reaches counters, verdicts and findings, and goes with the document. */
#include "base/json.h"
#include "store/acceptance.h"
#include "store/accepted_risks.h"
#include "store/evaluations.h"
#include "store/vex_documents.h"
#include "tests/unit/store/rematch_fixture.h"

#define STATEMENT(vulnerability, product, status)                                                                      \
    "{\"vulnerability\":{\"name\":\"" vulnerability "\"},\"products\":[{\"@id\":\"" product                            \
    "\"}],\"status\":\"" status "\",\"impact_statement\":\"it is not called\"}"
#define DOCUMENT(id, time, statements)                                                                                 \
    "{\"@context\":\"https://openvex.dev/ns/v0.2.0\",\"@id\":\"" id                                                    \
    "\",\"author\":\"Security Team\",\"timestamp\":\"" time "\",\"version\":1,\"statements\":[" statements "]}"
#define OLD "2026-01-01T00:00:00Z"
#define NEW "2026-02-01T00:00:00Z"

static bool import_in(
    struct fixture *fixture, int64_t organization, const char *text, struct vex_document_row *row, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct vex_statements statements;
    struct json root;
    assert_ok(json_parse(document, view_text(text), VEX_BYTES_MAX, "document", &root, err), err);
    assert_ok(vex_read_all(fixture->arena, root, &statements, err), err);
    return store_import_vex(fixture->store, fixture->arena, organization, &statements, view_text("admin"), row, err);
}

static struct vex_document_row import(struct fixture *fixture, const char *text)
{
    struct error err;
    struct vex_document_row row;
    assert_ok(import_in(fixture, fixture->account.organization, text, &row, &err), &err);
    return row;
}

static void delete (struct fixture *fixture, const struct vex_document_row *row)
{
    struct error err;
    assert_ok(
        store_delete_vex_document(fixture->store, fixture->account.organization, &row->uuid, view_text("admin"), &err),
        &err);
}

/* package0 with CVE-2026-1000, and package1 with CVE-2026-1000 and CVE-2026-1001: all high, aliases DSA-…. */
static struct image_row scan_image_of_two(struct fixture *fixture)
{
    struct error err;
    size_t count = 0;
    struct scan_task task = import_tag(fixture, "1", 3, MANIFEST_IMAGE, IMPORT_QUEUED);
    struct service service = {.seed = 1, .generation = 1};
    struct scan_image image = make_image(fixture->arena, 3, &service);
    image.inventory.gaps.count = 0;
    image.inventory.distro.version_codename = view_text("bookworm");
    image.inventory.distro.cpe_name = view_text("cpe:/o:debian:debian_linux:12");
    for (size_t i = 0; i < 2; i++) {
        struct finding_list *list = &image.findings[i];
        list->count = i + 1;
        list->is_undecidable = false;
        list->items = ARENA_ARRAY(fixture->arena, struct finding, 2);
        for (unsigned k = 0; k < list->count; k++) {
            list->items[k] = (struct finding){.id = arena_format(fixture->arena, "CVE-2026-%u", 1000 + k),
                .severity = SEVERITY_HIGH,
                .severity_source = "test",
                .aliases = ARENA_NEW(fixture->arena, struct view),
                .alias_count = 1};
            list->items[k].aliases[0] = arena_format(fixture->arena, "DSA-%u", 5000 + k);
        }
    }
    set_generation(fixture, 1);
    commit_as(fixture, &task, task.digest, (struct platform){view_text("linux"), view_text("amd64"), view_text("")},
        &image, 1);
    assert_ok(store_finish_scan(fixture->store, &task, 0, view_text(""), &err), &err);
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_int_equal(count, 1);
    return rows[0];
}

static int64_t accepted(struct fixture *fixture)
{
    struct error err;
    size_t count = 0;
    assert_ok(store_evaluate_due(fixture->store, 100, &count, &err), &err);
    assert_int_equal(fixture_count(fixture, "SELECT accepted FROM snapshot_images"),
        fixture_count(fixture, "SELECT accepted_high FROM snapshot_images"));
    return fixture_count(fixture, "SELECT accepted FROM snapshot_images");
}

/* What covers the finding of package1 with this id in the only row; NULL if it counts. */
static const struct accepted_risk *covering(struct fixture *fixture, const char *id)
{
    struct error err;
    struct transaction transaction;
    struct acceptance *acceptance = ARENA_NEW(fixture->arena, struct acceptance);
    const struct finding finding = {.id = view_text(id)};
    const struct package package = make_package(fixture->arena, 1);
    const struct view path = view_text("var/lib/dpkg/status");
    assert_ok(transaction_read(fixture->store, &transaction, &err), &err);
    assert_ok(transaction_end(&transaction,
                  acceptance_of_row(&transaction, fixture->arena, fixture->account.organization,
                      fixture_count(fixture, "SELECT id FROM snapshot_images"), acceptance, &err),
                  &err),
        &err);
    return acceptance_of(acceptance, &package, &path, 1, &finding);
}

static void accepts_what_is_not_affected_until_the_document_goes(void **state)
{
    struct fixture *fixture = *state;
    scan_image_of_two(fixture);
    struct vex_document_row row = import(
        fixture, DOCUMENT("https://example.com/1", OLD,
                     STATEMENT("CVE-2026-9", "pkg:deb/debian/package1", "not_affected") "," STATEMENT(
                         "CVE-2026-1001", "pkg:deb/debian/package1@1.0-1?arch=amd64&distro=bookworm", "not_affected")));
    assert_int_equal(row.statements, 2);
    assert_int_equal(row.claims, 2);
    assert_view_equal(row.author, "Security Team");
    assert_int_equal(accepted(fixture), 1);
    const struct accepted_risk *risk = covering(fixture, "CVE-2026-1001");
    assert_non_null(risk);
    assert_view_equal(risk->name, "https://example.com/1");
    assert_view_equal(risk->description,
        "not affected according to VEX document \"https://example.com/1\", statement 2, of Security "
        "Team, 2026-01-01T00:00:00Z: it is not called");
    assert_int_equal(risk->kind, ACCEPT_NOT_VULNERABLE);
    assert_null(covering(fixture, "CVE-2026-1000"));
    delete (fixture, &row);
    assert_int_equal(accepted(fixture), 0);
    assert_null(covering(fixture, "CVE-2026-1001"));
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM vex_claims"), 0);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM vex_claim_names"), 0);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM audit_events WHERE action LIKE 'vex_document.%'"), 2);
}

static void a_vulnerability_counts_as_long_as_one_package_is_not_covered(void **state)
{
    struct fixture *fixture = *state;
    scan_image_of_two(fixture);
    import(fixture, DOCUMENT("1", OLD, STATEMENT("DSA-5000", "pkg:deb/debian/package0", "fixed")));
    assert_int_equal(accepted(fixture), 0);
    import(fixture, DOCUMENT("2", OLD, STATEMENT("DSA-5000", "pkg:deb/debian/package1", "fixed")));
    assert_int_equal(accepted(fixture), 1);
}

static void the_newest_statement_counts_whatever_the_order_of_documents(void **state)
{
    struct fixture *fixture = *state;
    scan_image_of_two(fixture);
    struct vex_document_row newer =
        import(fixture, DOCUMENT("2", NEW, STATEMENT("CVE-2026-1001", "pkg:deb/debian/package1", "affected")));
    import(fixture, DOCUMENT("1", OLD, STATEMENT("DSA-5001", "pkg:deb/debian/package1", "not_affected")));
    assert_int_equal(accepted(fixture), 0);
    delete (fixture, &newer);
    assert_int_equal(accepted(fixture), 1);
}

static void products_are_images_and_distributions_too(void **state)
{
    struct fixture *fixture = *state;
    const struct digest manifest = manifest_digest(3);
    scan_image_of_two(fixture);
    static const char *const covering_products[] = {
        "pkg:oci/app?repository_url=registry.example:5000/team/app&tag=1&arch=amd64",
        "registry.example:5000/team/app:1",
    };
    static const char *const others[] = {
        "pkg:oci/app?repository_url=registry.example:5000/team/app&tag=2",
        "pkg:oci/app?repository_url=registry.example:5000/team/app&tag=1&arch=arm64",
        "registry.example:5000/team/other:1",
        "pkg:deb/debian/package1@1.0-1?distro=bullseye",
        "pkg:npm/package1@1.0-1",
    };
    for (size_t i = 0; i < 2 + sizeof(others) / sizeof(others[0]); i++) {
        const char *product = i < 2 ? covering_products[i] : others[i - 2];
        struct vex_document_row row = import(fixture,
            arena_format(fixture->arena, DOCUMENT("1", OLD, STATEMENT("CVE-2026-1001", "%s", "not_affected")), product)
                .data);
        assert_int_equal(accepted(fixture), i < 2 ? 1 : 0);
        delete (fixture, &row);
    }
    struct vex_document_row row = import(
        fixture, arena_format(fixture->arena, DOCUMENT("1", OLD, STATEMENT("CVE-2026-1001", "%.*s", "not_affected")),
                     VIEW_PRINT(digest_view(&manifest)))
                     .data);
    assert_int_equal(accepted(fixture), 1);
    delete (fixture, &row);
    import(fixture,
        DOCUMENT("1", OLD,
            "{\"vulnerability\":{\"name\":\"CVE-2026-1001\"},\"status\":\"fixed\",\"products\":[{\"@id\":\"debian\","
            "\"identifiers\":{\"cpe22\":\"cpe:/o:debian:debian_linux:12\"}}]}"));
    assert_int_equal(accepted(fixture), 1);
}

static void a_later_version_takes_the_place_of_the_earlier(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct vex_document_row row, *items;
    size_t count = 0;
    bool has_more = true;
    scan_image_of_two(fixture);
    import(fixture, DOCUMENT("1", OLD, STATEMENT("CVE-2026-1001", "pkg:deb/debian/package1", "not_affected")));
    import(fixture, DOCUMENT("1", NEW, STATEMENT("CVE-2026-1001", "pkg:deb/debian/package1", "under_investigation")));
    assert_int_equal(accepted(fixture), 0);
    assert_fails(
        import_in(fixture, fixture->account.organization,
            DOCUMENT("1", OLD, STATEMENT("CVE-2026-1001", "pkg:deb/debian/package1", "not_affected")), &row, &err),
        &err, ERROR_CONFLICT);
    assert_ok(store_list_vex_documents(fixture->store, fixture->arena, fixture->account.organization,
                  &(struct page_request){.limit = 1}, &items, &count, &has_more, &err),
        &err);
    assert_int_equal(count, 1);
    assert_false(has_more);
    assert_int_equal(items[0].statements, 1);
    assert_fails(
        import_in(fixture, fixture->account.organization,
            DOCUMENT("", OLD, STATEMENT("CVE-2026-1001", "pkg:deb/debian/package1", "not_affected")), &row, &err),
        &err, ERROR_INVALID);
}

static void organizations_do_not_meet(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct vex_document_row row, found;
    int64_t other = fixture_other_organization(fixture);
    scan_image_of_two(fixture);
    assert_ok(
        import_in(fixture, other,
            DOCUMENT("1", OLD, STATEMENT("CVE-2026-1001", "pkg:deb/debian/package1", "not_affected")), &row, &err),
        &err);
    assert_int_equal(accepted(fixture), 0);
    assert_fails(
        store_find_vex_document(fixture->store, fixture->arena, fixture->account.organization, &row.uuid, &found, &err),
        &err, ERROR_NOT_FOUND);
    assert_fails(
        store_delete_vex_document(fixture->store, fixture->account.organization, &row.uuid, view_text("admin"), &err),
        &err, ERROR_NOT_FOUND);
    assert_ok(store_find_vex_document(fixture->store, fixture->arena, other, &row.uuid, &found, &err), &err);
}

static void documents_and_claims_have_a_limit(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct vex_document_row row =
        import(fixture, DOCUMENT("1", OLD, STATEMENT("CVE-2026-1", "pkg:deb/debian/package1", "not_affected")));
    const char *second = DOCUMENT("2", OLD, STATEMENT("CVE-2026-1", "pkg:deb/debian/package1", "not_affected"));
    fixture_execute(
        fixture, arena_format(fixture->arena, "UPDATE vex_documents SET claims = %d", VEX_STORED_CLAIMS_MAX).data);
    assert_fails(import_in(fixture, fixture->account.organization, second, &row, &err), &err, ERROR_LIMIT);
    fixture_execute(fixture, "UPDATE vex_documents SET claims = 0");
    fixture_execute(fixture,
        arena_format(fixture->arena,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d - 1) INSERT INTO vex_documents "
            "(organization_id, uuid, name, format, author, issued_ms, statements, claims, created_by, created_ms) "
            "SELECT organization_id, 'u' || i, 'n' || i, format, author, 0, 0, 0, '', 0 FROM n, vex_documents",
            VEX_STORED_DOCUMENTS_MAX)
            .data);
    assert_fails(import_in(fixture, fixture->account.organization, second, &row, &err), &err, ERROR_LIMIT);
}

static void an_image_that_comes_later_is_covered_as_well(void **state)
{
    struct fixture *fixture = *state;
    import(fixture, DOCUMENT("1", OLD, STATEMENT("cve-2026-1001", "pkg:deb/debian/package1", "not_affected")));
    scan_image_of_two(fixture);
    assert_int_equal(accepted(fixture), 1);
}

#define FRESH(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(accepts_what_is_not_affected_until_the_document_goes),
        FRESH(a_vulnerability_counts_as_long_as_one_package_is_not_covered),
        FRESH(the_newest_statement_counts_whatever_the_order_of_documents),
        FRESH(products_are_images_and_distributions_too),
        FRESH(a_later_version_takes_the_place_of_the_earlier),
        FRESH(organizations_do_not_meet),
        FRESH(documents_and_claims_have_a_limit),
        FRESH(an_image_that_comes_later_is_covered_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
