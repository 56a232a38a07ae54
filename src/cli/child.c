/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NOT_INSTALLED = 127, STOP_WAIT_MS = 2000, LOOK_EVERY_MS = 10 };

/* In the child, between fork and exec: only calls that are safe there. */
static NORETURN void run_program(const char *const *words, const char *log, pid_t parent)
{
    int output = open(log == NULL ? "/dev/null" : log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    int input = open("/dev/null", O_RDONLY);
    /* A signal of the terminal is for us: we stop the child in order. */
    if (output < 0 || input < 0 || setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
        dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
        _exit(NOT_INSTALLED - 1);
    execvp(words[0], (char *const *)(uintptr_t)words);
    _exit(NOT_INSTALLED);
}

bool child_start(struct child *child, const char *const *words, const char *log, struct error *err)
{
    pid_t parent = getpid();
    *child = (struct child){.program = words[0], .log = log};
    pid_t pid = fork();
    if (pid < 0)
        return error_set_errno(err, errno, "could not start \"%s\"", words[0]);
    if (pid == 0)
        run_program(words, log, parent);
    child->pid = pid;
    return true;
}

static bool judge(struct child *child, int status, struct error *err)
{
    child->pid = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_INSTALLED)
        return error_set(err, ERROR_NOT_FOUND, "program \"%s\" is not installed", child->program);
    return error_set(err, ERROR_SERVER, "program \"%s\" failed%s%s", child->program,
        child->log == NULL ? "" : "; its output is in ", child->log == NULL ? "" : child->log);
}

bool child_wait(struct child *child, struct error *err)
{
    int status;
    pid_t ended;
    do
        ended = waitpid(child->pid, &status, 0);
    while (ended < 0 && errno == EINTR);
    if (ended < 0)
        return error_set_errno(err, errno, "could not wait for \"%s\"", child->program);
    return judge(child, status, err);
}

bool child_is_running(struct child *child, struct error *err)
{
    int status;
    if (child->pid == 0)
        return false;
    pid_t ended = waitpid(child->pid, &status, WNOHANG);
    if (ended == 0)
        return true;
    if (judge(child, status, err))
        error_set(err, ERROR_SERVER, "program \"%s\" ended%s%s", child->program,
            child->log == NULL ? "" : "; its output is in ", child->log == NULL ? "" : child->log);
    return false;
}

void child_stop(struct child *child)
{
    struct error ignored;
    if (child->pid == 0)
        return;
    kill(child->pid, SIGTERM);
    for (int waited_ms = 0; waited_ms < STOP_WAIT_MS; waited_ms += LOOK_EVERY_MS) {
        if (!child_is_running(child, &ignored))
            return;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_EVERY_MS * 1000000L}, NULL);
    }
    kill(child->pid, SIGKILL);
    if (!child_wait(child, &ignored))
        return; /* killed, as asked */
}
