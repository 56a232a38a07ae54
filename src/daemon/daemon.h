/* SPDX-License-Identifier: Apache-2.0 */
/* The server as a whole: store, sandbox, background tasks and web server, started in this order and stopped in the reverse
   one. Used by `serve` and by `demo`. One per process. */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "daemon/config.h"
#include "store/accounts.h"

struct daemon;

/* What background tasks work with; everything lives as long as the daemon. */
struct daemon_parts {
    const struct config *config;
    const struct clock *clock;
    struct store *store;
    struct keyring *keyring;
    struct sandbox *sandbox;
};

/* Something that runs beside the web server: the worker pool, the scheduler. Embed it as the first member. */
struct daemon_task {
    const char *name;
    /* Starts threads and returns; `parts` may be kept. */
    bool (*start)(struct daemon_task *task, const struct daemon_parts *parts, struct error *err);
    /* Ends them and waits; only called after a successful start. */
    void (*stop)(struct daemon_task *task);
};

#define DAEMON_TASKS_MAX 8
#define SIGN_IN_LINK_MS (INT64_C(24) * 3600 * 1000)

/* `config` is borrowed; `tasks` (at most DAEMON_TASKS_MAX) are started in their order. From here on the signals that
   daemon_wait takes are blocked in this thread and those that it starts. Nothing runs after a failure. */
bool daemon_start(const struct config *config, struct daemon_task *const *tasks, size_t task_count,
    struct daemon **daemon, struct error *err) MUST_CHECK;

/* Lets requests end, stops the tasks, closes the store. NULL is fine. */
void daemon_stop(struct daemon *daemon);

const struct daemon_parts *daemon_parts(const struct daemon *daemon);

/* "http://127.0.0.1:8010", the address that a browser takes, without a slash at its end. Borrowed. */
const char *daemon_url(const struct daemon *daemon);

/* Whether the store did not exist before. */
bool daemon_is_first_start(const struct daemon *daemon);

/* A new link that signs the administrator in once, within SIGN_IN_LINK_MS. It is a secret: for terminals, not for logs. */
bool daemon_sign_in_link(struct daemon *daemon, struct arena *arena, struct view *link, struct error *err) MUST_CHECK;

/* Waits until SIGTERM or SIGINT asks to stop, and returns its number; a second one ends the process at once. SIGHUP
   switches between the configured log level and debug. With `timeout_ms` 0 or more it returns 0 when that time is over. */
int daemon_wait(struct daemon *daemon, int timeout_ms);

#endif
