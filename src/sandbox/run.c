/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/run.h"

#include "base/clock.h"
#include "base/memory.h"
#include "sandbox/channel.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    INPUT_BYTES = 128 * 1024,
    CANCEL_LOOK_MS = 200,
    MEMORY_EXHAUSTED_STATUS = 99, /* of memory_exhausted */
};

static int64_t now_ms(void)
{
    return clock_system()->monotonic_ms(clock_system());
}

void deadline_start(struct deadline *deadline, int64_t length_ms, const struct cancel *cancel)
{
    *deadline = (struct deadline){.ends_ms = now_ms() + length_ms, .length_ms = length_ms, .cancel = cancel};
}

bool deadline_check(const struct deadline *deadline, struct error *err)
{
    if (!cancel_check(deadline->cancel, err))
        return false;
    if (now_ms() >= deadline->ends_ms)
        return error_set(
            err, ERROR_TIMEOUT, "the sandboxed process took longer than %lld ms", (long long)deadline->length_ms);
    return true;
}

int deadline_wait_ms(const struct deadline *deadline)
{
    int64_t left = deadline->ends_ms - now_ms();
    int64_t most = deadline->cancel != NULL ? CANCEL_LOOK_MS : 60 * 1000;
    left = left < most ? left : most;
    return left < 0 ? 0 : (int)left;
}

/* One run on its way. */
struct feeding {
    struct child *child;
    const struct sandbox_run *run;
    const struct deadline *deadline;
    struct frame_reader frames;
    bool is_input_at_end; /* the source gave all it has */
    bool is_output_at_end;
    struct view pending; /* read from the source, not yet written */
    char bytes[INPUT_BYTES];
};

static void close_input(struct child *child)
{
    if (child->input >= 0)
        close(child->input);
    child->input = -1;
}

/* Reads the next piece of input once the last one is written, and tells the child the end. */
static bool read_input(struct feeding *feeding, struct error *err)
{
    if (feeding->child->input < 0 || feeding->pending.size > 0)
        return true;
    size_t got = 0;
    if (!source_read(feeding->run->input, feeding->bytes, sizeof(feeding->bytes), &got, err))
        return false;
    feeding->pending = view_of(feeding->bytes, got);
    if (got == 0) {
        feeding->is_input_at_end = true;
        close_input(feeding->child);
    }
    return true;
}

static bool write_input(struct feeding *feeding, struct error *err)
{
    ssize_t written = write(feeding->child->input, feeding->pending.data, feeding->pending.size);
    if (written >= 0) {
        feeding->pending = view_from(feeding->pending, (size_t)written);
        return true;
    }
    if (errno == EAGAIN || errno == EINTR)
        return true;
    if (errno != EPIPE)
        return error_set_errno(err, errno, "could not feed the sandboxed process");
    /* The child wants no more, or is gone; how it ended will tell. */
    close_input(feeding->child);
    return true;
}

static bool read_output(struct feeding *feeding, struct error *err)
{
    char *room = frame_reader_room(&feeding->frames);
    ssize_t got = read(feeding->child->output, room, FRAME_READ_BYTES);
    if (got < 0) {
        if (errno == EAGAIN || errno == EINTR)
            return true;
        return error_set_errno(err, errno, "could not read from the sandboxed process");
    }
    feeding->is_output_at_end = got == 0;
    return frame_reader_take(&feeding->frames, (size_t)got, feeding->run->frame, feeding->run->context, err);
}

/* Until the child has closed its output, which it does by ending. */
static bool feed(struct feeding *feeding, struct error *err)
{
    while (!feeding->is_output_at_end) {
        if (!deadline_check(feeding->deadline, err) || !read_input(feeding, err))
            return false;
        struct pollfd ready[] = {
            {.fd = feeding->child->output, .events = POLLIN},
            {.fd = feeding->child->input, .events = POLLOUT}, /* -1 is passed over */
        };
        if (poll(ready, 2, deadline_wait_ms(feeding->deadline)) < 0 && errno != EINTR)
            return error_set_errno(err, errno, "could not wait for the sandboxed process");
        if (ready[0].revents != 0 && !read_output(feeding, err))
            return false;
        if (feeding->child->input >= 0 && ready[1].revents != 0 && !write_input(feeding, err))
            return false;
    }
    return true;
}

