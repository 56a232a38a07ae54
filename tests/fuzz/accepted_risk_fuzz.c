/* SPDX-License-Identifier: Apache-2.0 */
/* Accepted risks: what is accepted reads back as itself, and is asked without a crash.
   Fuzzes: src/finding/accepted_risk.c */
#include "tests/fuzz/fuzz.h"

#include "finding/accepted_risk.h"

static struct view write_risks(struct arena *arena, const struct accepted_risk *risks, size_t count)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    buffer_init(&text, 16 * JSON_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_key(&writer, "risks");
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&writer);
        accepted_risk_write_members(&risks[i], &writer);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    return arena_copy(arena, buffer_view(&text));
}

static bool read_risks(struct arena *arena, struct view text, struct accepted_risk **risks, size_t *count)
{
    AUTO_JSON *document = json_document_new();
    struct document_problems problems;
    struct json root;
    struct error err;
    return json_parse(document, text, 16 * JSON_BYTES_MAX, "risks", &root, &err) &&
           accepted_risks_parse(arena, root, risks, count, &problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct package package = {.name = VIEW_LITERAL("a"), .version = VIEW_LITERAL("1")};
    static const struct finding finding = {.id = VIEW_LITERAL("CVE-2026-1")};
    static const struct accepted_place place = {.image = VIEW_LITERAL("a/b"), .repository = VIEW_LITERAL("b")};
    AUTO_ARENA *arena = arena_new();
    struct accepted_risk *risks, *again;
    size_t count, count_again;
    if (!read_risks(arena, view_of(data, size), &risks, &count))
        return 0;
    struct view text = write_risks(arena, risks, count);
    FUZZ_CHECK(read_risks(arena, text, &again, &count_again));
    FUZZ_CHECK(view_equal(text, write_risks(arena, again, count_again)));
    for (size_t i = 0; i < count; i++) {
        (void)accepted_risk_is_here(&risks[i], &place);
        (void)accepted_risk_covers(&risks[i], &package, view_text("a/b"), &finding);
    }
    return 0;
}
