/* SPDX-License-Identifier: Apache-2.0 */
/* What a sandboxed child sends, as the parent takes it: the same frames for bytes in small and in large pieces.
   Fuzzes: src/sandbox/channel.h src/sandbox/frame.* */
#include "tests/fuzz/fuzz.h"

#include "sandbox/channel.h"

#include <string.h>

static bool count_frame(void *context, uint32_t type, struct view payload, struct error *err)
{
    (void)err;
    FUZZ_CHECK(type > 0 && type <= FRAME_TASK_TYPE_MAX && payload.size <= FRAME_BYTES_MAX);
    *(uint64_t *)context += view_hash(payload) + type;
    return true;
}

/* A sum over all frames and over how it ended. */
static uint64_t receive(struct view bytes, size_t step)
{
    struct frame_reader reader;
    uint64_t sum = 0;
    struct error err;
    bool ok = true;
    frame_reader_init(&reader);
    while (ok && bytes.size > 0) {
        struct view piece = view_slice(bytes, 0, step);
        memcpy(frame_reader_room(&reader), piece.data, piece.size);
        bytes = view_from(bytes, piece.size);
        ok = frame_reader_take(&reader, piece.size, count_frame, &sum, &err);
    }
    FUZZ_CHECK(ok || err.code == ERROR_CRASHED);
    sum += ok ? 0 : 1;
    sum += reader.is_ended ? 2 : reader.has_task_failed ? 4 : 0;
    frame_reader_done(&reader);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FUZZ_CHECK(receive(view_of(data, size), FRAME_READ_BYTES) == receive(view_of(data, size), 5));
    return 0;
}
