/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/risk_vex.h"
#include "tests/unit/test.h"

static struct view statement_of(
    struct arena *arena, const struct accepted_risk *risk, const struct view *packages, size_t count, bool *is_written)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    buffer_init(&text, 1 << 16);
    json_writer_init(&writer, &text);
    *is_written = risk_write_statement(arena, risk, packages, count, &writer);
    return arena_copy(arena, buffer_view(&text));
}

static void writes_what_was_decided(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    bool is_written = false;
    const struct view purl = view_text("pkg:deb/debian/openssl@3.0.7-1");
    struct accepted_risk risk = {.vulnerability = view_text("CVE-2026-1"),
        .image = view_text("registry.example.com/team/app"),
        .tag = view_text("1"),
        .reason = ACCEPT_REASON_RISK_NOT_RELEVANT,
        .kind = ACCEPT_NOT_VULNERABLE,
        .description = view_text("never called")};
    assert_view_equal(statement_of(arena, &risk, &purl, 1, &is_written),
        "{\"vulnerability\":{\"name\":\"CVE-2026-1\"},\"products\":[{\"@id\":\"pkg:oci/app?repository_url="
        "registry.example.com/team/app&tag=1\",\"subcomponents\":[{\"@id\":\"pkg:deb/debian/openssl@3.0.7-1\"}]}],"
        "\"status\":\"not_affected\",\"impact_statement\":\"the image is not vulnerable: never called\"}");
    assert_true(is_written);
    risk = (struct accepted_risk){.vulnerability = view_text("CVE-2026-1"),
        .image = view_text("*/app"),
        .reason = ACCEPT_REASON_RISK_OWNED,
        .kind = ACCEPT_TEMPORARY,
        .expires_ms = 1795305600000,
        .until_fixed = true};
    assert_view_equal(statement_of(arena, &risk, &purl, 1, &is_written),
        "{\"vulnerability\":{\"name\":\"CVE-2026-1\"},\"products\":[{\"@id\":\"pkg:deb/debian/openssl@3.0.7-1\"}],"
        "\"status\":\"affected\",\"action_statement\":\"the owner takes it; until 2026-11-22T00:00:00Z; until a fix is "
        "available\"}");
    (void)statement_of(arena, &risk, NULL, 0, &is_written);
    assert_false(is_written); /* neither an image by its whole name nor a package */
    risk = (struct accepted_risk){.image = view_text("registry.example.com/team/app")};
    (void)statement_of(arena, &risk, &purl, 1, &is_written);
    assert_false(is_written); /* no vulnerability */
}

static void reads_what_accepts_something(void **state)
{
    (void)state;
    static const struct {
        enum vex_status status;
        const char *product;
        const char *component;
        const char *expected; /* "image tag package version"; NULL: it accepts nothing */
    } cases[] = {
        {VEX_NOT_AFFECTED, "pkg:deb/debian/openssl@3.0.7-1?arch=amd64", "", "- - openssl 3.0.7-1"},
        {VEX_FIXED, "pkg:npm/%40babel/core", "", "- - @babel/core -"},
        {VEX_NOT_AFFECTED, "pkg:oci/app?repository_url=registry.example.com/team/app&tag=1", "",
            "registry.example.com/team/app 1 - -"},
        {VEX_NOT_AFFECTED, "pkg:oci/app@sha256%3A00?repository_url=registry.example.com/team", "pkg:gem/rack@2.0",
            "registry.example.com/team/app - rack 2.0"},
        {VEX_NOT_AFFECTED, "pkg:docker/library/redis@7", "", "*/library/redis 7 - -"},
        {VEX_NOT_AFFECTED, "pkg:oci/app", "pkg:gem/rack", "*/app - rack -"},
        {VEX_AFFECTED, "pkg:deb/debian/openssl", "", NULL},
        {VEX_UNDER_INVESTIGATION, "pkg:deb/debian/openssl", "", NULL},
        {VEX_NOT_AFFECTED, "a product of ours", "", NULL},
        {VEX_NOT_AFFECTED, "a product of ours", "pkg:gem/rack@2.0", NULL},
        {VEX_NOT_AFFECTED, "pkg:", "", NULL},
    };
    const struct vex_header header = {.id = view_text("https://example.com/1"), .author = view_text("somebody")};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_ARENA *arena = arena_new();
        struct accepted_risk risk;
        struct vex_claim claim = {.ids = view_text("CVE-2026-1\nGHSA-1"),
            .status = cases[i].status,
            .justification = view_text("vulnerable_code_not_present"),
            .product = {.name = view_text(cases[i].product), .purl = view_text(cases[i].product)},
            .component = {.name = view_text(cases[i].component), .purl = view_text(cases[i].component)}};
        bool is_read = risk_from_vex(arena, &header, &claim, &risk);
        if (is_read != (cases[i].expected != NULL))
            fail_msg("case %zu", i);
        if (!is_read)
            continue;
        struct view found =
            arena_format(arena, "%.*s %.*s %.*s %.*s", VIEW_PRINT(risk.image.size > 0 ? risk.image : view_text("-")),
                VIEW_PRINT(risk.tag.size > 0 ? risk.tag : view_text("-")),
                VIEW_PRINT(risk.package.size > 0 ? risk.package : view_text("-")),
                VIEW_PRINT(risk.version.size > 0 ? risk.version : view_text("-")));
        assert_view_equal(found, cases[i].expected);
        assert_view_equal(risk.vulnerability, "CVE-2026-1");
        assert_int_equal(risk.kind, ACCEPT_NOT_VULNERABLE);
    }
}

/* Ours says the same when it is read back. */
static void comes_back_as_itself(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    const struct vex_header header = {.id = view_text("urn:uuid:1"), .author = view_text("main")};
    struct accepted_risk risk = {.vulnerability = view_text("CVE-2026-1"),
        .image = view_text("registry.example.com:5000/team/app"),
        .tag = view_text("1.2"),
        .kind = ACCEPT_NOT_VULNERABLE};
    struct accepted_risk read;
    struct view product = risk_product(arena, &risk);
    const struct vex_claim claim = {
        .ids = risk.vulnerability, .status = VEX_NOT_AFFECTED, .product = {.name = product, .purl = product}};
    assert_true(risk_from_vex(arena, &header, &claim, &read));
    assert_true(risk_is_same(&risk, &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_was_decided),
        cmocka_unit_test(reads_what_accepts_something),
        cmocka_unit_test(comes_back_as_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
