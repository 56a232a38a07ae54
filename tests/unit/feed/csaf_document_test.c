/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/csaf_advisories.h"
#include "feed/csaf_document.h"
#include "tests/unit/test.h"

static bool read_text(struct arena *arena, struct view text, struct csaf_document *document, struct error *err)
{
    AUTO_SOURCE *source = source_from_memory(text);
    return csaf_document_read(arena, source, document, err);
}

/* A document with these product tree and vulnerabilities. */
static bool read_parts(const char *tree, const char *vulnerabilities, struct csaf_document *document,
    struct arena *arena, struct error *err)
{
    return read_text(arena,
        arena_format(arena,
            "{\"vulnerabilities\":%s,\"product_tree\":%s,"
            "\"document\":{\"csaf_version\":\"2.0\",\"tracking\":{\"id\":\"CVE-1\"}}}",
            vulnerabilities, tree),
        document, err);
}

static const char relation[] = "{\"full_product_name\":{\"product_id\":\"%s\"},\"product_reference\":\"%s\","
                               "\"relates_to_product_reference\":\"%s\"}";

static void takes_members_in_any_order(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct csaf_document document;
    struct error err;
    char relationship[400];
    snprintf(relationship, sizeof(relationship), relation, "p:c", "c", "p");
    assert_ok(read_parts(arena_format(arena,
                             "{\"relationships\":[%s],\"full_product_names\":[{\"product_identification_helper\":"
                             "{\"purl\":\"pkg:rpm/redhat/c\"},\"product_id\":\"c\"}],\"branches\":[{\"product\":"
                             "{\"product_id\":\"p\",\"product_identification_helper\":{\"cpe\":\"cpe:/o:x\"}}}]}",
                             relationship)
                             .data,
                  "[{\"remediations\":[{\"product_ids\":[\"p:c\"],\"details\":\"d\",\"category\":\"e\"}],"
                  "\"product_status\":{\"known_affected\":[\"p:c\"],\"recommended\":[\"x\"]},\"cve\":\"CVE-2\","
                  "\"scores\":[{\"products\":[\"p:c\"],\"cvss_v3\":{\"vectorString\":\"v\"}}]}]",
                  &document, arena, &err),
        &err);
    const struct csaf_vulnerability *vulnerability = &document.vulnerabilities.items[0];
    assert_view_equal(vulnerability->cve, "CVE-2");
    assert_int_equal(vulnerability->statuses[CSAF_AFFECTED].count, 1);
    const struct csaf_item *item = vulnerability->statuses[CSAF_AFFECTED].items[0].item;
    assert_view_equal(item->component->purl, "pkg:rpm/redhat/c");
    assert_view_equal(item->platform->cpe, "cpe:/o:x");
    assert_view_equal(vulnerability->remediations.items[0].details, "d");
    assert_view_equal(vulnerability->scores.items[0].vectors[1], "v");
    assert_int_equal(vulnerability->scores.items[0].product_count, 1);
}

static void refuses_products_that_stand_in_themselves(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER tree;
    buffer_init(&tree, 10000);
    struct csaf_document document;
    struct error err;
    buffer_append_text(&tree, "{\"relationships\":[");
    buffer_append_format(&tree, relation, "a", "c", "a");
    buffer_append_text(&tree, "]}");
    assert_fails(read_parts(arena_text(arena, buffer_view(&tree)), "[]", &document, arena, &err), &err, ERROR_LIMIT);
    buffer_clear(&tree);
    buffer_append_text(&tree, "{\"relationships\":[{}]}");
    assert_fails(read_parts(arena_text(arena, buffer_view(&tree)), "[]", &document, arena, &err), &err, ERROR_INVALID);
}

