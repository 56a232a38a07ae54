/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/channel.h"

#include "base/memory.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { WRITER_BYTES = 64 * 1024 };

struct frame_writer {
    int descriptor;
    size_t size;
    char bytes[WRITER_BYTES];
};

struct frame_writer *frame_writer_new(int descriptor)
{
    struct frame_writer *writer = memory_alloc(sizeof(*writer));
    writer->descriptor = descriptor;
    writer->size = 0;
    return writer;
}

void frame_writer_free(struct frame_writer *writer)
{
    free(writer);
}

static bool write_out(struct frame_writer *writer, struct view bytes, struct error *err)
{
    while (bytes.size > 0) {
        ssize_t written = write(writer->descriptor, bytes.data, bytes.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set_errno(err, errno, "could not send results to the parent process");
        bytes = view_from(bytes, (size_t)written);
    }
    return true;
}

static bool flush(struct frame_writer *writer, struct error *err)
{
    struct view waiting = view_of(writer->bytes, writer->size);
    writer->size = 0;
    return write_out(writer, waiting, err);
}

static bool put(struct frame_writer *writer, struct view bytes, struct error *err)
{
    if (bytes.size > sizeof(writer->bytes) - writer->size && !flush(writer, err))
        return false;
    if (bytes.size > sizeof(writer->bytes))
        return write_out(writer, bytes, err);
    if (bytes.size > 0)
        memcpy(writer->bytes + writer->size, bytes.data, bytes.size);
    writer->size += bytes.size;
    return true;
}

static bool put_frame(struct frame_writer *writer, uint32_t type, struct view payload, struct error *err)
{
    if (payload.size > FRAME_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "a result of %zu bytes is larger than %u", payload.size, FRAME_BYTES_MAX);
    const uint32_t header[2] = {htole32(type), htole32((uint32_t)payload.size)};
    return put(writer, view_of(header, sizeof(header)), err) && put(writer, payload, err);
}

bool frame_write(struct frame_writer *writer, uint32_t type, struct view payload, struct error *err)
{
    if (type == 0 || type > FRAME_TASK_TYPE_MAX)
        return error_set(err, ERROR_INVALID, "there is no frame type %u", type);
    return put_frame(writer, type, payload, err);
}

bool frame_write_end(struct frame_writer *writer, struct error *err)
{
    return put_frame(writer, FRAME_END, view_text(""), err) && flush(writer, err);
}

bool frame_write_error(struct frame_writer *writer, const struct error *failure, struct error *err)
{
    char payload[sizeof(uint32_t) + ERROR_MESSAGE_MAX];
    uint32_t code = htole32((uint32_t)failure->code);
    size_t size = strlen(failure->message);
    memcpy(payload, &code, sizeof(code));
    memcpy(payload + sizeof(code), failure->message, size);
    return put_frame(writer, FRAME_ERROR, view_of(payload, sizeof(code) + size), err) && flush(writer, err);
}

void frame_reader_init(struct frame_reader *reader)
{
    *reader = (struct frame_reader){0};
    buffer_init(&reader->bytes, FRAME_HEADER_BYTES + FRAME_BYTES_MAX + FRAME_READ_BYTES);
}

void frame_reader_done(struct frame_reader *reader)
{
    buffer_done(&reader->bytes);
}

char *frame_reader_room(struct frame_reader *reader)
{
    return buffer_reserve(&reader->bytes, FRAME_READ_BYTES);
}

static bool protocol_broken(struct error *err)
{
    return error_set(err, ERROR_CRASHED, "the sandboxed process sent something that is not a result");
}

static bool take_error(struct frame_reader *reader, struct view payload, struct error *err)
{
    uint32_t code = 0;
    if (payload.size < sizeof(code))
        return protocol_broken(err);
    memcpy(&code, payload.data, sizeof(code));
    code = le32toh(code);
    struct view message = view_from(payload, sizeof(code));
    if (code == ERROR_NONE || code >= ERROR_COUNT || message.size >= ERROR_MESSAGE_MAX || !view_is_utf8(message))
        return protocol_broken(err);
    error_set(&reader->task_error, (enum error_code)code, "%.*s", VIEW_PRINT(message));
    reader->has_task_failed = true;
    return true;
}

static bool take_frame(struct frame_reader *reader, uint32_t type, struct view payload, frame_function *deliver,
    void *context, struct error *err)
{
    if (reader->is_ended || reader->has_task_failed)
        return protocol_broken(err);
    if (type == FRAME_END && payload.size == 0) {
        reader->is_ended = true;
        return true;
    }
    if (type == FRAME_ERROR)
        return take_error(reader, payload, err);
    if (type == 0 || type > FRAME_TASK_TYPE_MAX)
        return protocol_broken(err);
    return deliver(context, type, payload, err);
}

bool frame_reader_take(
    struct frame_reader *reader, size_t size, frame_function *deliver, void *context, struct error *err)
{
    buffer_advance(&reader->bytes, size);
    struct view rest = buffer_view(&reader->bytes);
    while (rest.size >= FRAME_HEADER_BYTES) {
        uint32_t header[2];
        memcpy(header, rest.data, sizeof(header));
        uint32_t type = le32toh(header[0]);
        uint32_t length = le32toh(header[1]);
        if (length > FRAME_BYTES_MAX)
            return protocol_broken(err);
        if (rest.size - FRAME_HEADER_BYTES < length)
            break;
        if (!take_frame(reader, type, view_slice(rest, FRAME_HEADER_BYTES, length), deliver, context, err))
            return false;
        rest = view_from(rest, FRAME_HEADER_BYTES + length);
    }
    buffer_consume(&reader->bytes, reader->bytes.size - rest.size);
    return true;
}

bool frame_reader_is_empty(const struct frame_reader *reader)
{
    return reader->bytes.size == 0;
}
