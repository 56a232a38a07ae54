/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "stream/source.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* 2^25 bytes: what `zstd --ultra` without --long needs at most, and what fits beside the rest into a child's memory. */
enum { WINDOW_LOG_MAX = 25 };
enum { INPUT_BYTES = 128 * 1024 };

struct zstd_source {
    struct source base;
    struct source *below;
    ZSTD_DStream *stream;
    ZSTD_inBuffer input;
    bool is_between_frames; /* the last frame is complete: the input may end here */
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

static bool zstd_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct zstd_source *zstd = (struct zstd_source *)source;
    while (!zstd->is_at_end) {
        if (zstd->input.pos == zstd->input.size && !zstd->has_pending_output) {
            size_t filled = 0;
            if (!source_read(zstd->below, zstd->bytes, sizeof(zstd->bytes), &filled, err))
                return false;
            if (filled == 0 && !zstd->is_between_frames)
                return error_set(err, ERROR_CORRUPT, "the zstd data ends early");
            zstd->is_at_end = filled == 0;
            zstd->input = (ZSTD_inBuffer){zstd->bytes, filled, 0};
            continue;
        }
        ZSTD_outBuffer output = {bytes, size, 0};
        size_t result = ZSTD_decompressStream(zstd->stream, &output, &zstd->input);
        if (ZSTD_isError(result))
            return zstd_failed(result, err);
        zstd->is_between_frames = result == 0;
        zstd->has_pending_output = result != 0 && output.pos == output.size;
        if (output.pos > 0) {
            *got = output.pos;
            return true;
        }
    }
    *got = 0;
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
    zstd->is_between_frames = false;
    zstd->has_pending_output = false;
    zstd->is_at_end = false;
    return &zstd->base;
}