static void limits_products_and_lists(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER list;
    buffer_init(&list, 64 * 1024 * 1024);
    struct csaf_document document;
    struct error err;
    buffer_append_text(&list, "[{\"product_status\":{\"fixed\":[\"x\"");
    for (int i = 0; i < CSAF_DOCUMENT_PRODUCTS_MAX; i++)
        buffer_append_format(&list, ",\"%d\"", i);
    buffer_append_text(&list, "]}}]");
    assert_fails(read_parts("{}", arena_text(arena, buffer_view(&list)), &document, arena, &err), &err, ERROR_LIMIT);
    buffer_clear(&list);
    buffer_append_text(&list, "[{\"threats\":[{}");
    for (int i = 0; i < CSAF_DOCUMENT_NOTES_MAX; i++)
        buffer_append_text(&list, ",{}");
    buffer_append_text(&list, "]}]");
    assert_fails(read_parts("{}", arena_text(arena, buffer_view(&list)), &document, arena, &err), &err, ERROR_LIMIT);
}

static bool count_elements(struct feed_sink *sink, const struct advisory *advisory, struct error *err)
{
    (void)sink;
    (void)err;
    assert_int_equal(advisory->affected_count, 1000);
    return true;
}

/* The child has 160 MiB for what it must hold; documents about the kernel have a hundred thousand products. */
static void keeps_little_of_a_hundred_thousand_products(void **state)
{
    (void)state;
    enum { PRODUCTS = 100 * 1000, NAMES = 1000 };
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER text;
    buffer_init(&text, 128 * 1024 * 1024);
    struct csaf_document document;
    struct error err;
    struct feed_sink sink = {.advisory = count_elements};
    buffer_append_text(&text,
        "{\"document\":{\"csaf_version\":\"2.0\",\"tracking\":{\"id\":\"CVE-1\"}},\"product_tree\":{"
        "\"branches\":[{\"product\":{\"product_id\":\"p\",\"product_identification_helper\":"
        "{\"cpe\":\"cpe:/o:redhat:enterprise_linux:9::baseos\"}}}");
    for (int i = 0; i < PRODUCTS; i++)
        buffer_append_format(&text,
            ",{\"product\":{\"product_id\":\"c%d\",\"product_identification_helper\":{\"purl\":"
            "\"pkg:rpm/redhat/kernel-%d@5.14.0-%d.el9_4?arch=x86_64\"}}}",
            i, i % NAMES, i / NAMES);
    buffer_append_text(&text,
        "],\"relationships\":[{\"full_product_name\":{\"product_id\":\"x\"},\"product_reference\":\"p\","
        "\"relates_to_product_reference\":\"p\"}");
    for (int i = 0; i < PRODUCTS; i++)
        buffer_append_format(&text,
            ",{\"full_product_name\":{\"product_id\":\"p:c%d\"},\"product_reference\":\"c%d\","
            "\"relates_to_product_reference\":\"p\"}",
            i, i);
    buffer_append_text(&text, "]},\"vulnerabilities\":[{\"cve\":\"CVE-1\",\"product_status\":{\"fixed\":[\"p\"");
    for (int i = 0; i < PRODUCTS; i++)
        buffer_append_format(&text, ",\"p:c%d\"", i);
    buffer_append_text(&text, "]}}]}");
    assert_false(text.is_full);
    assert_ok(read_text(arena, buffer_view(&text), &document, &err), &err);
    assert_ok(csaf_advisories_write(arena, &document, &sink, &err), &err);
    assert_in_range(arena_size(arena), 1, 120u * 1024 * 1024);
}

static void refuses_what_is_no_such_document(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct csaf_document document;
    struct error err;
    assert_fails(read_text(arena, view_text("{}"), &document, &err), &err, ERROR_UNSUPPORTED);
    assert_fails(
        read_text(arena, view_text("{\"document\":{\"csaf_version\":\"2.0\"}}"), &document, &err), &err, ERROR_INVALID);
    assert_fails(read_text(arena, view_text("{\"document\":{"), &document, &err), &err, ERROR_CORRUPT);
    assert_ok(
        read_text(arena,
            view_text("{\"document\":{\"csaf_version\":\"2.0\",\"tracking\":{\"id\":\"x\"}},\"vulnerabilities\":[1,[[[1"
                      ",\"x\"]]],\"x\"]}"),
            &document, &err),
        &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_members_in_any_order),
        cmocka_unit_test(refuses_products_that_stand_in_themselves),
        cmocka_unit_test(limits_products_and_lists),
        cmocka_unit_test(keeps_little_of_a_hundred_thousand_products),
        cmocka_unit_test(refuses_what_is_no_such_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
