/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "sync/plan_chunk.h"

static const struct observed_tag tags[] = {
    {.name = VIEW_LITERAL("newest"), .pushed_ms = INT64_C(1767225600000), .first_observed_ms = INT64_C(1767225601000)},
    {.name = VIEW_LITERAL("no \"time\""), .first_observed_ms = INT64_C(1767225600000)},
};
static const struct selection by_push = {.is_selected = true, .reason = SELECTION_RECENT, .clock = CLOCK_PUSHED};
static const struct selection all = {.is_selected = true, .reason = SELECTION_ALL};
static const struct plan_step steps[] = {
    {.action = PLAN_IMPORT, .tag = VIEW_LITERAL("newest"), .observed = &tags[0], .selection = &by_push},
    {.action = PLAN_IMPORT_LATER, .tag = VIEW_LITERAL("no \"time\""), .observed = &tags[1], .selection = &all},
    {.action = PLAN_KEEP, .tag = VIEW_LITERAL("kept"), .observed = &tags[0], .selection = &all},
    {.action = PLAN_DELETE_GONE, .tag = VIEW_LITERAL("gone")},
};
enum { STEP_COUNT = sizeof(steps) / sizeof(steps[0]) };

static bool is_import(const struct plan_step *step)
{
    return step->action == PLAN_IMPORT || step->action == PLAN_IMPORT_LATER;
}

static bool is_deletion(const struct plan_step *step)
{
    return step->action == PLAN_DELETE_GONE;
}

static bool is_mark(const struct plan_step *step)
{
    return step->action == PLAN_MARK_GONE;
}

static bool write_chunk(struct view chunk, struct buffer *text, struct error *err)
{
    struct json_writer writer;
    buffer_clear(text);
    json_writer_init(&writer, text);
    return plan_chunk_write(chunk, &writer, err);
}

static void make_chunk(struct buffer *chunk)
{
    buffer_init(chunk, 10000);
    plan_chunk_begin(chunk);
    plan_chunk_add(chunk, view_text("team/app"), steps, STEP_COUNT, is_import);
    plan_chunk_add(chunk, view_text("none"), steps, STEP_COUNT, is_mark);
    plan_chunk_add(chunk, view_text("team/old"), steps, STEP_COUNT, is_deletion);
}

static void reads_back_steps_with_their_reasons(void **state)
{
    (void)state;
    AUTO_BUFFER chunk, text;
    struct error err;
    make_chunk(&chunk);
    buffer_init(&text, 10000);
    assert_ok(write_chunk(buffer_view(&chunk), &text, &err), &err);
    assert_view_equal(buffer_view(&text),
        "{\"repository\":\"team/app\",\"tags\":["
        "{\"tag\":\"newest\",\"observed_at\":\"2026-01-01T00:00:01Z\",\"pushed_at\":\"2026-01-01T00:00:00Z\","
        "\"action\":\"import\",\"reason\":\"recent\",\"clock\":\"pushed\"},"
        "{\"tag\":\"no \\\"time\\\"\",\"observed_at\":\"2026-01-01T00:00:00Z\","
        "\"action\":\"import-later\",\"reason\":\"all\",\"clock\":\"none\"}]},"
        "{\"repository\":\"team/old\",\"tags\":[{\"tag\":\"gone\",\"action\":\"delete-gone\"}]}");
}

/* A cut is noticed anywhere but between two repositories; whatever a changed byte means, reading ends. */
static void refuses_damaged_chunks(void **state)
{
    (void)state;
    AUTO_BUFFER chunk, text, empty;
    struct error err;
    size_t refused = 0;
    make_chunk(&chunk);
    buffer_init(&text, 100000);
    buffer_init(&empty, 10000);
    plan_chunk_begin(&empty);
    for (size_t size = 0; size < chunk.size; size++)
        refused += !write_chunk(view_of(chunk.data, size), &text, &err);
    assert_int_equal(refused, chunk.size - 2);
    assert_ok(write_chunk(buffer_view(&empty), &text, &err), &err);
    for (size_t at = 0; at < chunk.size; at++) {
        chunk.data[at] = (char)(chunk.data[at] ^ 0x7f);
        if (!write_chunk(buffer_view(&chunk), &text, &err))
            assert_int_equal(err.code, ERROR_CORRUPT);
        chunk.data[at] = (char)(chunk.data[at] ^ 0x7f);
    }
    chunk.data[0]++;
    assert_fails(write_chunk(buffer_view(&chunk), &text, &err), &err, ERROR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_steps_with_their_reasons),
        cmocka_unit_test(refuses_damaged_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
