/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/kept.h"

#include "base/memory.h"
#include "base/pack.h"
#include "feed/feed_frames.h"
#include "feed/unpacked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#define KEPT_FORMAT "tidewaiter records 1\n"

/* Little is gained above, and much time is lost. */
enum { COMPRESSION_LEVEL = 3, OUTPUT_BYTES = 128 * 1024, FRAME_HEAD_BYTES = 8 };

struct kept_writer {
    struct feed_frame_writer frames;
    FILE *file;
    char *path;
    ZSTD_CCtx *stream;
    struct hash *hash;
    uint64_t size;
    char output[OUTPUT_BYTES];
};

static bool write_output(struct kept_writer *writer, size_t size, struct error *err)
{
    hash_update(writer->hash, view_of(writer->output, size));
    writer->size += size;
    if (writer->size > KEPT_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "the records of the feed need more than 4 GiB");
    return fwrite(writer->output, 1, size, writer->file) == size ||
           error_set_errno(err, errno, "could not write \"%s\"", writer->path);
}

static bool compress(struct kept_writer *writer, struct view bytes, ZSTD_EndDirective mode, struct error *err)
{
    ZSTD_inBuffer input = {bytes.data, bytes.size, 0};
    for (;;) {
        ZSTD_outBuffer output = {writer->output, OUTPUT_BYTES, 0};
        size_t left = ZSTD_compressStream2(writer->stream, &output, &input, mode);
        if (ZSTD_isError(left))
            return error_set(err, ERROR_IO, "the records cannot be compressed: %s", ZSTD_getErrorName(left));
        if (output.pos > 0 && !write_output(writer, output.pos, err))
            return false;
        if (mode == ZSTD_e_end ? left == 0 : input.pos == input.size)
            return true;
    }
}

static bool write_frame(void *context, uint32_t type, struct view payload, struct error *err)
{
    struct kept_writer *writer = context;
    char bytes[FRAME_HEAD_BYTES];
    struct buffer head = {.data = bytes, .capacity = sizeof(bytes), .size_max = sizeof(bytes)};
    if (type == FEED_FRAME_LISTED)
        return true;
    buffer_append_u32(&head, type);
    buffer_append_u32(&head, (uint32_t)payload.size);
    return compress(writer, buffer_view(&head), ZSTD_e_continue, err) &&
           compress(writer, payload, ZSTD_e_continue, err);
}

bool kept_writer_new(const char *path, struct kept_writer **writer, struct error *err)
{
    FILE *file = fopen(path, "wbe");
    if (file == NULL)
        return error_set_errno(err, errno, "could not write \"%s\"", path);
    struct kept_writer *made = memory_alloc(sizeof(*made));
    *made = (struct kept_writer){.file = file, .stream = ZSTD_createCCtx(), .hash = hash_new(NULL)};
    if (made->stream == NULL)
        memory_exhausted(0);
    made->path = memory_alloc(strlen(path) + 1);
    memcpy(made->path, path, strlen(path) + 1);
    ZSTD_CCtx_setParameter(made->stream, ZSTD_c_compressionLevel, COMPRESSION_LEVEL);
    ZSTD_CCtx_setParameter(made->stream, ZSTD_c_checksumFlag, 1);
    feed_frame_writer_init(&made->frames, write_frame, made);
    if (!compress(made, view_text(KEPT_FORMAT), ZSTD_e_continue, err)) {
        kept_writer_free(made);
        return false;
    }
    *writer = made;
    return true;
}

struct feed_sink *kept_writer_sink(struct kept_writer *writer)
{
    return &writer->frames.sink;
}

bool kept_writer_finish(struct kept_writer *writer, struct digest *digest, uint64_t *size, struct error *err)
{
    if (!feed_frame_writer_finish(&writer->frames, err) || !compress(writer, view_text(""), ZSTD_e_end, err))
        return false;
    bool is_written = fflush(writer->file) == 0 && fsync(fileno(writer->file)) == 0;
    if (!is_written)
        return error_set_errno(err, errno, "could not write \"%s\"", writer->path);
    hash_finish(writer->hash, digest);
    *size = writer->size;
    return true;
}

void kept_writer_free(struct kept_writer *writer)
{
    if (writer == NULL)
        return;
    feed_frame_writer_done(&writer->frames);
    fclose(writer->file);
    ZSTD_freeCCtx(writer->stream);
    hash_free(writer->hash);
    free(writer->path);
    free(writer);
}

/* Fills `bytes`; `*is_end` if nothing at all is left. */
static bool read_exactly(struct source *input, void *bytes, size_t size, bool *is_end, struct error *err)
{
    size_t filled = 0;
    *is_end = false;
    while (filled < size) {
        size_t got;
        if (!source_read(input, (char *)bytes + filled, size - filled, &got, err))
            return false;
        if (got == 0) {
            *is_end = filled == 0;
            return *is_end || error_set(err, ERROR_CORRUPT, "the records are cut short");
        }
        filled += got;
    }
    return true;
}

static bool read_frames(struct source *content, struct feed_frame_reader *reader, char *payload, struct error *err)
{
    for (;;) {
        char head[FRAME_HEAD_BYTES];
        bool is_end;
        if (!read_exactly(content, head, sizeof(head), &is_end, err))
            return false;
        if (is_end)
            return feed_frame_reader_finish(reader, err);
        uint32_t size = read_u32(head + 4);
        if (size > FRAME_BYTES_MAX)
            return error_set(err, ERROR_CORRUPT, "a record has %u bytes, more than %u", size, FRAME_BYTES_MAX);
        if (!read_exactly(content, payload, size, &is_end, err))
            return false;
        if (is_end && size > 0)
            return error_set(err, ERROR_CORRUPT, "the records are cut short");
        if (!feed_frame_read(reader, read_u32(head), view_of(payload, size), err)) {
            if (err->code == ERROR_CRASHED)
                err->code = ERROR_CORRUPT; /* there is no child on the other side of a file */
            return false;
        }
    }
}

static bool read_kept(struct source *input, struct feed_sink *sink, struct error *err)
{
    char format[sizeof(KEPT_FORMAT) - 1];
    bool is_end;
    AUTO_SOURCE *content = unpacked(input, KEPT_CONTENT_BYTES_MAX, "records");
    if (!read_exactly(content, format, sizeof(format), &is_end, err))
        return false;
    if (is_end || memcmp(format, KEPT_FORMAT, sizeof(format)) != 0)
        return error_set(err, ERROR_CORRUPT, "these are no records of a feed in a form that this version reads");
    struct feed_frame_reader reader;
    feed_frame_reader_init(&reader, sink);
    char *payload = memory_alloc(FRAME_BYTES_MAX);
    bool is_read = read_frames(content, &reader, payload, err);
    free(payload);
    feed_frame_reader_done(&reader);
    return is_read;
}

const struct feed feed_kept = {
    .name = "kept",
    .records = {.name = "records", .bytes_max = KEPT_BYTES_MAX, .read = read_kept},
};
