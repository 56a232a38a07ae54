/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "api/jsonapi.h"

struct fixture {
    struct arena *arena;
    struct request request;
    struct response response;
};

static void begin(struct fixture *fixture, const char *target)
{
    struct error err;
    *fixture = (struct fixture){.arena = arena_new()};
    struct view rest = view_text(target);
    fixture->request.arena = fixture->arena;
    fixture->request.target = rest;
    fixture->request.path = view_cut(&rest, '?');
    assert_ok(query_parse(fixture->arena, rest, &fixture->request.query, &err), &err);
    response_init(&fixture->response, fixture->arena);
}

static void end(struct fixture *fixture)
{
    response_done(&fixture->response);
    arena_free(fixture->arena);
}

static void writes_an_error_document(void **state)
{
    (void)state;
    struct fixture fixture;
    struct error err;
    struct json root;
    AUTO_JSON *document = json_document_new();
    begin(&fixture, "/x");
    buffer_append_text(&fixture.response.body, "half an answer");
    assert_false(respond_parameter_error(&fixture.response, API_ERROR_UNKNOWN_PARAMETER, "colour", "no \"%s\"\n", "x"));
    assert_int_equal(fixture.response.status, 400);
    assert_string_equal(fixture.response.content_type, "application/vnd.api+json");
    assert_ok(json_parse(document, buffer_view(&fixture.response.body), 4096, "answer", &root, &err), &err);
    assert_view_equal(json_member_string(json_member(root, "jsonapi"), "version"), "1.0");
    assert_int_equal(json_count(root), 2);
    struct json_iterator i = json_each(json_member(root, "errors"));
    assert_true(json_next(&i));
    assert_view_equal(json_member_string(i.value, "status"), "400");
    assert_view_equal(json_member_string(i.value, "code"), "unknown-parameter");
    assert_view_equal(json_member_string(i.value, "detail"), "no \"x\"?");
    assert_view_equal(json_member_string(json_member(i.value, "source"), "parameter"), "colour");
    struct uuid id;
    assert_true(uuid_parse(json_member_string(i.value, "id"), &id));
    end(&fixture);
}

static void hides_the_reason_of_its_own_failures(void **state)
{
    (void)state;
    struct fixture fixture;
    struct error err;
    begin(&fixture, "/x");
    error_set(&err, ERROR_IO, "could not open \"/secret/place\"");
    assert_false(respond_failure(&fixture.request, &fixture.response, &err));
    assert_int_equal(fixture.response.status, 500);
    struct view body = buffer_view(&fixture.response.body);
    assert_int_equal(view_find_text(body, view_text("/secret/place")), body.size);
    error_set(&err, ERROR_NOT_FOUND, "there is no such image");
    assert_false(respond_failure(&fixture.request, &fixture.response, &err));
    assert_int_equal(fixture.response.status, 404);
    end(&fixture);
}

static void reads_limits(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        int limit; /* 0 = refused */
    } rows[] = {{"/x", 10}, {"/x?limit=10", 10}, {"/x?limit=100", 100}, {"/x?limit=50", 50}, {"/x?limit=0", 0},
        {"/x?limit=15", 0}, {"/x?limit=110", 0}, {"/x?limit=-10", 0}, {"/x?limit=", 0}, {"/x?limit=ten", 0},
        {"/x?limit=99999999999999999999", 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture fixture;
        struct page_request page;
        begin(&fixture, rows[i].query);
        assert_int_equal(page_read(&fixture.request, &fixture.response, &page), rows[i].limit != 0);
        if (rows[i].limit != 0)
            assert_int_equal(page.limit, rows[i].limit);
        else
            assert_int_equal(fixture.response.status, 400);
        end(&fixture);
    }
}

static void keeps_cursors_opaque_and_whole(void **state)
{
    (void)state;
    struct error err;
    struct view key;
    AUTO_ARENA *arena = arena_new();
    assert_view_equal(cursor_encode(arena, view_text("1000")), "v1.eyJpZCI6IjEwMDAifQ");
    static const char *const keys[] = {"1000", "a\"b\\c", "\xc3\xbc | ~", "x"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        assert_ok(cursor_decode(arena, cursor_encode(arena, view_text(keys[i])), &key, &err), &err);
        assert_view_equal(key, keys[i]);
    }
    static const char *const foreign[] = {
        "", "v1", "v1.", "v1.!!!!", "v2.eyJpZCI6IjEwMDAifQ", "v1.eyJpZCI6MX0", "v1.e30", "v1.eyJpZCI6IiJ9", "1000"};
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
        assert_fails(cursor_decode(arena, view_text(foreign[i]), &key, &err), &err, ERROR_INVALID);
}

static void refuses_both_cursors_at_once(void **state)
{
    (void)state;
    struct fixture fixture;
    struct page_request page;
    begin(&fixture, "/x?starting_after=v1.eyJpZCI6IjEwMDAifQ&ending_before=v1.eyJpZCI6IjEwMDAifQ");
    assert_false(page_read(&fixture.request, &fixture.response, &page));
    assert_int_equal(fixture.response.status, 400);
    end(&fixture);
}

struct item {
    struct view cursor;
};

static bool write_item(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)request;
    (void)err;
    json_write(writer, PAGE_ROW(struct item, rows, i)->cursor);
    return true;
}

