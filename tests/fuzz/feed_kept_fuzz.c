/* SPDX-License-Identifier: Apache-2.0 */
/* Kept records, which may come from another machine: what they hold is handed on checked, and what our parent takes,
   our child may write again. Fuzzes: src/feed/kept.c */
#include "tests/fuzz/feed_sink.h"

#include "feed/feed_frames.h"
#include "feed/kept.h"

/* Whatever a vulnerability is called: the file says so, not a feed. */
static bool take_facts(
    struct feed_sink *sink, struct view vulnerability, const struct vulnerability_facts *facts, struct error *err)
{
    (void)sink;
    (void)facts;
    (void)err;
    FUZZ_CHECK(vulnerability.size > 0 && view_is_utf8(vulnerability));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct feed_sink sink = checked_feed_sink;
    sink.facts = take_facts;
    struct feed_frame_reader reader;
    struct feed_frame_writer writer;
    feed_frame_reader_init(&reader, &sink);
    feed_frame_writer_init(&writer, feed_frame_read, &reader);
    AUTO_SOURCE *source = source_from_memory(view_of(data, size));
    if (feed_kept.records.read(source, &writer.sink, &err))
        FUZZ_CHECK(feed_frame_writer_finish(&writer, &err) && feed_frame_reader_finish(&reader, &err));
    else
        FUZZ_CHECK(err.code == ERROR_CORRUPT || err.code == ERROR_LIMIT || err.code == ERROR_UNSUPPORTED);
    feed_frame_writer_done(&writer);
    feed_frame_reader_done(&reader);
    return 0;
}
