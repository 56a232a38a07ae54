/* SPDX-License-Identifier: Apache-2.0 */
/* Kept records, which may come from another machine: what they hold is handed on checked, and what our parent takes, our
   child may write again. */
#include "tests/fuzz/fuzz.h"

#include "feed/feed_frames.h"
#include "feed/kept.h"

static bool take_advisory(struct feed_sink *sink, const struct advisory *advisory, struct error *err)
{
    (void)sink;
    (void)err;
    FUZZ_CHECK(advisory->id.size > 0 && view_is_utf8(advisory->id));
    return true;
}

static bool take_facts(
    struct feed_sink *sink, struct view vulnerability, const struct vulnerability_facts *facts, struct error *err)
{
    (void)sink;
    (void)facts;
    (void)err;
    FUZZ_CHECK(vulnerability.size > 0 && view_is_utf8(vulnerability));
    return true;
}

static bool take_text(struct feed_sink *sink, struct view name, struct view reason, struct error *err)
{
    (void)sink;
    (void)err;
    FUZZ_CHECK(view_is_utf8(name) && view_is_utf8(reason));
    return true;
}

static bool take_listed(struct feed_sink *sink, struct view id, struct error *err)
{
    (void)sink;
    (void)err;
    FUZZ_CHECK(id.size > 0);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct feed_sink sink = {.advisory = take_advisory, .facts = take_facts, .gap = take_text, .listed = take_listed};
    struct feed_frame_reader reader;
    struct feed_frame_writer writer;
    feed_frame_reader_init(&reader, &sink);
    feed_frame_writer_init(&writer, feed_frame_read, &reader);
    AUTO_SOURCE *source = source_from_memory(view_of(data, size));
    if (feed_kept.records.read(source, &writer.sink, &err))
        FUZZ_CHECK(feed_frame_writer_finish(&writer, &err) && feed_frame_reader_finish(&reader, &err));
    else
        FUZZ_CHECK(err.code == ERROR_CORRUPT || err.code == ERROR_LIMIT);
    feed_frame_writer_done(&writer);
    feed_frame_reader_done(&reader);
    return 0;
}
