/* SPDX-License-Identifier: Apache-2.0 */
/* The zygote: waits for requests, forks a child for each, and sends the child's pidfd back. The child is the server's own
   child (CLONE_PARENT), so the zygote knows nothing of its end and cannot be held up by it. */
#include "sandbox/zygote.h"

#include "base/memory.h"
#include "sandbox/channel.h"
#include "sandbox/lockdown.h"
#include "sandbox/sandbox.h"
#include "sandbox/warm.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 2 };

union control_buffer {
    struct cmsghdr header; /* for its alignment */
    char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
};

bool zygote_send(int socket, const void *message, size_t size, const int *descriptors, size_t count)
{
    assert(count <= DESCRIPTORS_MAX);
    /* The kernel only reads the message; struct iovec lacks the const. */
    struct iovec part = {.iov_len = size};
    memcpy(&part.iov_base, &message, sizeof(part.iov_base));
    union control_buffer control = {0};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        header.msg_control = control.bytes;
        header.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(rights), descriptors, count * sizeof(int));
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &header, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)size;
}

int zygote_receive(int socket, void *message, size_t size, int *descriptors, size_t count)
{
    assert(count <= DESCRIPTORS_MAX);
    struct iovec part = {.iov_base = message, .iov_len = size};
    union control_buffer control = {0};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
    for (size_t i = 0; i < count; i++)
        descriptors[i] = -1;
    ssize_t received;
    do {
        received = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);
    if (received <= 0)
        return (int)received;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    if (rights != NULL && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
        size_t bytes = rights->cmsg_len - CMSG_LEN(0);
        memcpy(descriptors, CMSG_DATA(rights), bytes < count * sizeof(int) ? bytes : count * sizeof(int));
    }
    if ((size_t)received != size) {
        errno = EPROTO;
        return -1;
    }
    return 1;
}

static bool build_spawn(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int socket)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    /* A session of its own keeps a terminal's Ctrl-C away: the parent decides when its children end. */
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID;
    bool is_built = posix_spawnattr_setflags(attributes, flags) == 0 &&
                    posix_spawnattr_setsigmask(attributes, &none) == 0 &&
                    posix_spawnattr_setsigdefault(attributes, &all) == 0 &&
                    posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0) == 0 &&
                    posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0) == 0 &&
                    posix_spawn_file_actions_adddup2(actions, socket, ZYGOTE_SOCKET) == 0 &&
                    posix_spawn_file_actions_addclosefrom_np(actions, ZYGOTE_SOCKET + 1) == 0 &&
                    posix_spawn_file_actions_addchdir_np(actions, "/") == 0;
#ifndef TIDEWAITER_SANITIZED
    /* Sanitizers report there. */
    is_built = is_built && posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0) == 0;
#endif
    return is_built;
}

static bool spawn_on(int socket, pid_t *zygote, struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions) != 0 || posix_spawnattr_init(&attributes) != 0)
        memory_exhausted(0);
    char name[] = "tidewaiter", argument[] = ZYGOTE_ARGUMENT;
    char *const arguments[] = {name, argument, NULL};
    char *const environment[] = {NULL};
    int result = ENOMEM;
    if (build_spawn(&actions, &attributes, socket))
        result = posix_spawn(zygote, "/proc/self/exe", &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (result != 0)
        return error_set_errno(err, result, "could not start the sandbox's zygote from /proc/self/exe");
    return true;
}

bool zygote_spawn(int *socket, pid_t *zygote, struct error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return error_set_errno(err, errno, "could not make a socket for the sandbox");
    /* Out of the way of 0 to 3, which the zygote fills before it takes this one. */
    int given = fcntl(ends[1], F_DUPFD_CLOEXEC, ZYGOTE_SOCKET + 1);
    close(ends[1]);
    bool is_started = given >= 0 ? spawn_on(given, zygote, err)
                                 : error_set_errno(err, errno, "could not make a socket for the sandbox");
    if (given >= 0)
        close(given);
    if (!is_started) {
        close(ends[0]);
        return false;
    }
    *socket = ends[0];
    return true;
}

/* Everything from here on runs in the zygote or its children. */

static const struct sandbox_task *find_task(const struct sandbox_task *tasks, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(tasks[i].name, name) == 0)
            return &tasks[i];
    }
    return NULL;
}

