/* SPDX-License-Identifier: Apache-2.0 */
/* SemVer chooses by version; the rows are range, tag and reason. */
#include "sync/import_policy.h"
#include "tests/unit/test.h"

static const struct {
    const char *range;
    const char *tag;
    enum selection_reason reason;
} rows[] = {
    {">=1.2 <2", "1.2.0", SELECTION_IN_RANGE},
    {">=1.2 <2", "v1.9.9", SELECTION_IN_RANGE},
    {">=1.2 <2", "2.0.0", SELECTION_OUT_OF_RANGE},
    {">=1.2 <2", "1.1.9", SELECTION_OUT_OF_RANGE},
    {">=1.2 <2", "latest", SELECTION_NO_VERSION},
    {">=1.2 <2", "1.3", SELECTION_NO_VERSION},
    {"^1.4", "1.4.0", SELECTION_IN_RANGE},
    {"^1.4", "1.5.0-rc.1", SELECTION_OUT_OF_RANGE},
    {"^1.5.0-0", "1.5.0-rc.1", SELECTION_IN_RANGE},
    {"1.x || 3.x", "3.7.1", SELECTION_IN_RANGE},
    {"1.x || 3.x", "2.0.0", SELECTION_OUT_OF_RANGE},
};

static void chooses_whole_versions_in_the_range(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA *arena = arena_new();
        AUTO_IMPORT_POLICY policy = {.selector = NULL};
        struct error err;
        struct selection selection = {.is_selected = false};
        const struct observed_tag tag = {.name = view_text(rows[i].tag)};
        const struct observed_repository repository = {view_text("app"), &tag, 1};
        const struct selection_input input = {&repository, 0};
        struct view document = arena_format(arena,
            "{\"name\":\"n\",\"import_policy\":{\"type\":\"SemVer\",\"policy\":{\"range\":\"%s\"}}}", rows[i].range);
        assert_ok(import_policy_parse_text(arena, document, &policy, &err), &err);
        selector_select(policy.selector, &input, arena, &selection);
        if (selection.reason != rows[i].reason)
            fail_msg("%s %s: %s", rows[i].range, rows[i].tag, selection_reason_code(selection.reason));
        assert_int_equal(selection.is_selected, rows[i].reason == SELECTION_IN_RANGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(chooses_whole_versions_in_the_range)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
