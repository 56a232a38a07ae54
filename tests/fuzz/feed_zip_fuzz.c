/* SPDX-License-Identifier: Apache-2.0 */
/* The whole way of a feed file: zip, records, frames, and the parent that reads them. What our child writes, our parent
   must accept.
   Fuzzes: src/feed/ */
#include "tests/fuzz/fuzz.h"

#include "feed/feed_frames.h"

extern const struct feed feed_osv;

static bool take_advisory(struct feed_sink *sink, const struct advisory *advisory, struct error *err)
{
    (void)sink;
    (void)err;
    FUZZ_CHECK(advisory->id.size > 0 && view_is_utf8(advisory->id));
    return true;
}

static bool take_gap(struct feed_sink *sink, struct view name, struct view reason, struct error *err)
{
    (void)sink;
    (void)name;
    (void)err;
    FUZZ_CHECK(reason.size > 0);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct feed_sink sink = {.advisory = take_advisory, .gap = take_gap};
    struct feed_frame_reader reader;
    struct feed_frame_writer writer;
    feed_frame_reader_init(&reader, &sink);
    feed_frame_writer_init(&writer, feed_frame_read, &reader);
    AUTO_SOURCE *source = source_from_memory(view_of(data, size));
    if (feed_osv.records.read(source, &writer.sink, &err))
        FUZZ_CHECK(feed_frame_writer_finish(&writer, &err) && feed_frame_reader_finish(&reader, &err));
    else
        FUZZ_CHECK(err.code == ERROR_CORRUPT || err.code == ERROR_LIMIT);
    feed_frame_writer_done(&writer);
    feed_frame_reader_done(&reader);
    return 0;
}
