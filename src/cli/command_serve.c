/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "daemon/daemon.h"
#include "daemon/worker_task.h"

#include <stdlib.h>
#include <unistd.h>

static const struct option options[] = {
#define OPTION(name, argument, initial, is_repeatable, help) {name, argument, help, is_repeatable},
#include "daemon/options.def"
#undef OPTION
    OPTIONS_END,
};

static bool given_value(const void *context, const char *name, int index, struct view *value)
{
    return call_option_at(context, name, index, value);
}

/* The link signs in whoever has it: it is shown to a person at a terminal, never written to a log. The very first start shows
   it in any case, on stdout: without it there would be no way in for who cannot run commands beside the server. */
static bool greet(struct command_call *call, struct daemon *daemon, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct view link;
    LOG(LOG_INFO, "ready", {"url", view_text(daemon_url(daemon))},
        {"data", view_text(daemon_parts(daemon)->config->data)});
    if (!isatty(fileno(call_output(call))) && !daemon_is_first_start(daemon))
        return true;
    if (!daemon_sign_in_link(daemon, arena, &link, err))
        return false;
    fprintf(call_output(call), "Tidewaiter answers at %s\nSign in, once, with this link:\n\n  %.*s\n\n",
        daemon_url(daemon), VIEW_PRINT(link));
    fflush(call_output(call));
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct config config;
    struct daemon *daemon = NULL;
    const struct config_source source = {given_value, call};
    if (!config_read(&source, arena, &config, err))
        return -1;
    log_configure(LOG_FORMAT_JSON, config.log_level);
    struct worker_task workers;
    worker_task_init(&workers, 0);
    struct daemon_task *tasks[] = {&workers.task};
    if (!daemon_start(&config, tasks, 1, &daemon, err))
        return -1;
    bool is_greeted = greet(call, daemon, err);
    if (is_greeted) {
        daemon_wait(daemon, -1);
        LOG_PLAIN(LOG_INFO, "stopping");
    }
    daemon_stop(daemon);
    return is_greeted ? 0 : -1;
}

const struct command command_serve = {
    .name = "serve",
    .arguments = "",
    .summary = "Run the server: sync, scans, API and web UI",
    .details =
        "Answers on 127.0.0.1:8010 until SIGTERM or SIGINT. On a terminal, and at the very first start, it prints a link that signs in\n"
        "once; \"tidewaiter org bootstrap\" makes another. The log goes to stderr, one JSON object a line; SIGHUP switches debug\n"
        "lines on and off. Each option is also read from the environment: --log-level from TIDEWAITER_LOG_LEVEL.",
    .options = options,
    .run = run,
};
