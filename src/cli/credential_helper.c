/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/credential_helper.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM_PREFIX "docker-credential-"
#define ANSWER_SHOWN_MAX 200

enum { NOT_INSTALLED = 127 };

/* A running helper. Its answer may hold a secret: it stays in one place and is wiped. */
struct helper {
    const char *program;
    pid_t pid;
    int input; /* -1: closed */
    int output;
    char *answer; /* HELPER_ANSWER_BYTES_MAX + 1 */
    size_t size;
};

static void close_end(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static void helper_done(struct helper *helper)
{
    close_end(&helper->input);
    close_end(&helper->output);
    if (helper->pid > 0) {
        kill(-helper->pid, SIGKILL);
        while (waitpid(helper->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    secret_wipe(helper->answer, helper->size);
    free(helper->answer);
}

/* In the child, between fork and exec: only calls that are safe there. */
static NORETURN void run_program(
    const char *program, char **environment, const int *input, const int *output, pid_t parent)
{
    char *words[] = {(char *)(uintptr_t)program, (char *)(uintptr_t) "get", NULL};
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere < 0 || setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
        dup2(input[0], STDIN_FILENO) < 0 || dup2(output[1], STDOUT_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0)
        _exit(NOT_INSTALLED - 1);
    execvpe(program, words, environment);
    _exit(NOT_INSTALLED);
}

static const char *variable(struct arena *arena, const char *name)
{
    const char *value = getenv(name);
    return arena_format(arena, "%s=%s", name, value == NULL ? "" : value).data;
}

static bool start(struct arena *arena, struct helper *helper, struct error *err)
{
    char *environment[] = {
        (char *)(uintptr_t)variable(arena, "PATH"), (char *)(uintptr_t)variable(arena, "HOME"), NULL};
    int input[2] = {-1, -1}, output[2] = {-1, -1};
    pid_t parent = getpid();
    bool has_pipes = pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0;
    pid_t pid = has_pipes ? fork() : -1;
    if (pid == 0)
        run_program(helper->program, environment, input, output, parent);
    int reason = errno;
    close_end(&input[0]);
    close_end(&output[1]);
    helper->input = input[1];
    helper->output = output[0];
    if (pid < 0)
        return error_set_errno(err, reason, "could not start \"%s\"", helper->program);
    helper->pid = pid;
    (void)setpgid(pid, pid); /* the child does the same: whoever is first */
    return true;
}

/* The address fits into any pipe; a helper that does not read it gets none. */
static bool tell(struct helper *helper, struct view server, struct error *err)
{
    ssize_t written = write(helper->input, server.data, server.size);
    close_end(&helper->input);
    return written == (ssize_t)server.size || (written < 0 && errno == EPIPE) ||
           error_set_errno(err, errno, "could not write to \"%s\"", helper->program);
}

static bool listen_to(struct helper *helper, struct error *err)
{
    const struct clock *clock = clock_system();
    int64_t until_ms = clock->monotonic_ms(clock) + HELPER_SECONDS_MAX * 1000;
    for (;;) {
        struct pollfd wait = {.fd = helper->output, .events = POLLIN};
        int64_t left_ms = until_ms - clock->monotonic_ms(clock);
        int ready = left_ms > 0 ? poll(&wait, 1, (int)left_ms) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0)
            return error_set(
                err, ERROR_TIMEOUT, "\"%s\" did not answer in %d seconds", helper->program, HELPER_SECONDS_MAX);
        ssize_t got = read(helper->output, helper->answer + helper->size, HELPER_ANSWER_BYTES_MAX + 1 - helper->size);
        if (got < 0)
            return error_set_errno(err, errno, "could not read from \"%s\"", helper->program);
        helper->size += (size_t)got;
        if (helper->size > HELPER_ANSWER_BYTES_MAX)
            return error_set(
                err, ERROR_LIMIT, "\"%s\" answers with more than %u bytes", helper->program, HELPER_ANSWER_BYTES_MAX);
        if (got == 0)
            return true;
    }
}

/* With another status than 0 the answer is a message. Helpers have these words for "nothing there". */
static bool judge(struct helper *helper, bool *is_found, struct error *err)
{
    int status = 0;
    pid_t ended;
    do
        ended = waitpid(helper->pid, &status, 0);
    while (ended < 0 && errno == EINTR);
    helper->pid = 0;
    struct view answer = view_trim(view_of(helper->answer, helper->size));
    *is_found = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (*is_found)
        return true;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_INSTALLED)
        return error_set(err, ERROR_NOT_FOUND, "program \"%s\" is not installed", helper->program);
    if (view_find_text(answer, view_text("credentials not found")) < answer.size)
        return true;
    return error_set(err, ERROR_DENIED, "\"%s\" failed: %.*s", helper->program,
        (int)(answer.size < ANSWER_SHOWN_MAX ? answer.size : ANSWER_SHOWN_MAX), answer.size > 0 ? answer.data : "");
}

static bool get(struct credential_helper *self, struct view name, struct view server, struct secret **answer,
    bool *is_found, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    CLEANUP(helper_done) struct helper helper = {.input = -1, .output = -1};
    (void)self;
    helper.program = arena_format(arena, PROGRAM_PREFIX "%.*s", VIEW_PRINT(name)).data;
    helper.answer = memory_alloc(HELPER_ANSWER_BYTES_MAX + 1);
    if (!start(arena, &helper, err) || !tell(&helper, server, err) || !listen_to(&helper, err) ||
        !judge(&helper, is_found, err))
        return false;
    if (*is_found)
        *answer = secret_new(view_of(helper.answer, helper.size));
    return true;
}

struct credential_helper credential_helper_program = {get};
