/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "base/pack.h"
#include "stream/source.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

/* 2^25 bytes: what `zstd --ultra` without --long needs at most, and what fits beside the rest into a child's memory. */
enum { WINDOW_LOG_MAX = 25 };
enum { INPUT_BYTES = 128 * 1024 };

/* RFC 8878 §3.1.1: the magic number, and the longest header of a frame with it; §3.1.2: frames that are skipped. */
enum { MAGIC_BYTES = 4, FRAME_HEADER_BYTES = 18 };
static const uint32_t frame_magic = 0xfd2fb528, skippable_magic = 0x184d2a50;

struct zstd_source {
    struct source base;
    struct source *below;
    ZSTD_DStream *stream;
    ZSTD_inBuffer input;
    bool is_in_frame; /* one has begun, and is not complete */
    bool had_frame; /* one is complete: the input may end behind it */
    bool has_pending_output; /* the last call filled all the room it was given */
    bool is_at_end;
    uint8_t bytes[INPUT_BYTES];
};

static bool zstd_failed(size_t result, struct error *err)
{
    if (ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge)
        return error_set(err, ERROR_LIMIT, "the zstd data needs a window of more than %u bytes", 1u << WINDOW_LOG_MAX);
    if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
        memory_exhausted(0);
    return error_set(err, ERROR_CORRUPT, "the zstd data is damaged: %s", ZSTD_getErrorName(result));
}

/* Reads behind what is left of the input until there are so many bytes, or all. */
static bool fill_input(struct zstd_source *zstd, size_t wanted, struct error *err)
{
    size_t have = zstd->input.size - zstd->input.pos;
    size_t got = have < wanted ? 1 : 0;
    if (got > 0)
        memmove(zstd->bytes, zstd->bytes + zstd->input.pos, have);
    while (have < wanted && got > 0) {
        if (!source_read(zstd->below, zstd->bytes + have, sizeof(zstd->bytes) - have, &got, err))
            return false;
        have += got;
        zstd->input = (ZSTD_inBuffer){zstd->bytes, have, 0};
    }
    return true;
}

/* RFC 8878 §3.1.1.1: magic number, descriptor, window unless bit 5 is set, dictionary, size of the content. */
static size_t header_bytes(uint8_t descriptor)
{
    static const size_t dictionary[] = {0, 1, 2, 4}, content[] = {0, 2, 4, 8};
    bool is_single_segment = (descriptor & 0x20) != 0;
    unsigned flag = descriptor >> 6;
    return MAGIC_BYTES + 1 + !is_single_segment + dictionary[descriptor & 3] +
           (is_single_segment && flag == 0 ? 1 : content[flag]);
}

static bool give_header(struct zstd_source *zstd, size_t size, struct error *err)
{
    ZSTD_inBuffer header = {zstd->bytes, zstd->input.pos + size, zstd->input.pos};
    ZSTD_outBuffer nothing = {NULL, 0, 0};
    size_t result = ZSTD_decompressStream(zstd->stream, &nothing, &header);
    zstd->input.pos = header.pos;
    return !ZSTD_isError(result) || zstd_failed(result, err);
}

/* libzstd reads a frame that it has in one piece by another way than one that comes in parts: there a window may have any size, and
   blocks are checked otherwise. Formats older than the RFC are read if the magic number comes in one piece. What a layer has must
   not depend on how the network cut it: the header is always given alone, and those formats are refused. */
static bool begin_frame(struct zstd_source *zstd, struct error *err)
{
    if (!fill_input(zstd, FRAME_HEADER_BYTES, err))
        return false;
    size_t have = zstd->input.size - zstd->input.pos;
    const uint8_t *start = zstd->bytes + zstd->input.pos;
    zstd->is_at_end = have == 0 && zstd->had_frame;
    if (zstd->is_at_end)
        return true;
    if (have <= MAGIC_BYTES)
        return error_set(err, ERROR_CORRUPT, "the zstd data ends early");
    uint32_t magic = read_u32((const char *)start);
    if (magic != frame_magic && (magic & 0xfffffff0) != skippable_magic)
        return error_set(err, ERROR_CORRUPT, "the data is no zstd frame where one must begin");
    zstd->is_in_frame = true;
    size_t size = header_bytes(start[MAGIC_BYTES]);
    return magic != frame_magic || give_header(zstd, size < have ? size : have, err);
}

static bool prepare_input(struct zstd_source *zstd, struct error *err)
{
    if (!zstd->is_in_frame)
        return begin_frame(zstd, err);
    if (zstd->has_pending_output)
        return true;
    return fill_input(zstd, 1, err) &&
           (zstd->input.pos < zstd->input.size || error_set(err, ERROR_CORRUPT, "the zstd data ends early"));
}

static bool zstd_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct zstd_source *zstd = (struct zstd_source *)source;
    *got = 0;
    while (*got == 0) {
        ZSTD_outBuffer output = {bytes, size, 0};
        if (!prepare_input(zstd, err))
            return false;
        if (zstd->is_at_end)
            return true;
        size_t result = ZSTD_decompressStream(zstd->stream, &output, &zstd->input);
        if (ZSTD_isError(result))
            return zstd_failed(result, err);
        zstd->is_in_frame = result != 0;
        zstd->had_frame = zstd->had_frame || result == 0;
        zstd->has_pending_output = result != 0 && output.pos == output.size;
        *got = output.pos;
    }
    return true;
}

static void zstd_source_close(struct source *source)
{
    struct zstd_source *zstd = (struct zstd_source *)source;
    source_close(zstd->below);
    ZSTD_freeDStream(zstd->stream);
    free(zstd);
}

static const struct source_type zstd_type = {"zstd", zstd_source_read, zstd_source_close};

struct source *source_zstd(struct source *below)
{
    struct zstd_source *zstd = memory_alloc(sizeof(*zstd));
    zstd->base.type = &zstd_type;
    zstd->below = below;
    zstd->stream = ZSTD_createDStream();
    if (zstd->stream == NULL || ZSTD_isError(ZSTD_DCtx_setParameter(zstd->stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
        memory_exhausted(0);
    zstd->input = (ZSTD_inBuffer){zstd->bytes, 0, 0};
    zstd->is_in_frame = zstd->had_frame = false;
    zstd->has_pending_output = false;
    zstd->is_at_end = false;
    return &zstd->base;
}
