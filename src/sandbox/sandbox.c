/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/sandbox.h"

#include "base/memory.h"
#include "sandbox/lockdown.h"
#include "sandbox/run.h"
#include "sandbox/zygote.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PIPE_BYTES = 1 << 20,
    DEADLINE_DEFAULT_MS = 10 * 60 * 1000,
    ZYGOTE_ATTEMPTS = 2, /* one that died meanwhile is started again */
};

struct sandbox {
    unsigned locks;
    char missing[64];
    pthread_mutex_t lock; /* for what follows: one request at a time */
    int socket; /* -1 = no zygote */
    pid_t zygote;
};

static const struct {
    unsigned lock;
    const char *name;
    const char *advice;
} lock_names[] = {
    {LOCK_LANDLOCK, "landlock", "Linux 5.13 with Landlock among the active security modules (kernel option lsm=)"},
    {LOCK_SECCOMP, "seccomp", "a kernel and container runtime that allow seccomp filters"},
};

enum { LOCK_NAME_COUNT = sizeof(lock_names) / sizeof(lock_names[0]) };

static bool choose_locks(struct sandbox *sandbox, enum sandbox_mode mode, struct error *err)
{
    if (mode == SANDBOX_OFF)
        return true;
    unsigned available = lockdown_available();
    for (size_t i = 0; i < LOCK_NAME_COUNT; i++) {
        if ((available & lock_names[i].lock) != 0) {
            sandbox->locks |= lock_names[i].lock;
            continue;
        }
        if (mode == SANDBOX_REQUIRED)
            return error_set(err, ERROR_UNSUPPORTED,
                "the sandbox cannot work: this system has no %s; it needs %s, or the best-effort mode",
                lock_names[i].name, lock_names[i].advice);
        size_t used = strlen(sandbox->missing);
        snprintf(
            sandbox->missing + used, sizeof(sandbox->missing) - used, "%s%s", used > 0 ? ", " : "", lock_names[i].name);
    }
    return true;
}

