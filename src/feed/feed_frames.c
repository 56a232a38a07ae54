/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/feed_frames.h"

#include "advisory/encoding.h"
#include "base/pack.h"
#include "base/text.h"

enum {
    GAP_BYTES_MAX = 8 * 1024, /* name and reason */
    GAP_TEXT_MAX = 1024, /* each of them */
    LISTED_BYTES = 32 * 1024, /* a frame of ids is sent when it has as many */
    LISTED_BYTES_MAX = 64 * 1024,
    ID_BYTES_MAX = 1024,
    FACTS_BYTES = 32 * 1024, /* a frame of facts is sent when it has as many */
    FACTS_BYTES_MAX = 64 * 1024, /* of one vulnerability */
};

/* The name of a file in the feed may be any bytes. */
static void pack_printable(struct buffer *out, struct view text)
{
    AUTO_BUFFER printable;
    buffer_init(&printable, GAP_BYTES_MAX);
    text_append_printable(&printable, view_slice(text, 0, GAP_TEXT_MAX));
    pack_text(out, buffer_view(&printable));
}

static bool write_gap(struct feed_sink *sink, struct view name, struct view reason, struct error *err)
{
    struct feed_frame_writer *writer = (struct feed_frame_writer *)sink;
    buffer_clear(&writer->gap);
    pack_printable(&writer->gap, name);
    pack_printable(&writer->gap, reason);
    return buffer_check(&writer->gap, "a gap", err) &&
           writer->write(writer->context, FEED_FRAME_GAP, buffer_view(&writer->gap), err);
}

static bool write_advisory(struct feed_sink *sink, const struct advisory *advisory, struct error *err)
{
    struct feed_frame_writer *writer = (struct feed_frame_writer *)sink;
    buffer_clear(&writer->advisory);
    encode_advisory(&writer->advisory, advisory);
    if (writer->advisory.is_full)
        return write_gap(sink, advisory->id, view_text("the record is too large"), err);
    struct view rest = buffer_view(&writer->advisory);
    for (; rest.size > FRAME_BYTES_MAX; rest = view_from(rest, FRAME_BYTES_MAX)) {
        if (!writer->write(writer->context, FEED_FRAME_PART, view_slice(rest, 0, FRAME_BYTES_MAX), err))
            return false;
    }
    return writer->write(writer->context, FEED_FRAME_ADVISORY, rest, err);
}

static bool flush_listed(struct feed_frame_writer *writer, struct error *err)
{
    if (!writer->write(writer->context, FEED_FRAME_LISTED, buffer_view(&writer->listed), err))
        return false;
    buffer_clear(&writer->listed);
    return true;
}

static bool write_listed(struct feed_sink *sink, struct view id, int64_t modified_ms, struct error *err)
{
    struct feed_frame_writer *writer = (struct feed_frame_writer *)sink;
    if (id.size > ID_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "an id is longer than %d bytes", ID_BYTES_MAX);
    pack_text(&writer->listed, id);
    buffer_append_u64(&writer->listed, (uint64_t)modified_ms);
    return writer->listed.size < LISTED_BYTES || flush_listed(writer, err);
}

static bool flush_facts(struct feed_frame_writer *writer, struct error *err)
{
    if (!writer->write(writer->context, FEED_FRAME_FACTS, buffer_view(&writer->facts), err))
        return false;
    buffer_clear(&writer->facts);
    return true;
}

static bool write_facts(
    struct feed_sink *sink, struct view vulnerability, const struct vulnerability_facts *facts, struct error *err)
{
    struct feed_frame_writer *writer = (struct feed_frame_writer *)sink;
    buffer_clear(&writer->scratch);
    encode_facts(&writer->scratch, facts);
    if (writer->scratch.is_full || vulnerability.size > ID_BYTES_MAX)
        return write_gap(sink, vulnerability, view_text("the record is too large"), err);
    pack_text(&writer->facts, vulnerability);
    pack_text(&writer->facts, buffer_view(&writer->scratch));
    return writer->facts.size < FACTS_BYTES || flush_facts(writer, err);
}

void feed_frame_writer_init(struct feed_frame_writer *writer,
    bool (*write)(void *context, uint32_t type, struct view payload, struct error *err), void *context)
{
    *writer = (struct feed_frame_writer){
        .sink = {.advisory = write_advisory, .facts = write_facts, .gap = write_gap, .listed = write_listed},
        .write = write,
        .context = context,
    };
    buffer_init(&writer->advisory, ADVISORY_ENCODED_MAX);
    buffer_init(&writer->gap, 2 * GAP_BYTES_MAX);
    buffer_init(&writer->listed, LISTED_BYTES_MAX);
    buffer_init(&writer->facts, FACTS_BYTES + ID_BYTES_MAX + 2 * FACTS_BYTES_MAX);
    buffer_init(&writer->scratch, FACTS_BYTES_MAX);
}

