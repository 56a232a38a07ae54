/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/probe.h"

#ifdef TIDEWAITER_FAULT_POINTS

#include "sandbox/zygote.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { DESCRIPTOR_MAX = 1023, FLOOD_FRAMES = 1024, GIBIBYTE = 1 << 30 };

struct probe {
    pid_t parent;
    struct frame_writer *out;
};

/* Each act: true if it was done. */

static bool open_file(const struct probe *probe)
{
    (void)probe;
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool open_environment(const struct probe *probe)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/environ", (int)probe->parent);
    return open(path, O_RDONLY | O_CLOEXEC) >= 0;
}

static bool socket_inet(const struct probe *probe)
{
    (void)probe;
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool socket_unix(const struct probe *probe)
{
    (void)probe;
    return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool socket_netlink(const struct probe *probe)
{
    (void)probe;
    return socket(AF_NETLINK, SOCK_RAW, 0) >= 0;
}

static bool connect_loopback(const struct probe *probe)
{
    (void)probe;
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(80), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    return connect(CHILD_OUTPUT, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

static bool fork_process(const struct probe *probe)
{
    (void)probe;
    return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) >= 0;
}

static bool execute(const struct probe *probe)
{
    (void)probe;
    char name[] = "true";
    char *const arguments[] = {name, NULL};
    return execve("/bin/true", arguments, NULL) == 0;
}

static bool trace_parent(const struct probe *probe)
{
    return ptrace(PTRACE_ATTACH, probe->parent, NULL, NULL) == 0;
}

static bool read_parent(const struct probe *probe)
{
    char bytes[16];
    const struct iovec local = {bytes, sizeof(bytes)}, remote = {bytes, sizeof(bytes)};
    return process_vm_readv(probe->parent, &local, 1, &remote, 1, 0) >= 0;
}

static bool signal_parent(const struct probe *probe)
{
    return kill(probe->parent, SIGCONT) == 0;
}

static bool use_descriptors(const struct probe *probe)
{
    (void)probe;
    char byte;
    bool is_open = write(CHILD_INPUT, "", 0) >= 0 || read(CHILD_OUTPUT, &byte, 0) >= 0;
    for (int descriptor = 3; descriptor <= DESCRIPTOR_MAX; descriptor++) {
        if (descriptor != CHILD_INPUT && descriptor != CHILD_OUTPUT)
            is_open = is_open || read(descriptor, &byte, 0) >= 0 || errno != EBADF || write(descriptor, "", 0) >= 0;
    }
    return is_open;
}

static bool take_memory(const struct probe *probe)
{
    (void)probe;
    volatile char *memory = malloc(GIBIBYTE);
    if (memory == NULL)
        return false;
    for (size_t i = 0; i < GIBIBYTE; i += 4096)
        memory[i] = 1;
    return true;
}

/* Never comes back. */
static bool spin(const struct probe *probe)
{
    volatile bool is_forever = probe->out != NULL;
    while (is_forever) {
    }
    return true;
}

/* 1 GiB into the output, as good frames. */
static bool flood(const struct probe *probe)
{
    static char payload[FRAME_BYTES_MAX];
    struct error ignored;
    for (int i = 0; i < FLOOD_FRAMES; i++) {
        if (!frame_write(probe->out, 2, view_of(payload, sizeof(payload)), &ignored))
            return false;
    }
    return true;
}

static const struct act {
    const char *name;
    bool (*try)(const struct probe *probe);
} acts[] = {
    {"connect", connect_loopback},
    {"descriptors", use_descriptors},
    {"environment", open_environment},
    {"execute", execute},
    {"flood", flood},
    {"fork", fork_process},
    {"kill", signal_parent},
    {"memory", take_memory},
    {"open", open_file},
    {"read-parent", read_parent},
    {"socket-inet", socket_inet},
    {"socket-netlink", socket_netlink},
    {"socket-unix", socket_unix},
    {"spin", spin},
    {"trace", trace_parent},
};

struct view probe_parameters(char text[PROBE_PARAMETERS_SIZE])
{
    const char *act = getenv("TIDEWAITER_PROBE");
    if (act == NULL || strlen(act) > PROBE_PARAMETERS_SIZE / 2)
        return view_of(text, 0);
    snprintf(text, PROBE_PARAMETERS_SIZE, "%d %s", (int)getpid(), act);
    return view_text(text);
}

bool probe_act(struct view parameters, struct frame_writer *out, struct error *err)
{
    int64_t parent = 0;
    if (parameters.size == 0)
        return true;
    struct view number = view_cut(&parameters, ' ');
    if (!view_to_integer(number, &parent))
        return error_set(err, ERROR_INVALID, "the probe has no parent");
    const struct probe probe = {(pid_t)parent, out};
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (!view_is(parameters, acts[i].name))
            continue;
        bool is_done = acts[i].try(&probe);
        return error_set(err, ERROR_INVALID, "probe \"%s\" %s", acts[i].name, is_done ? "SUCCEEDED" : "was refused");
    }
    return error_set(err, ERROR_INVALID, "there is no probe \"%.*s\"", VIEW_PRINT(parameters));
}

#endif
