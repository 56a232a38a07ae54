/* SPDX-License-Identifier: Apache-2.0 */
/* Import policies: what is accepted reads back as itself, and selects without a crash.
   Fuzzes: src/sync/ */
#include "tests/fuzz/fuzz.h"

#include "sync/import_policy.h"

static struct view write_policy(struct arena *arena, const struct import_policy *policy)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    buffer_init(&text, 4 * JSON_BYTES_MAX);
    json_writer_init(&writer, &text);
    import_policy_write(policy, &writer);
    return arena_copy(arena, buffer_view(&text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct observed_tag tags[] = {
        {.name = VIEW_LITERAL("1.2.3"), .pushed_ms = 1},
        {.name = VIEW_LITERAL("latest"), .first_observed_ms = 2, .is_of_first_listing = true, .is_baseline = true},
    };
    AUTO_ARENA *arena = arena_new();
    AUTO_IMPORT_POLICY policy;
    AUTO_IMPORT_POLICY again = {.selector = NULL};
    struct observed_repository repository = {view_text("team/app"), tags, 2};
    struct selection_input input = {&repository, 1000};
    struct selection selections[2];
    struct error err;
    if (!import_policy_parse_text(arena, view_of(data, size), &policy, &err))
        return 0;
    struct view text = write_policy(arena, &policy);
    FUZZ_CHECK(import_policy_parse_text(arena, text, &again, &err));
    FUZZ_CHECK(view_equal(text, write_policy(arena, &again)));
    selector_select(policy.selector, &input, arena, selections);
    return 0;
}
