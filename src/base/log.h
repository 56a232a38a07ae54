/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: a constant message plus fields. `serve` and `worker` write one JSON object a line (ts level msg and the
   fields), the command line plain text; both to stderr. Only job, api, daemon and cli log; libraries return errors.
   Secrets never come here: no function takes a struct secret. Thread-safe. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/view.h"

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_LEVEL_COUNT };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log_field {
    const char *name;
    struct view value;
};

/* Before other threads start; the default is text from LOG_WARNING on. */
void log_configure(enum log_format format, enum log_level lowest);

/* At any time. */
void log_set_level(enum log_level lowest);

/* `message` is a constant; fields end with one whose name is NULL. Use the macro. */
void log_write(enum log_level level, const char *message, const struct log_field *fields);

/* LOG(LOG_INFO, "scan done", {"image", name}, {"job", id}); values are views. */
#define LOG(level, message, ...)                                                                                       \
    log_write((level), (message), (const struct log_field[]){__VA_ARGS__, {NULL, {NULL, 0}}})

/* Without fields. */
#define LOG_PLAIN(level, message) log_write((level), (message), (const struct log_field[]){{NULL, {NULL, 0}}})

#endif
