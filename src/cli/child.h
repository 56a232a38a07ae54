/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that the demo starts: they end when this process ends, whatever happens to it. */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include "base/error.h"

#include <sys/types.h>

struct child {
    const char *program; /* for messages */
    const char *log; /* file that takes its output; NULL: dropped */
    pid_t pid; /* 0 = not running */
};

/* `words` ends with NULL; the program is looked up in PATH. ERROR_NOT_FOUND if it is not installed. */
bool child_start(struct child *child, const char *const *words, const char *log, struct error *err) MUST_CHECK;

/* Waits for its end; a status other than 0 is ERROR_SERVER and names the log. */
bool child_wait(struct child *child, struct error *err) MUST_CHECK;

/* Whether it still runs; if not, what it ended with is an error as in child_wait. */
bool child_is_running(struct child *child, struct error *err);

/* SIGTERM, then SIGKILL after 2 s. */
void child_stop(struct child *child);

#endif
