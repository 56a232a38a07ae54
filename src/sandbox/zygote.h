/* SPDX-License-Identifier: Apache-2.0 */
/* What the parent and the zygote say to each other over their socket: one message asks for a child and carries the two
   pipe ends, one message answers with the child's pidfd. */
#ifndef SANDBOX_ZYGOTE_H
#define SANDBOX_ZYGOTE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The first argument of an executable that is to be a zygote. */
#define ZYGOTE_ARGUMENT "--sandbox-zygote"

/* Descriptors in the zygote and in its children; 0 to 2 are /dev/null. */
enum { ZYGOTE_SOCKET = 3, CHILD_INPUT = 4, CHILD_OUTPUT = 5 };

enum { TASK_NAME_MAX = 64, TASK_PARAMETERS_MAX = 4096 };

struct zygote_request {
    uint32_t locks;
    uint32_t parameters_size;
    uint64_t held_bytes_max;
    uint64_t cpu_seconds_max;
    char task[TASK_NAME_MAX]; /* with NUL */
    char parameters[TASK_PARAMETERS_MAX];
};

struct zygote_reply {
    int32_t error; /* errno; 0 = the pidfd comes with the message */
    char reason[ERROR_MESSAGE_MAX]; /* with `error`: what could not be done */
};

/* A message with up to two descriptors; false with errno. */
bool zygote_send(int socket, const void *message, size_t size, const int *descriptors, size_t count);

/* Receives a message of exactly `size` bytes and `count` descriptors (-1 where none came). Returns 1, 0 at the end of the
   connection, or -1 with errno. */
int zygote_receive(int socket, void *message, size_t size, int *descriptors, size_t count);

/* Starts this executable again as a zygote on the other end of `*socket`. */
bool zygote_spawn(int *socket, pid_t *zygote, struct error *err) MUST_CHECK;

#endif
