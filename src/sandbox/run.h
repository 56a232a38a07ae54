/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of one child: feeds its input, takes its frames, and finds out how it ended. One thread. */
#ifndef SANDBOX_RUN_H
#define SANDBOX_RUN_H

#include "sandbox/sandbox.h"

struct child {
    int input; /* write end of a pipe, non-blocking; closed here */
    int output; /* read end of a pipe, non-blocking; closed here */
    int pidfd; /* closed here */
};

/* A run's time: from the moment of its call. */
struct deadline {
    int64_t ends_ms; /* monotonic */
    int64_t length_ms;
    const struct cancel *cancel;
};

void deadline_start(struct deadline *deadline, int64_t length_ms, const struct cancel *cancel);

/* ERROR_TIMEOUT or ERROR_CANCELLED. */
bool deadline_check(const struct deadline *deadline, struct error *err) MUST_CHECK;

/* What poll(2) may wait: so short that a cancel is seen in time. */
int deadline_wait_ms(const struct deadline *deadline);

/* To the end of the child, which is gone afterwards, whatever happened. */
bool child_run(
    struct child *child, const struct sandbox_run *run, const struct deadline *deadline, struct error *err) MUST_CHECK;

#endif
