/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: how a sandboxed child hands its results to the parent. Little-endian u32 type, u32 length, payload. Both sides
   enforce FRAME_BYTES_MAX; the parent treats every frame as hostile. */
#ifndef SANDBOX_FRAME_H
#define SANDBOX_FRAME_H

#include "base/error.h"
#include "base/view.h"

#include <stdint.h>

#define FRAME_BYTES_MAX (1u << 20)

/* Child side. Buffers up to 64 KiB. One thread. */
struct frame_writer;

/* Types are the task's own, 1 to 0xffff. Fails if the parent is gone or the payload is too large. */
bool frame_write(struct frame_writer *writer, uint32_t type, struct view payload, struct error *err) MUST_CHECK;

#endif
