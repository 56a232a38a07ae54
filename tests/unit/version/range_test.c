/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "version/range.h"

#include <stdlib.h>

static enum range_match match(const char *name, struct view range, struct view version)
{
    const struct range_language *language;
    const struct version_order *order;
    assert_true(range_named(view_text(name), &language, &order));
    return range_match(language, order, range, version);
}

/* "language⇥range⇥version⇥1", "0" or "invalid". */
static void ranges_hold_what_their_table_says(void **state)
{
    (void)state;
    static const char *const answers[] = {
        [RANGE_MATCH_NO] = "0", [RANGE_MATCH_YES] = "1", [RANGE_MATCH_INVALID] = "invalid"};
    char line[1000];
    size_t rows = 0;
    FILE *table = fopen("tests/tables/versions/ranges.tsv", "r");
    assert_non_null(table);
    while (fgets(line, sizeof(line), table) != NULL) {
        struct view rest = view_text(line);
        if (line[0] == '#')
            continue;
        struct view name = view_cut(&rest, '\t'), range = view_cut(&rest, '\t'), version = view_cut(&rest, '\t');
        char language[40];
        snprintf(language, sizeof(language), "%.*s", VIEW_PRINT(name));
        const char *answer = answers[match(language, range, version)];
        if (!view_is(view_trim(rest), answer))
            fail_msg("%s: \"%.*s\" \"%.*s\": %s", language, VIEW_PRINT(range), VIEW_PRINT(version), answer);
        rows++;
    }
    fclose(table);
    assert_true(rows > 100);
}

static void every_order_has_a_language(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_order_count; i++) {
        const char *name = version_orders[i]->name;
        assert_int_equal(match(name, view_text("<2.0.0"), view_text("0.2.3")), RANGE_MATCH_YES);
        assert_int_equal(match(name, view_text("<2.0.0"), view_text("2.0.1")), RANGE_MATCH_NO);
        assert_int_equal(match(name, view_text("<"), view_text("2.0.1")), RANGE_MATCH_INVALID);
    }
}

static void names_that_are_no_order_have_none(void **state)
{
    (void)state;
    const struct range_language *language;
    const struct version_order *order;
    assert_false(range_named(view_text("deb"), &language, &order));
    assert_false(range_named(view_text(""), &language, &order));
}

static void a_range_that_is_too_long_is_invalid(void **state)
{
    (void)state;
    char *range = malloc(RANGE_BYTES_MAX + 1);
    memset(range, ' ', RANGE_BYTES_MAX + 1);
    memcpy(range, ">=1", 3);
    assert_int_equal(match("npm", view_of(range, RANGE_BYTES_MAX), view_text("1.0.0")), RANGE_MATCH_YES);
    assert_int_equal(match("npm", view_of(range, RANGE_BYTES_MAX + 1), view_text("1.0.0")), RANGE_MATCH_INVALID);
    free(range);
}

static void a_requirement_of_cargo_has_32_terms_at_most(void **state)
{
    (void)state;
    char range[33 * 4 + 1] = "";
    for (int i = 0; i < 33; i++)
        memcpy(range + 4 * i, ">=1,", 5);
    assert_int_equal(match("crates", view_of(range, 32 * 4 - 1), view_text("1.0.0")), RANGE_MATCH_YES);
    assert_int_equal(match("crates", view_of(range, 33 * 4 - 1), view_text("1.0.0")), RANGE_MATCH_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_hold_what_their_table_says),
        cmocka_unit_test(every_order_has_a_language),
        cmocka_unit_test(names_that_are_no_order_have_none),
        cmocka_unit_test(a_range_that_is_too_long_is_invalid),
        cmocka_unit_test(a_requirement_of_cargo_has_32_terms_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
