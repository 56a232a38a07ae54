/* SPDX-License-Identifier: Apache-2.0 */
/* A piece of a stored plan: what happens to which tags, repository after repository, with the reason of each. Words (actions,
   reasons, clocks) stand once in front, and tags refer to them, so that a chunk keeps its meaning when the tables change.
   Read back it is JSON, as the API shows it. The caller owns the buffers. */
#ifndef SYNC_PLAN_CHUNK_H
#define SYNC_PLAN_CHUNK_H

#include "base/buffer.h"
#include "base/json.h"
#include "sync/plan.h"

/* Starts a chunk in an empty buffer. */
void plan_chunk_begin(struct buffer *chunk);

/* The steps of a repository for which `wants` says yes; nothing if it never does. */
typedef bool plan_step_filter(const struct plan_step *step);
void plan_chunk_add(
    struct buffer *chunk, struct view repository, const struct plan_step *steps, size_t count, plan_step_filter *wants);

/* The repositories of the chunk as items of the array that the writer is in: {"repository", "tags": [{"tag", "observed_at",
   "pushed_at", "action", "reason", "clock"}]}. ERROR_CORRUPT. */
bool plan_chunk_write(struct view chunk, struct json_writer *writer, struct error *err) MUST_CHECK;

#endif
