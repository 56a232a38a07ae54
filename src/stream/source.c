/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/source.h"

enum { STEP_BYTES = 64 * 1024 };

bool source_read_all(struct source *source, struct buffer *buffer, const char *what, struct error *err)
{
    for (;;) {
        size_t left = buffer->size_max - buffer->size;
        size_t step = left < STEP_BYTES ? left : STEP_BYTES;
        size_t got = 0;
        if (step == 0) {
            /* Full: only the end of the stream is still welcome. */
            char beyond;
            if (!source_read(source, &beyond, 1, &got, err))
                return false;
            if (got > 0)
                return error_set(err, ERROR_LIMIT, "%s is larger than %zu bytes", what, buffer->size_max);
            return true;
        }
        char *room = buffer_reserve(buffer, step);
        if (room == NULL)
            return buffer_check(buffer, what, err);
        if (!source_read(source, room, step, &got, err))
            return false;
        if (got == 0)
            return true;
        buffer_advance(buffer, got);
    }
}

bool source_drain(struct source *source, struct error *err)
{
    char dropped[16 * 1024];
    size_t got = 1;
    while (got > 0) {
        if (!source_read(source, dropped, sizeof(dropped), &got, err))
            return false;
    }
    return true;
}
