/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/lockdown.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the sandbox knows the system calls of x86-64 and arm64 only"
#endif

/* The attribute as of ABI 6 (Linux 6.12); Debian 12's header stops at ABI 2. Older kernels accept the longer structure as
   long as what they do not know is zero. */
struct landlock_attribute {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};

/* Number of file access rights that each ABI knows: all bits below it are handled, which means denied. */
static const unsigned char file_rights[] = {0, 13, 14, 15, 15, 16};
enum { FILE_RIGHTS_ABI_MAX = sizeof(file_rights) - 1 };
enum { NETWORK_ABI = 4, NETWORK_RIGHTS = 2 }; /* bind and connect TCP */
enum { SCOPE_ABI = 6, SCOPES = 2 }; /* abstract sockets, signals */

static long landlock_abi(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

unsigned lockdown_available(void)
{
    unsigned available = 0;
    if (landlock_abi() >= 1)
        available |= LOCK_LANDLOCK;
    const uint32_t action = SECCOMP_RET_KILL_PROCESS;
    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
        available |= LOCK_SECCOMP;
    return available;
}

static bool deny_files(struct error *err)
{
    long abi = landlock_abi();
    if (abi < 1)
        return error_set(err, ERROR_UNSUPPORTED, "this kernel has no Landlock");
    unsigned rights = file_rights[abi < FILE_RIGHTS_ABI_MAX ? abi : FILE_RIGHTS_ABI_MAX];
    const struct landlock_attribute attribute = {
        .handled_access_fs = (UINT64_C(1) << rights) - 1,
        .handled_access_net = abi >= NETWORK_ABI ? (UINT64_C(1) << NETWORK_RIGHTS) - 1 : 0,
        .scoped = abi >= SCOPE_ABI ? (UINT64_C(1) << SCOPES) - 1 : 0,
    };
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attribute, sizeof(attribute), 0);
    if (ruleset < 0)
        return error_set_errno(err, errno, "could not create a Landlock rule set");
    bool is_restricted = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    int reason = errno;
    close(ruleset);
    if (!is_restricted)
        return error_set_errno(err, reason, "could not apply Landlock");
    return true;
}

#ifndef TIDEWAITER_SANITIZED

static bool limit_resource(
    __rlimit_resource_t resource, const char *name, uint64_t soft, uint64_t hard, struct error *err)
{
    struct rlimit before;
    if (getrlimit(resource, &before) != 0)
        return error_set_errno(err, errno, "could not read the limit of %s", name);
    /* A lower limit of the machine's own stays. */
    if (before.rlim_max != RLIM_INFINITY && hard > before.rlim_max)
        hard = before.rlim_max;
    const struct rlimit limit = {.rlim_cur = soft < hard ? soft : hard, .rlim_max = hard};
    if (setrlimit(resource, &limit) != 0)
        return error_set_errno(err, errno, "could not limit %s", name);
    return true;
}

static bool limit_resources(const struct lockdown *lockdown, struct error *err)
{
    return limit_resource(RLIMIT_DATA, "memory", CHILD_BYTES_MAX + lockdown->held_bytes_max,
               CHILD_BYTES_MAX + CHILD_HELD_BYTES_MAX, err) &&
           limit_resource(
               RLIMIT_CPU, "processor time", lockdown->cpu_seconds_max, lockdown->cpu_seconds_max + 1, err) &&
           limit_resource(RLIMIT_NOFILE, "open files", 0, 0, err) &&
           limit_resource(RLIMIT_NPROC, "processes", 0, 0, err) && limit_resource(RLIMIT_CORE, "core files", 0, 0, err);
}

#else

/* The sanitizers reserve terabytes. */
static bool limit_resources(const struct lockdown *lockdown, struct error *err)
{
    (void)lockdown;
    (void)err;
    return true;
}

#endif

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define ALLOW(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), ANSWER(SECCOMP_RET_ALLOW)

/* Only the low half of an argument is looked at: the protection bits of mmap and mprotect are all there. */
#define ALLOW_UNLESS_EXECUTABLE(name)                                                                                  \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 4), LOAD(args[2]),                                              \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1), ANSWER(SECCOMP_RET_KILL_PROCESS),                       \
        ANSWER(SECCOMP_RET_ALLOW)

static bool forbid_system_calls(struct error *err)
{
    static const struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
        /* Numbers of the x32 ABI have bit 30 set, so they equal none of these. */
        LOAD(nr),
        ALLOW(read),
        ALLOW(write),
        ALLOW(brk),
        ALLOW(munmap),
        ALLOW(mremap),
        ALLOW(madvise),
        ALLOW(close),
        ALLOW(exit_group),
        ALLOW(exit),
        ALLOW(futex), /* C++ exceptions, OpenSSL's and glibc's locks */
        ALLOW(getrandom), /* hash seeds */
        ALLOW(getpid), /* SQLite */
        ALLOW(rt_sigreturn), /* return from any handler */
        ALLOW(clock_gettime), /* where the clock is not in the vDSO */
        ALLOW(gettimeofday),
#ifdef TIDEWAITER_SANITIZED
        ALLOW(sigaltstack),
        ALLOW(rt_sigaction),
        ALLOW(rt_sigprocmask),
        ALLOW(gettid),
        ALLOW(tgkill),
        ALLOW(sched_yield),
        ALLOW(prctl),
        ALLOW(prlimit64),
        ALLOW_UNLESS_EXECUTABLE(mprotect),
#endif
        ALLOW_UNLESS_EXECUTABLE(mmap),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
    };
    /* The kernel only reads the filter; its interface lacks the const. */
    const struct sock_fprog program = {
        .len = sizeof(filter) / sizeof(filter[0]), .filter = (struct sock_filter *)(uintptr_t)filter};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        return error_set_errno(err, errno, "could not apply seccomp");
    return true;
}

bool lockdown_apply(const struct lockdown *lockdown, struct error *err)
{
    assert(lockdown->held_bytes_max <= CHILD_HELD_BYTES_MAX);
    if (lockdown->locks != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set_errno(err, errno, "could not give up new privileges");
    if ((lockdown->locks & LOCK_LANDLOCK) != 0 && !deny_files(err))
        return false;
    if (!limit_resources(lockdown, err))
        return false;
    return (lockdown->locks & LOCK_SECCOMP) == 0 || forbid_system_calls(err);
}
