/* SPDX-License-Identifier: Apache-2.0 */
/* How the calls of a feed_sink travel from the child to the parent. An advisory (advisory/encoding.h) may need several
   frames. */
#ifndef FEED_FEED_FRAMES_H
#define FEED_FEED_FRAMES_H

#include "base/buffer.h"
#include "feed/feed.h"

enum feed_frame {
    FEED_FRAME_PART = 1, /* bytes of an advisory, more follow */
    FEED_FRAME_ADVISORY, /* its last bytes */
    FEED_FRAME_GAP, /* name and reason, as texts of base/pack.h */
    FEED_FRAME_LISTED, /* ids, likewise, each with its time */
    FEED_FRAME_FACTS, /* id and facts (advisory/encoding.h) of some vulnerabilities, each as a text of base/pack.h */
};

/* In the child: a sink that writes frames through `write` (frame_write, but for tests). */
struct feed_frame_writer {
    struct feed_sink sink; /* first */
    bool (*write)(void *context, uint32_t type, struct view payload, struct error *err);
    void *context;
    struct buffer advisory;
    struct buffer gap;
    struct buffer listed; /* ids that wait for a full frame */
    struct buffer facts; /* likewise */
    struct buffer scratch; /* the facts of one vulnerability */
};
void feed_frame_writer_init(struct feed_frame_writer *writer,
    bool (*write)(void *context, uint32_t type, struct view payload, struct error *err), void *context);
void feed_frame_writer_done(struct feed_frame_writer *writer);

/* Writes what waits. */
bool feed_frame_writer_finish(struct feed_frame_writer *writer, struct error *err) MUST_CHECK;

/* In the parent: hands frames to a sink. Every byte is checked: lengths, UTF-8, limits. */
struct feed_frame_reader {
    struct feed_sink *sink;
    struct arena *arena;
    struct buffer advisory;
};
void feed_frame_reader_init(struct feed_frame_reader *reader, struct feed_sink *sink);
void feed_frame_reader_done(struct feed_frame_reader *reader);

/* `context` is the reader; ERROR_CRASHED for frames that our child would not write. */
bool feed_frame_read(void *context, uint32_t type, struct view payload, struct error *err) MUST_CHECK;

/* ERROR_CRASHED if the last advisory has no end. */
bool feed_frame_reader_finish(const struct feed_frame_reader *reader, struct error *err) MUST_CHECK;

#endif
