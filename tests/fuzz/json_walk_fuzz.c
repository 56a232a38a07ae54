/* SPDX-License-Identifier: Apache-2.0 */
/* What the other JSON reader accepts, the walk accepts, with as many values.
   Fuzzes: src/feed/json_walk.c */
#include "tests/fuzz/fuzz.h"

#include "base/json.h"
#include "feed/json_walk.h"

struct seen {
    size_t values;
};

static bool take_event(void *context, const struct json_walk_event *event, struct error *err)
{
    struct seen *seen = context;
    (void)err;
    FUZZ_CHECK(view_is_utf8(event->key) && view_is_utf8(event->text));
    FUZZ_CHECK(event->depth <= JSON_WALK_DEPTH_MAX);
    seen->values += event->kind != JSON_WALK_END;
    return true;
}

static bool walk(struct view text, struct seen *seen)
{
    struct error err;
    struct json_walk_reading reading = {.text_bytes_max = 65536, .event = take_event, .context = seen};
    AUTO_SOURCE *source = source_from_memory(text);
    bool is_read = json_walk(&reading, source, &err);
    FUZZ_CHECK(is_read || err.code == ERROR_CORRUPT || err.code == ERROR_LIMIT);
    return is_read;
}

static size_t count_values(struct json value)
{
    size_t count = 1;
    for (struct json_iterator i = json_each(value); json_next(&i);)
        count += count_values(i.value);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct json root;
    struct seen seen = {0};
    AUTO_JSON *document = json_document_new();
    struct view text = view_of(data, size);
    bool is_walked = walk(text, &seen);
    bool has_long_number = false;
    for (size_t i = 0, digits = 0; i < size; i++) {
        digits = data[i] >= '+' && data[i] <= '9' ? digits + 1 : 0;
        has_long_number = has_long_number || digits >= 60;
    }
    if (size > 0 && !has_long_number && json_parse(document, text, 1024 * 1024, "the text", &root, &err)) {
        FUZZ_CHECK(is_walked);
        FUZZ_CHECK(seen.values == count_values(root));
    }
    return 0;
}