bool sandbox_start(enum sandbox_mode mode, struct sandbox **sandbox, struct error *err)
{
    struct sandbox *started = memory_alloc(sizeof(*started));
    *started = (struct sandbox){.lock = PTHREAD_MUTEX_INITIALIZER, .socket = -1};
    if (!choose_locks(started, mode, err) || !zygote_spawn(&started->socket, &started->zygote, err)) {
        free(started);
        return false;
    }
    /* A child that closes its input must not end its parent. */
    signal(SIGPIPE, SIG_IGN);
#ifndef TIDEWAITER_SANITIZED
    /* No process of the same user, a child without its locks included, may read our memory. LeakSanitizer would. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    *sandbox = started;
    return true;
}

/* Ends the zygote, if there is one; it keeps nothing. */
static void drop_zygote(struct sandbox *sandbox)
{
    if (sandbox->socket < 0)
        return;
    close(sandbox->socket);
    sandbox->socket = -1;
    kill(sandbox->zygote, SIGKILL);
    while (waitpid(sandbox->zygote, NULL, 0) < 0 && errno == EINTR) {
    }
}

void sandbox_stop(struct sandbox *sandbox)
{
    if (sandbox == NULL)
        return;
    drop_zygote(sandbox);
    pthread_mutex_destroy(&sandbox->lock);
    free(sandbox);
}

const char *sandbox_missing(const struct sandbox *sandbox)
{
    return sandbox->missing;
}

/* Waits for the zygote's answer. ERROR_CONFLICT if the zygote is gone. */
static bool receive_reply(struct sandbox *sandbox, const struct deadline *deadline, int *pidfd, struct error *err)
{
    struct pollfd ready = {.fd = sandbox->socket, .events = POLLIN};
    while (ready.revents == 0) {
        if (!deadline_check(deadline, err))
            return false;
        if (poll(&ready, 1, deadline_wait_ms(deadline)) < 0 && errno != EINTR)
            return error_set_errno(err, errno, "could not wait for the sandbox's zygote");
    }
    struct zygote_reply reply;
    if (zygote_receive(sandbox->socket, &reply, sizeof(reply), pidfd, 1) != 1)
        return error_set(err, ERROR_CONFLICT, "the sandbox's zygote process died");
    if (reply.error == 0 && *pidfd < 0)
        return error_set(err, ERROR_IO, "could not take over a sandboxed process: too many open files");
    if (reply.error == 0)
        return true;
    reply.reason[sizeof(reply.reason) - 1] = '\0';
    return error_set_errno(err, reply.error, "the sandbox could not start a process: %s", reply.reason);
}

static bool request_child(struct sandbox *sandbox, const struct zygote_request *request, const int *ends,
    const struct deadline *deadline, int *pidfd, struct error *err)
{
    if (sandbox->socket < 0 && !zygote_spawn(&sandbox->socket, &sandbox->zygote, err))
        return false;
    if (!zygote_send(sandbox->socket, request, sizeof(*request), ends, 2))
        return error_set(err, ERROR_CONFLICT, "the sandbox's zygote process died");
    return receive_reply(sandbox, deadline, pidfd, err);
}

/* A failure may leave an answer under way, so after each the next request goes to a new zygote. */
static bool obtain_child(struct sandbox *sandbox, const struct zygote_request *request, const int *ends,
    const struct deadline *deadline, int *pidfd, struct error *err)
{
    bool is_running = false;
    pthread_mutex_lock(&sandbox->lock);
    for (int attempt = 0; attempt < ZYGOTE_ATTEMPTS && !is_running; attempt++) {
        is_running = request_child(sandbox, request, ends, deadline, pidfd, err);
        if (is_running)
            break;
        drop_zygote(sandbox);
        if (err->code != ERROR_CONFLICT)
            break;
    }
    pthread_mutex_unlock(&sandbox->lock);
    return is_running;
}

/* Pipe ends: [0] for reading, [1] for writing; the parent's ends are non-blocking. */
struct child_pipes {
    int input[2];
    int output[2];
};

static void close_pair(const int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

static bool make_pipes(struct child_pipes *pipes, struct error *err)
{
    if (pipe2(pipes->input, O_CLOEXEC) != 0)
        return error_set_errno(err, errno, "could not make a pipe for the sandbox");
    if (pipe2(pipes->output, O_CLOEXEC) != 0) {
        error_set_errno(err, errno, "could not make a pipe for the sandbox");
        close_pair(pipes->input);
        return false;
    }
    /* Larger pipes mean fewer turns; smaller ones work as well. */
    (void)fcntl(pipes->input[1], F_SETPIPE_SZ, PIPE_BYTES);
    (void)fcntl(pipes->output[0], F_SETPIPE_SZ, PIPE_BYTES);
    if (fcntl(pipes->input[1], F_SETFL, O_NONBLOCK) == 0 && fcntl(pipes->output[0], F_SETFL, O_NONBLOCK) == 0)
        return true;
    error_set_errno(err, errno, "could not set up a pipe for the sandbox");
    close_pair(pipes->input);
    close_pair(pipes->output);
    return false;
}

static void fill_request(
    const struct sandbox *sandbox, const struct sandbox_run *run, int64_t deadline_ms, struct zygote_request *request)
{
    assert(strlen(run->task) < sizeof(request->task));
    assert(run->parameters.size <= sizeof(request->parameters));
    *request = (struct zygote_request){
        .locks = sandbox->locks,
        .parameters_size = (uint32_t)run->parameters.size,
        .held_bytes_max = run->held_bytes_max < CHILD_HELD_BYTES_MAX ? run->held_bytes_max : CHILD_HELD_BYTES_MAX,
        .cpu_seconds_max = (uint64_t)deadline_ms / 1000 + 1,
    };
    memcpy(request->task, run->task, strlen(run->task));
    if (run->parameters.size > 0)
        memcpy(request->parameters, run->parameters.data, run->parameters.size);
}

bool sandbox_run(struct sandbox *sandbox, const struct sandbox_run *run, struct error *err)
{
    struct deadline deadline;
    deadline_start(&deadline, run->deadline_ms > 0 ? run->deadline_ms : DEADLINE_DEFAULT_MS, run->cancel);
    struct zygote_request request;
    fill_request(sandbox, run, deadline.length_ms, &request);
    struct child_pipes pipes;
    if (!make_pipes(&pipes, err))
        return false;
    int pidfd = -1;
    const int ends[] = {pipes.input[0], pipes.output[1]};
    bool is_running = obtain_child(sandbox, &request, ends, &deadline, &pidfd, err);
    close(pipes.input[0]);
    close(pipes.output[1]);
    struct child child = {.input = pipes.input[1], .output = pipes.output[0], .pidfd = pidfd};
    if (is_running)
        return child_run(&child, run, &deadline, err);
    close(child.input);
    close(child.output);
    return false;
}