static bool wait_for_end(const struct child *child, const struct deadline *deadline, siginfo_t *end, struct error *err)
{
    struct pollfd ready = {.fd = child->pidfd, .events = POLLIN};
    while (ready.revents == 0) {
        if (!deadline_check(deadline, err))
            return false;
        if (poll(&ready, 1, deadline_wait_ms(deadline)) < 0 && errno != EINTR)
            return error_set_errno(err, errno, "could not wait for the sandboxed process");
    }
    if (waitid(P_PIDFD, (id_t)child->pidfd, end, WEXITED) != 0)
        return error_set_errno(err, errno, "could not learn how the sandboxed process ended");
    return true;
}

static bool died_of_signal(int number, struct error *err)
{
    if (number == SIGSYS)
        return error_set(err, ERROR_CRASHED,
            "the sandboxed process died: it tried something that it may not do, and "
            "the kernel's sandbox stopped it (SIGSYS)");
    if (number == SIGXCPU)
        return error_set(err, ERROR_TIMEOUT, "the sandboxed process used more processor time than it may");
    const char *name = sigabbrev_np(number);
    const char *meaning = sigdescr_np(number);
    return error_set(err, ERROR_CRASHED, "the sandboxed process died of signal SIG%s (%s)", name != NULL ? name : "?",
        meaning != NULL ? meaning : "unknown");
}

/* What the end of the child means, its frames taken into account. */
static bool judge_end(const struct feeding *feeding, const siginfo_t *end, struct error *err)
{
    if (end->si_code != CLD_EXITED)
        return died_of_signal(end->si_status, err);
    if (end->si_status == MEMORY_EXHAUSTED_STATUS)
        return error_set(err, ERROR_LIMIT, "the sandboxed process needed more memory than it may take");
    if (end->si_status != 0)
        return error_set(err, ERROR_CRASHED, "the sandboxed process ended with status %d", end->si_status);
    if (feeding->frames.has_task_failed) {
        *err = feeding->frames.task_error;
        return false;
    }
    if (!feeding->frames.is_ended || !frame_reader_is_empty(&feeding->frames))
        return error_set(err, ERROR_CRASHED, "the sandboxed process ended before its results were complete");
    return true;
}

/* The task may stop reading when it has seen enough; whoever verifies the input must still meet its end. */
static bool drain_input(struct feeding *feeding, struct error *err)
{
    size_t got = 1;
    while (!feeding->is_input_at_end && got > 0) {
        if (!deadline_check(feeding->deadline, err) ||
            !source_read(feeding->run->input, feeding->bytes, sizeof(feeding->bytes), &got, err))
            return false;
    }
    return true;
}

static void child_kill(const struct child *child)
{
    siginfo_t end;
    /* Gone already is as good; it is waited for in either case. */
    (void)pidfd_send_signal(child->pidfd, SIGKILL, NULL, 0);
    while (waitid(P_PIDFD, (id_t)child->pidfd, &end, WEXITED) != 0 && errno == EINTR) {
    }
}

bool child_run(struct child *child, const struct sandbox_run *run, const struct deadline *deadline, struct error *err)
{
    struct feeding *feeding = memory_alloc(sizeof(*feeding));
    feeding->child = child;
    feeding->run = run;
    feeding->deadline = deadline;
    frame_reader_init(&feeding->frames);
    feeding->is_input_at_end = run->input == NULL;
    feeding->is_output_at_end = false;
    feeding->pending = view_text("");
    if (run->input == NULL)
        close_input(child);
    siginfo_t end = {0};
    bool has_ended = feed(feeding, err) && wait_for_end(child, deadline, &end, err);
    if (!has_ended)
        child_kill(child);
    bool ok = has_ended && judge_end(feeding, &end, err) && drain_input(feeding, err);
    close_input(child);
    close(child->output);
    close(child->pidfd);
    frame_reader_done(&feeding->frames);
    free(feeding);
    return ok;
}
