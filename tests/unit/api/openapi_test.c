/* SPDX-License-Identifier: Apache-2.0 */
/* The document of the API: each operation that takes a document says which, and each reference leads somewhere. */
#include "tests/unit/test.h"

#include "api/router.h"
#include "base/json.h"

#define NOW_MS INT64_C(1795267200000) /* 2026-11-21 */

static const struct {
    int status;
    const char *answer, *type, *attributes;
} operations[ROUTE_COUNT] = {
#define OPERATION(route, status, answer, type, attributes) [ROUTE_##route] = {status, answer, type, attributes},
#include "api/operations.def"
#undef OPERATION
};

static struct json read_document(struct arena *arena, struct json_document *document)
{
    struct error err;
    struct json root;
    struct request request = {.arena = arena, .now_ms = NOW_MS, .route = &routes[ROUTE_openapi_get]};
    struct response response;
    request.path_values[0] = view_text("2025-09-17");
    response_init(&response, arena);
    assert_true(route_openapi_get(&request, &response));
    struct view text = arena_copy(arena, response_body(&response));
    assert_ok(json_parse(document, text, text.size, "document", &root, &err), &err);
    response_done(&response);
    return root;
}

static bool has_schema(struct json root, const char *name)
{
    struct json schemas = json_member(json_member(root, "components"), "schemas");
    return json_type(json_member(schemas, name)) == JSON_OBJECT;
}

static void each_write_with_a_document_has_a_row(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root = read_document(arena, document);
    for (int i = 0; i < ROUTE_COUNT; i++) {
        bool takes_document = routes[i].method == METHOD_POST || routes[i].method == METHOD_PATCH;
        if (takes_document && routes[i].versions[0] != '\0' && operations[i].status == 0)
            fail_msg("%s has no row in operations.def", routes[i].name);
        if (operations[i].status == 0)
            continue;
        if (operations[i].answer != NULL && !has_schema(root, operations[i].answer))
            fail_msg("%s: schemas.def has no %s", routes[i].name, operations[i].answer);
        if (operations[i].type[0] != '\0' && !has_schema(root, operations[i].attributes))
            fail_msg("%s: schemas.def has no %s", routes[i].name, operations[i].attributes);
    }
}

/* References stand in the text as "#/components/schemas/NAME". */
static void each_reference_leads_somewhere(void **state)
{
    (void)state;
    static const char mark[] = "#/components/schemas/";
    static const char *const schemas[] = {
#define SCHEMA(name, schema) schema,
#include "api/schemas.def"
#undef SCHEMA
    };
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root = read_document(arena, document);
    size_t found = 0;
    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
        for (const char *at = strstr(schemas[i], mark); at != NULL; at = strstr(at, mark)) {
            at += sizeof(mark) - 1;
            struct view rest = view_text(at);
            const char *name = arena_text(arena, view_cut(&rest, '"'));
            if (!has_schema(root, name))
                fail_msg("schemas.def has no %s", name);
            found++;
        }
    }
    assert_true(found > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_write_with_a_document_has_a_row),
        cmocka_unit_test(each_reference_leads_somewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
