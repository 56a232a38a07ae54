/* SPDX-License-Identifier: Apache-2.0 */
/* The feeds of single distributions and of exploits, by the first byte: what our child reads and writes, our parent must
   accept, and everything in it is text.
   Fuzzes: src/feed/csaf_advisories.c src/feed/csaf_document.c src/feed/errata.c src/feed/exploits.c
   src/feed/feed_alpine.c src/feed/feed_amazon.c src/feed/feed_azure.c src/feed/feed_debian.c
   src/feed/feed_exploitdb.c src/feed/feed_metasploit.c src/feed/feed_oracle.c src/feed/feed_redhat.c
   src/feed/feed_ubuntu.c src/feed/oval.c src/feed/repository.c src/feed/secdb.c src/feed/tar.c src/feed/updateinfo.c
   src/feed/xml_stream.c src/stream/bzip2_xz.c */
#include "tests/fuzz/feed_sink.h"

#include "feed/feed_frames.h"
#include "feed/repository.h"

/* One for each value of the first byte, again and again. */
static const struct feed_file *choose(unsigned choice)
{
    static const char *const names[] = {
        "debian", "alpine", "wolfi", "exploitdb", "metasploit", "azure", "redhat", "amazon", "oracle", "ubuntu"};
    const unsigned name_count = sizeof(names) / sizeof(names[0]);
    const struct feed *redhat = feed_named(view_text("redhat"));
    const struct feed_file *others[] = {&repository_metadata, &redhat->record, &redhat->changes};
    choice %= name_count + sizeof(others) / sizeof(others[0]);
    return choice < name_count ? &feed_named(view_text(names[choice]))->records : others[choice - name_count];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err;
    struct feed_sink sink = checked_feed_sink;
    struct feed_frame_reader reader;
    struct feed_frame_writer writer;
    if (size == 0)
        return 0;
    const struct feed_file *file = choose(data[0]);
    feed_frame_reader_init(&reader, &sink);
    feed_frame_writer_init(&writer, feed_frame_read, &reader);
    AUTO_SOURCE *source = source_from_memory(view_of(data + 1, size - 1));
    if (file->read(source, &writer.sink, &err))
        FUZZ_CHECK(feed_frame_writer_finish(&writer, &err) && feed_frame_reader_finish(&reader, &err));
    else
        FUZZ_CHECK(err.code == ERROR_CORRUPT || err.code == ERROR_LIMIT || err.code == ERROR_UNSUPPORTED ||
                   err.code == ERROR_INVALID);
    feed_frame_writer_done(&writer);
    feed_frame_reader_done(&reader);
    return 0;
}
