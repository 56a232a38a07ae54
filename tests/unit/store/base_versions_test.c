/* SPDX-License-Identifier: Apache-2.0 */
#include "store/base_versions.h"
#include "tests/unit/test.h"

static void tells_what_goes_from_one_tag_to_another(void **state)
{
    static const struct {
        enum base_schema schema;
        const char *expression;
        const char *from;
        const char *to;
        enum base_update_kind kind;
    } cases[] = {
        {BASE_SCHEMA_SEMVER, NULL, "1.2.3", "1.2.4", BASE_UPDATE_MINOR},
        {BASE_SCHEMA_SEMVER, NULL, "1.2.3", "1.10.0", BASE_UPDATE_MINOR},
        {BASE_SCHEMA_SEMVER, NULL, "1.2.3", "2.0.0", BASE_UPDATE_MAJOR},
        {BASE_SCHEMA_SEMVER, NULL, "1.2.3-rc.1", "1.2.3", BASE_UPDATE_MINOR},
        {BASE_SCHEMA_SEMVER, NULL, "1.2.3", "1.2.3", BASE_UPDATE_NONE},
        {BASE_SCHEMA_SEMVER, NULL, "1.2.3", "1.2.2", BASE_UPDATE_NONE},
        /* By the letter: these are no versions. */
        {BASE_SCHEMA_SEMVER, NULL, "1.2.3", "v1.2.4", BASE_UPDATE_NONE},
        {BASE_SCHEMA_SEMVER, NULL, "1.2.3", "1.3", BASE_UPDATE_NONE},
        {BASE_SCHEMA_SEMVER, NULL, "1.2.3", "latest", BASE_UPDATE_NONE},
        {BASE_SCHEMA_SHAPE, NULL, "12.1-slim", "12.2-slim", BASE_UPDATE_MINOR},
        {BASE_SCHEMA_SHAPE, NULL, "12.1-slim", "13.0-slim", BASE_UPDATE_MAJOR},
        {BASE_SCHEMA_SHAPE, NULL, "12.1-slim", "12.2", BASE_UPDATE_NONE},
        {BASE_SCHEMA_SHAPE, NULL, "12.1-slim", "12.2-alpine", BASE_UPDATE_NONE},
        {BASE_SCHEMA_SHAPE, NULL, "9", "10", BASE_UPDATE_MAJOR},
        {BASE_SCHEMA_SHAPE, NULL, "1.09", "1.010", BASE_UPDATE_MINOR},
        {BASE_SCHEMA_SHAPE, NULL, "1.9", "1.09", BASE_UPDATE_NONE},
        {BASE_SCHEMA_SHAPE, NULL, "1.2", "1.2.1", BASE_UPDATE_NONE},
        {BASE_SCHEMA_SHAPE, NULL, "latest", "stable", BASE_UPDATE_NONE},
        {BASE_SCHEMA_SHAPE, NULL, "20240101", "20240102", BASE_UPDATE_MAJOR},
        {BASE_SCHEMA_CUSTOM, "^jammy-[0-9]+$", "jammy-20240101", "jammy-20240201", BASE_UPDATE_MAJOR},
        {BASE_SCHEMA_CUSTOM, "^(jammy|noble)-1[.][0-9]+$", "jammy-1.1", "noble-1.2", BASE_UPDATE_MINOR},
        {BASE_SCHEMA_CUSTOM, "^jammy-[0-9]+$", "jammy-20240101", "noble-20240201", BASE_UPDATE_NONE},
        {BASE_SCHEMA_CUSTOM, "^noble-[0-9]+$", "jammy-20240101", "noble-20240201", BASE_UPDATE_NONE},
        {BASE_SCHEMA_SINGLE_SELECTION, NULL, "1", "2", BASE_UPDATE_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err;
        AUTO_REGEX *regex = NULL;
        if (cases[i].expression != NULL)
            assert_ok(regex_compile(view_text(cases[i].expression), &regex, &err), &err);
        const struct base_versioning versioning = {cases[i].schema, regex};
        enum base_update_kind kind = base_update_kind(&versioning, view_text(cases[i].from), view_text(cases[i].to));
        if (kind != cases[i].kind)
            fail_msg("%s to %s is %s", cases[i].from, cases[i].to, base_update_kind_name(kind));
        if (kind != BASE_UPDATE_NONE) {
            assert_int_equal(
                base_update_kind(&versioning, view_text(cases[i].to), view_text(cases[i].from)), BASE_UPDATE_NONE);
            assert_true(base_tags_compare(&versioning, view_text(cases[i].from), view_text(cases[i].to)) < 0);
        }
    }
}

static void knows_schemas_by_their_names(void **state)
{
    (void)state;
    for (int i = 0; i < BASE_SCHEMA_COUNT; i++) {
        enum base_schema schema = BASE_SCHEMA_COUNT;
        assert_true(base_schema_parse(view_text(base_schema_name((enum base_schema)i)), &schema));
        assert_int_equal(schema, i);
    }
    enum base_schema schema;
    assert_false(base_schema_parse(view_text("calver"), &schema));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_goes_from_one_tag_to_another),
        cmocka_unit_test(knows_schemas_by_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
