/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/adapter.h"
#include "tests/unit/test.h"

struct row {
    const char *type;
    const char *name;
    const char *needs;
    const char *label;
};

static const struct row rows[] = {
#define CREDENTIAL_FIELD(type, name, kind, presence, needs, label, help) {type, #name, needs, label},
#include "registry/credential_fields.def"
#undef CREDENTIAL_FIELD
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct credential_field *field(const char *type, const char *name)
{
    const struct credential_field *found = credential_field_find(view_text(type), view_text(name));
    assert_non_null(found);
    return found;
}

static void rows_are_in_order_and_name_their_companions(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        size_t count = 0;
        assert_true(i == 0 || strcmp(rows[i - 1].type, rows[i].type) <= 0);
        assert_true(strlen(rows[i].label) > 0);
        for (struct view rest = view_text(rows[i].needs); rest.size > 0;)
            assert_non_null(credential_field_find(view_text(rows[i].type), view_cut(&rest, ' ')));
        while (credential_field_at(view_text(rows[i].type), count) != NULL)
            count++;
        assert_in_range(count, 1, CREDENTIAL_FIELDS_MAX);
    }
}

static void every_adapter_asks_for_something_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; adapter_at(i) != NULL; i++) {
        const struct credential_field *first = credential_field_at(view_text(adapter_at(i)->name), 0);
        assert_string_equal(first->type, adapter_at(i)->name);
    }
}

static void finds_the_fields_of_a_type_and_those_of_all(void **state)
{
    (void)state;
    assert_int_equal(field("ecr", "secret_access_key")->kind, CREDENTIAL_SECRET);
    assert_int_equal(field("ecr", "repositories")->kind, CREDENTIAL_LIST);
    assert_null(credential_field_find(view_text("ecr"), view_text("password")));
    assert_string_equal(credential_kind_name(field("ecr", "ambient")->kind), "switch");
}

static void refuses_user_names_that_http_cannot_send(void **state)
{
    (void)state;
    struct error err;
    for (size_t i = 0; i < ROWS; i++) {
        const struct credential_field *named = field(rows[i].type, rows[i].name);
        if (strcmp(rows[i].name, "username") == 0)
            assert_fails(credential_value_check(named, view_text("team:alice"), &err), &err, ERROR_INVALID);
    }
    assert_ok(credential_value_check(field("oci", "username"), view_text("team/alice"), &err), &err);
    assert_ok(credential_value_check(field("oci", "password"), view_text("one:two"), &err), &err);
    assert_ok(credential_value_check(field("", "proxy_login"), view_text("alice:s3cret"), &err), &err);
}

static void checks_the_form_of_values(void **state)
{
    (void)state;
    static char large[CREDENTIAL_SECRET_BYTES_MAX + 1];
    struct error err;
    memset(large, 'x', sizeof(large));
    struct view fits = view_of(large, sizeof(large) - 1);
    assert_ok(credential_value_check(field("oci", "password"), view_text("one\ntwo"), &err), &err);
    assert_ok(credential_value_check(field("oci", "password"), fits, &err), &err);
    assert_fails(
        credential_value_check(field("oci", "password"), view_of(large, sizeof(large)), &err), &err, ERROR_INVALID);
    assert_fails(credential_value_check(field("oci", "username"), view_of(large, CREDENTIAL_TEXT_BYTES_MAX + 1), &err),
        &err, ERROR_INVALID);
    assert_fails(
        credential_value_check(field("oci", "repositories"), view_of(large, CREDENTIAL_LIST_BYTES_MAX + 1), &err), &err,
        ERROR_INVALID);
    assert_fails(credential_value_check(field("oci", "password"), view_text(""), &err), &err, ERROR_INVALID);
    assert_fails(credential_value_check(field("oci", "password"), view_of("a\0b", 3), &err), &err, ERROR_INVALID);
    assert_fails(credential_value_check(field("oci", "username"), view_text("a\nb"), &err), &err, ERROR_INVALID);
    assert_fails(credential_value_check(field("ecr", "ambient"), view_text("yes"), &err), &err, ERROR_INVALID);
    assert_fails(credential_value_check(field("quay", "api_url"), view_text("ftp://x"), &err), &err, ERROR_INVALID);
    assert_ok(credential_value_check(field("quay", "api_url"), view_text("https://q.example/api"), &err), &err);
}

static void wants_required_fields_and_companions(void **state)
{
    (void)state;
    AUTO_SECRET *value = secret_new(view_text("x"));
    struct error err;
    struct credential_set none = {.count = 0};
    struct credential_set half = {{{field("oci", "password"), value}}, 1};
    struct credential_set both = {{{field("oci", "password"), value}, {field("oci", "username"), value}}, 2};
    assert_ok(credential_set_check(view_text("oci"), &none, &err), &err);
    assert_fails(credential_set_check(view_text("scaleway"), &none, &err), &err, ERROR_INVALID);
    assert_non_null(strstr(err.message, "secret_key"));
    assert_fails(credential_set_check(view_text("oci"), &half, &err), &err, ERROR_INVALID);
    assert_non_null(strstr(err.message, "username"));
    assert_ok(credential_set_check(view_text("oci"), &both, &err), &err);
}

static void gives_values_by_name(void **state)
{
    (void)state;
    AUTO_SECRET *list = secret_new(view_text(" a , ,b"));
    AUTO_SECRET *on = secret_new(view_text("true"));
    struct credential_set set = {{{field("gcr", "projects"), list}, {field("gcr", "ambient"), on}}, 2};
    struct view rest = credential_text(&set, "projects"), item;
    assert_true(credential_list_next(&rest, &item));
    assert_view_equal(item, "a");
    assert_true(credential_list_next(&rest, &item));
    assert_view_equal(item, "b");
    assert_false(credential_list_next(&rest, &item));
    assert_true(credential_is_on(&set, "ambient"));
    assert_null(credential_secret(&set, "key_json"));
    assert_null(credential_secret(NULL, "key_json"));
    assert_int_equal(credential_text(NULL, "projects").size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_in_order_and_name_their_companions),
        cmocka_unit_test(every_adapter_asks_for_something_of_its_own),
        cmocka_unit_test(finds_the_fields_of_a_type_and_those_of_all),
        cmocka_unit_test(refuses_user_names_that_http_cannot_send),
        cmocka_unit_test(checks_the_form_of_values),
        cmocka_unit_test(wants_required_fields_and_companions),
        cmocka_unit_test(gives_values_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