static bool run_task(const struct sandbox_task *task, const struct zygote_request *request, struct frame_writer *writer,
    struct error *err)
{
    const struct lockdown lockdown = {.locks = request->locks,
        .held_bytes_max = request->held_bytes_max,
        .cpu_seconds_max = request->cpu_seconds_max};
    if (!lockdown_apply(&lockdown, err))
        return error_wrap(err, "could not lock up the sandboxed process");
    AUTO_SOURCE *input = source_from_descriptor(CHILD_INPUT, false);
    return task->run(view_of(request->parameters, request->parameters_size), input, writer, err);
}

/* Ends by _exit: what exit() would run is not allowed any more. */
static NORETURN void be_child(const struct sandbox_task *task, const struct zygote_request *request)
{
    close(ZYGOTE_SOCKET);
    struct frame_writer *writer = frame_writer_new(CHILD_OUTPUT);
    struct error failure, err;
    bool is_done = run_task(task, request, writer, &failure);
    bool is_told = is_done ? frame_write_end(writer, &err) : frame_write_error(writer, &failure, &err);
    _exit(is_told ? 0 : 1);
}

static long fork_child(int *pidfd)
{
    struct clone_args arguments = {.flags = CLONE_PARENT | CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)pidfd};
    long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
    /* Containers' filters often deny clone3, which they cannot look into, with ENOSYS. */
    if (pid < 0 && errno == ENOSYS)
        pid = syscall(SYS_clone, CLONE_PARENT | CLONE_PIDFD, NULL, pidfd, NULL, 0);
    return pid;
}

/* The pipe ends are at CHILD_INPUT and CHILD_OUTPUT. */
static void start_child(const struct sandbox_task *tasks, size_t count, const struct zygote_request *request)
{
    struct zygote_reply reply = {0};
    int pidfd = -1;
    const struct sandbox_task *task = find_task(tasks, count, request->task);
    long pid = task == NULL ? -1 : fork_child(&pidfd);
    if (pid == 0)
        be_child(task, request);
    if (pid < 0) {
        reply.error = task == NULL ? ENOENT : errno;
        snprintf(reply.reason, sizeof(reply.reason), "could not start the task \"%s\"", request->task);
    }
    if (!zygote_send(ZYGOTE_SOCKET, &reply, sizeof(reply), &pidfd, reply.error == 0 ? 1 : 0))
        _exit(1);
    if (reply.error == 0)
        close(pidfd);
}

static NORETURN void serve_requests(const struct sandbox_task *tasks, size_t count)
{
    struct zygote_request request;
    int ends[DESCRIPTORS_MAX];
    while (zygote_receive(ZYGOTE_SOCKET, &request, sizeof(request), ends, DESCRIPTORS_MAX) == 1) {
        request.task[TASK_NAME_MAX - 1] = '\0';
        /* The lowest free descriptors, in order: nothing else is open. */
        if (ends[0] != CHILD_INPUT || ends[1] != CHILD_OUTPUT || request.parameters_size > TASK_PARAMETERS_MAX)
            _exit(1);
        start_child(tasks, count, &request);
        close(CHILD_INPUT);
        close(CHILD_OUTPUT);
    }
    _exit(0);
}

void sandbox_main(int argc, char **argv, const struct sandbox_task *tasks, size_t count)
{
    if (argc != 2 || strcmp(argv[1], ZYGOTE_ARGUMENT) != 0)
        return;
    int type = 0;
    socklen_t size = sizeof(type);
    if (getsockopt(ZYGOTE_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET) {
        fputs("tidewaiter: " ZYGOTE_ARGUMENT " is for tidewaiter's own use\n", stderr);
        _exit(error_exit_status(ERROR_USAGE));
    }
    struct error err;
    if (!warm_libraries(&err)) {
        struct zygote_reply reply = {.error = EIO};
        snprintf(reply.reason, sizeof(reply.reason), "%s", err.message);
        (void)zygote_send(ZYGOTE_SOCKET, &reply, sizeof(reply), NULL, 0);
        _exit(1);
    }
    /* Whatever a library left open. */
    if (close_range(ZYGOTE_SOCKET + 1, ~0u, 0) != 0)
        _exit(1);
    serve_requests(tasks, count);
}
