/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "base/buffer.h"
#include "version/vers.h"

/* "range⇥version⇥1", "0" or "invalid". */
static void ranges_hold_what_their_table_says(void **state)
{
    (void)state;
    static const char *const answers[] = {
        [RANGE_MATCH_NO] = "0", [RANGE_MATCH_YES] = "1", [RANGE_MATCH_INVALID] = "invalid"};
    char line[1000];
    size_t rows = 0;
    FILE *table = fopen("tests/tables/versions/vers.tsv", "r");
    assert_non_null(table);
    while (fgets(line, sizeof(line), table) != NULL) {
        struct view rest = view_text(line);
        if (line[0] == '#')
            continue;
        struct view range = view_cut(&rest, '\t'), version = view_cut(&rest, '\t');
        const char *answer = answers[vers_match(range, version)];
        if (!view_is(view_trim(rest), answer))
            fail_msg("\"%.*s\" \"%.*s\": %s", VIEW_PRINT(range), VIEW_PRINT(version), answer);
        rows++;
    }
    fclose(table);
    assert_true(rows > 30);
}

static void refuses_ranges_over_the_limits(void **state)
{
    (void)state;
    AUTO_BUFFER range;
    buffer_init(&range, (size_t)2 * VERS_BYTES_MAX);
    buffer_append_text(&range, "vers:npm/");
    for (int i = 0; i < VERS_CONSTRAINTS_MAX; i++)
        buffer_append_format(&range, "%s%d.0.0", i == 0 ? "" : "|", i);
    assert_int_equal(vers_match(buffer_view(&range), view_text("7.0.0")), RANGE_MATCH_YES);
    buffer_append_text(&range, "|1000.0.0");
    assert_int_equal(vers_match(buffer_view(&range), view_text("7.0.0")), RANGE_MATCH_INVALID);
    buffer_clear(&range);
    buffer_append_text(&range, "vers:npm/<1.0.0-");
    while (range.size <= VERS_BYTES_MAX)
        buffer_append_byte(&range, 'a');
    assert_int_equal(vers_match(buffer_view(&range), view_text("0.1.0")), RANGE_MATCH_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_hold_what_their_table_says),
        cmocka_unit_test(refuses_ranges_over_the_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