static void links_keep_the_filters(void **state)
{
    (void)state;
    struct fixture fixture;
    struct page_request page;
    struct json root;
    struct error err;
    AUTO_JSON *document = json_document_new();
    static const struct item items[] = {{VIEW_LITERAL("1001")}, {VIEW_LITERAL("1010")}};
    const struct page_rows rows = {
        PAGE_OF(struct item, write_item), .items = items, .count = 2, .has_more = true, .has_total = true, .total = 31};
    begin(&fixture, "/rest/x?version=2025-09-17&search=a%26b&starting_after=v1.eyJpZCI6IjEwMDAifQ&limit=10");
    assert_true(page_read(&fixture.request, &fixture.response, &page));
    assert_view_equal(page.after, "1000");
    assert_true(respond_page(&fixture.request, &fixture.response, &page, &rows));
    assert_ok(json_parse(document, buffer_view(&fixture.response.body), 4096, "answer", &root, &err), &err);
    struct json links = json_member(root, "links");
    assert_view_equal(json_member_string(links, "next"),
        "/rest/x?version=2025-09-17&search=a%26b&limit=10&starting_after=v1.eyJpZCI6IjEwMTAifQ");
    assert_view_equal(json_member_string(links, "prev"),
        "/rest/x?version=2025-09-17&search=a%26b&limit=10&ending_before=v1.eyJpZCI6IjEwMDEifQ");
    assert_view_equal(json_member_string(links, "self"),
        "/rest/x?version=2025-09-17&search=a%26b&starting_after=v1.eyJpZCI6IjEwMDAifQ&limit=10");
    int64_t count;
    assert_true(json_integer(json_member(json_member(root, "meta"), "count"), &count));
    assert_int_equal(count, 31);
    end(&fixture);
}

static void the_first_and_last_page_have_no_way_out(void **state)
{
    (void)state;
    struct fixture fixture;
    struct page_request page;
    static const struct item items[] = {{VIEW_LITERAL("1")}, {VIEW_LITERAL("2")}};
    const struct page_rows rows = {PAGE_OF(struct item, write_item), .items = items, .count = 2};
    begin(&fixture, "/rest/x");
    assert_true(page_read(&fixture.request, &fixture.response, &page));
    assert_true(respond_page(&fixture.request, &fixture.response, &page, &rows));
    assert_view_equal(buffer_view(&fixture.response.body),
        "{\"jsonapi\":{\"version\":\"1.0\"},\"data\":[\"1\",\"2\"],\"links\":{\"self\":\"/rest/x\"}}");
    end(&fixture);
}

static void shows_a_part_of_a_list_in_memory(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        const char *data; /* up to the links */
    } cases[] = {
        {"/rest/x?limit=10", "\"0\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]"},
        {"/rest/x?limit=10&starting_after=v1.eyJpZCI6IjkifQ", "\"10\",\"11\"]"}, /* 9 */
        {"/rest/x?limit=10&starting_after=v1.eyJpZCI6IjExIn0", "]"}, /* 11 */
        {"/rest/x?limit=10&starting_after=v1.eyJpZCI6Ijk5OSJ9", "]"}, /* 999 */
        {"/rest/x?limit=10&ending_before=v1.eyJpZCI6IjMifQ", "\"0\",\"1\",\"2\"]"}, /* 3 */
    };
    struct item items[12];
    for (size_t i = 0; i < 12; i++)
        items[i].cursor =
            view_text(((const char *const[]){"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"})[i]);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        struct page_request page;
        struct error err;
        struct page_rows rows = {SLICE_OF(struct item, write_item), .items = items, .count = 12};
        AUTO_ARENA *arena = arena_new();
        struct view start = arena_format(arena, "{\"jsonapi\":{\"version\":\"1.0\"},\"data\":[%s,", cases[i].data);
        begin(&fixture, cases[i].target);
        assert_true(page_read(&fixture.request, &fixture.response, &page));
        rows.hides_total = i == 0;
        assert_true(respond_slice(&fixture.request, &fixture.response, &page, &rows));
        struct view body = buffer_view(&fixture.response.body);
        assert_view_equal(view_slice(body, 0, start.size < body.size ? start.size : body.size), start.data);
        AUTO_JSON *document = json_document_new();
        struct json root;
        int64_t count = 0;
        assert_ok(json_parse(document, body, 4096, "answer", &root, &err), &err);
        assert_int_equal(json_integer(json_member(json_member(root, "meta"), "count"), &count), i > 0);
        assert_int_equal(count, i > 0 ? 12 : 0);
        end(&fixture);
    }
}

static void refuses_the_cursor_of_another_list(void **state)
{
    (void)state;
    struct fixture fixture;
    struct page_request page;
    const struct page_rows rows = {SLICE_OF(struct item, write_item)};
    begin(&fixture, "/rest/x?starting_after=v1.eyJpZCI6IngifQ");
    assert_true(page_read(&fixture.request, &fixture.response, &page));
    assert_false(respond_slice(&fixture.request, &fixture.response, &page, &rows));
    assert_int_equal(fixture.response.status, 400);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_an_error_document),
        cmocka_unit_test(hides_the_reason_of_its_own_failures),
        cmocka_unit_test(reads_limits),
        cmocka_unit_test(keeps_cursors_opaque_and_whole),
        cmocka_unit_test(refuses_both_cursors_at_once),
        cmocka_unit_test(links_keep_the_filters),
        cmocka_unit_test(the_first_and_last_page_have_no_way_out),
        cmocka_unit_test(shows_a_part_of_a_list_in_memory),
        cmocka_unit_test(refuses_the_cursor_of_another_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
