/* SPDX-License-Identifier: Apache-2.0 */
/* modified_id.csv: never more ids than lines, each of them text that a frame may carry.
   Fuzzes: src/feed/lines.c src/feed/feed_osv.c */
#include "tests/fuzz/fuzz.h"

#include "feed/feed.h"

extern const struct feed feed_osv;

struct counter {
    struct feed_sink sink; /* first */
    size_t count;
};

static bool count_id(struct feed_sink *sink, struct view id, int64_t modified_ms, struct error *err)
{
    (void)modified_ms;
    (void)err;
    FUZZ_CHECK(id.size > 0 && view_is_utf8(id) && view_find(id, '\n') == id.size && view_find(id, '/') == id.size);
    ((struct counter *)sink)->count++;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct counter counter = {.sink = {.listed = count_id}};
    AUTO_SOURCE *source = source_from_memory(view_of(data, size));
    bool is_read = feed_osv.list.read(source, &counter.sink, &err);
    size_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    FUZZ_CHECK(counter.count <= lines);
    FUZZ_CHECK(is_read || err.code == ERROR_INVALID || err.code == ERROR_LIMIT);
    return 0;
}
