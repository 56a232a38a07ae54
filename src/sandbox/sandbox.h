/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from strangers are parsed in a child process: forked from a zygote (this executable again, exec'd once with an
   empty environment, no descriptors but one socket, and nothing secret in memory), locked up before the first byte
   (no_new_privs, Landlock, rlimits, seccomp), used for one task and gone. The parent feeds the input through a pipe,
   receives frames through another, and turns a crash, a limit or a deadline into an error.
   A struct sandbox may be used by several threads at once; each run is independent. */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "base/cancel.h"
#include "sandbox/frame.h"
#include "stream/source.h"

struct sandbox;

enum sandbox_mode {
    SANDBOX_REQUIRED, /* what the kernel lacks is an error at start */
    SANDBOX_BEST_EFFORT, /* what the kernel lacks is left out; sandbox_missing tells */
    SANDBOX_OFF, /* a plain child process: `scan --no-sandbox` only */
};

/* A task runs in the child. It reads `input` to its end, writes frames and returns; an error travels to the parent with
   its code and message. It must not open anything. */
struct sandbox_task {
    const char *name;
    bool (*run)(struct view parameters, struct source *input, struct frame_writer *out, struct error *err);
};

/* The main of every executable that uses a sandbox calls this first, with the same table; in the zygote it never returns. */
void sandbox_main(int argc, char **argv, const struct sandbox_task *tasks, size_t count);

/* Starts the zygote. */
bool sandbox_start(enum sandbox_mode mode, struct sandbox **sandbox, struct error *err) MUST_CHECK;
void sandbox_stop(struct sandbox *sandbox); /* NULL is fine */

/* What is missing in best-effort mode: "landlock", …; empty if nothing. Borrowed. */
const char *sandbox_missing(const struct sandbox *sandbox);

struct sandbox_run {
    const char *task; /* name in the table */
    struct view parameters; /* at most 4 KiB, for the task */
    struct source *input; /* read here in the parent and piped to the child; not closed. NULL = no input */
    uint64_t
        held_bytes_max; /* memory beyond 64 MiB that the child may take for files it holds whole; at most 256 MiB */
    int64_t deadline_ms; /* milliseconds for the whole run; 0 = 10 minutes */
    const struct cancel *cancel;
    /* Called in the parent for each frame; a false return kills the child. */
    bool (*frame)(void *context, uint32_t type, struct view payload, struct error *err);
    void *context;
};

/* Runs one task to its end. After success the input was read to its end here (so a verifying source has verified), the
   child has exited with status 0 and all frames were delivered. ERROR_CRASHED if the child died or broke the protocol,
   ERROR_TIMEOUT, ERROR_CANCELLED, ERROR_LIMIT, or the error of the input, the task or the frame callback. If the task
   stops reading early and succeeds, the rest of the input is drained here. */
bool sandbox_run(struct sandbox *sandbox, const struct sandbox_run *run, struct error *err) MUST_CHECK;

#endif