void feed_frame_writer_done(struct feed_frame_writer *writer)
{
    buffer_done(&writer->advisory);
    buffer_done(&writer->gap);
    buffer_done(&writer->listed);
    buffer_done(&writer->facts);
    buffer_done(&writer->scratch);
}

bool feed_frame_writer_finish(struct feed_frame_writer *writer, struct error *err)
{
    return (writer->listed.size == 0 || flush_listed(writer, err)) &&
           (writer->facts.size == 0 || flush_facts(writer, err));
}

void feed_frame_reader_init(struct feed_frame_reader *reader, struct feed_sink *sink)
{
    *reader = (struct feed_frame_reader){.sink = sink, .arena = arena_new()};
    buffer_init(&reader->advisory, ADVISORY_ENCODED_MAX);
}

void feed_frame_reader_done(struct feed_frame_reader *reader)
{
    arena_free(reader->arena);
    buffer_done(&reader->advisory);
}

static bool break_off(struct error *err)
{
    return error_set(err, ERROR_CRASHED, "the process that parses feeds sent something that it cannot have read");
}

static bool read_advisory(struct feed_frame_reader *reader, struct view encoded, struct error *err)
{
    arena_reset(reader->arena);
    struct advisory advisory;
    struct decoder decoder = decoder_begin(encoded);
    decoder.checks_text = true;
    decode_advisory(&decoder, reader->arena, &advisory);
    if (!decoder_finish(&decoder, "the advisory", err) || advisory.id.size == 0)
        return break_off(err);
    return reader->sink->advisory(reader->sink, &advisory, err);
}

static bool read_gap(struct feed_frame_reader *reader, struct view payload, struct error *err)
{
    struct unpack gap = unpack_begin(payload);
    struct view name = unpack_text(&gap);
    struct view reason = unpack_text(&gap);
    if (!unpack_is_done(&gap) || payload.size > 2 * GAP_BYTES_MAX || !view_is_utf8(name) || !view_is_utf8(reason))
        return break_off(err);
    return reader->sink->gap(reader->sink, name, reason, err);
}

static bool read_listed(struct feed_frame_reader *reader, struct view payload, struct error *err)
{
    struct unpack ids = unpack_begin(payload);
    while (ids.rest.size > 0) {
        struct view id = unpack_text(&ids);
        int64_t modified_ms = (int64_t)unpack_u64(&ids);
        if (ids.is_broken || id.size == 0 || id.size > ID_BYTES_MAX || !view_is_utf8(id))
            return break_off(err);
        if (!reader->sink->listed(reader->sink, id, modified_ms, err))
            return false;
    }
    return true;
}

static bool read_facts(struct feed_frame_reader *reader, struct view payload, struct error *err)
{
    struct unpack rows = unpack_begin(payload);
    while (rows.rest.size > 0) {
        struct vulnerability_facts facts;
        struct view id = unpack_text(&rows);
        struct decoder decoder = decoder_begin(unpack_text(&rows));
        decoder.checks_text = true;
        arena_reset(reader->arena);
        decode_facts(&decoder, reader->arena, &facts);
        if (rows.is_broken || id.size == 0 || id.size > ID_BYTES_MAX || !view_is_utf8(id) ||
            !decoder_finish(&decoder, "the facts", err))
            return break_off(err);
        if (!reader->sink->facts(reader->sink, id, &facts, err))
            return false;
    }
    return true;
}

bool feed_frame_read(void *context, uint32_t type, struct view payload, struct error *err)
{
    struct feed_frame_reader *reader = context;
    if (type == FEED_FRAME_GAP)
        return read_gap(reader, payload, err);
    if (type == FEED_FRAME_LISTED)
        return read_listed(reader, payload, err);
    if (type == FEED_FRAME_FACTS)
        return read_facts(reader, payload, err);
    if (type != FEED_FRAME_PART && type != FEED_FRAME_ADVISORY)
        return break_off(err);
    if (type == FEED_FRAME_ADVISORY && reader->advisory.size == 0)
        return read_advisory(reader, payload, err);
    buffer_append(&reader->advisory, payload);
    if (reader->advisory.is_full || payload.size == 0)
        return break_off(err);
    if (type == FEED_FRAME_PART)
        return true;
    bool is_read = read_advisory(reader, buffer_view(&reader->advisory), err);
    buffer_clear(&reader->advisory);
    return is_read;
}

bool feed_frame_reader_finish(const struct feed_frame_reader *reader, struct error *err)
{
    return reader->advisory.size == 0 || break_off(err);
}
