/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of the frame channel; for the sandbox itself and for tests. Between a child and its parent there are, beside
   the task's own frames, one FRAME_END after success and one FRAME_ERROR (u32 code, message) after a failure. */
#ifndef SANDBOX_CHANNEL_H
#define SANDBOX_CHANNEL_H

#include "base/buffer.h"
#include "sandbox/frame.h"

#include <stdbool.h>
#include <stddef.h>

#define FRAME_TASK_TYPE_MAX 0xffffu
#define FRAME_END 0x10000u
#define FRAME_ERROR 0x10001u
#define FRAME_HEADER_BYTES 8

/* What one read from the pipe takes. */
#define FRAME_READ_BYTES (256u * 1024)

/* Child: frames into a pipe or file, which is not closed. */
struct frame_writer *frame_writer_new(int descriptor);
void frame_writer_free(struct frame_writer *writer);

/* Each of these is the last frame, and goes out at once. */
bool frame_write_end(struct frame_writer *writer, struct error *err) MUST_CHECK;
bool frame_write_error(struct frame_writer *writer, const struct error *failure, struct error *err) MUST_CHECK;

/* Parent: bytes in any pieces, frames out. What it is given is hostile. */
struct frame_reader {
    struct buffer bytes;
    bool is_ended; /* FRAME_END came */
    bool has_task_failed; /* FRAME_ERROR came, and `task_error` tells */
    struct error task_error;
};

typedef bool frame_function(void *context, uint32_t type, struct view payload, struct error *err);

void frame_reader_init(struct frame_reader *reader);
void frame_reader_done(struct frame_reader *reader);

/* Room for FRAME_READ_BYTES bytes; frame_reader_take then delivers the frames that are complete. A broken protocol is
   ERROR_CRASHED; otherwise the callback's error. */
char *frame_reader_room(struct frame_reader *reader);
bool frame_reader_take(
    struct frame_reader *reader, size_t size, frame_function *deliver, void *context, struct error *err) MUST_CHECK;

/* Whether the stream ended between two frames. */
bool frame_reader_is_empty(const struct frame_reader *reader);

#endif
