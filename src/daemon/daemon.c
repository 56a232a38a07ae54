/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"

#include "api/rate_limit.h"
#include "api/signer_keys.h"
#include "base/memory.h"
#include "daemon/data_dir.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { HTTP_THREADS = 4, DESCRIPTORS_WANTED = 65536, FAILURES_MAX = 60, GUESSES_MAX = 10 };

struct daemon {
    struct daemon_parts parts;
    struct account admin;
    struct arena *arena;
    struct api api;
    struct api_metrics metrics;
    struct server *server;
    struct daemon_task *tasks[DAEMON_TASKS_MAX];
    size_t task_count; /* started */
    int lock; /* of the data folder; -1 = none */
    const char *url;
    bool is_debugging; /* by SIGHUP */
    bool is_first_start; /* the store was made just now */
};

static void waited_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

/* Each connection is a descriptor; the soft limit is often 1024. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS_WANTED)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool open_store(struct daemon *daemon, struct error *err)
{
    const struct config *config = daemon->parts.config;
    const struct store_options options = {
        .address = data_dir_store(daemon->arena, config->data), .clock = daemon->parts.clock};
    const char *file = strchr(options.address, ':') + 1;
    daemon->is_first_start = access(file, F_OK) != 0;
    return data_dir_make(config->data, err) && data_dir_lock(daemon->arena, config->data, &daemon->lock, err) &&
           store_open(&options, &daemon->parts.store, err) &&
           store_ensure_admin(daemon->parts.store, daemon->arena, &daemon->admin, err) &&
           data_dir_open_keyring(daemon->arena, config->data, daemon->parts.store, &daemon->parts.keyring, err);
}

static void fill_api(struct daemon *daemon)
{
    const struct config *config = daemon->parts.config;
    struct api *api = &daemon->api;
    api->store = daemon->parts.store;
    api->clock = daemon->parts.clock;
    api->keyring = daemon->parts.keyring;
    api->network_allow = config->network_allow;
    api->network_allow_count = config->network_allow_count;
    api->index_folder = config->index;
    api->sandbox = daemon->parts.sandbox;
    api->metrics = &daemon->metrics;
    api->requests = rate_limit_new(config->rate_limit);
    api->failures = rate_limit_new(config->rate_limit == 0 ? 0 : FAILURES_MAX);
    api->guesses = rate_limit_new(config->rate_limit == 0 ? 0 : GUESSES_MAX);
    api->signer_keys = signer_keys_new();
    api->webhook_delay_ms = config->webhook_delay_ms;
    api->has_plain_cookies = config->is_insecure_http && !config->listen.is_loopback;
    api->hosts.is_loopback = config->listen.is_loopback;
    api->hosts.allows_any = !config->listen.is_loopback && config->host_name_count == 0;
    for (size_t i = 0; i < config->host_name_count; i++)
        api->hosts.names[api->hosts.name_count++] = config->host_names[i];
    daemon->metrics.started_ms = daemon->parts.clock->wall_ms(daemon->parts.clock);
}

static bool start_server(struct daemon *daemon, struct error *err)
{
    const struct config *config = daemon->parts.config;
    const struct server_options options = {
        .address = config->listen, .threads = HTTP_THREADS, .is_behind_proxy = config->is_behind_proxy};
    fill_api(daemon);
    if (!server_start(&options, &daemon->api, &daemon->server, err))
        return error_wrap(err, "address \"%s\"", config->listen_text);
    struct view address = view_text(server_listens_on(daemon->server));
    struct view port = view_from(address, view_find_last(address, ':'));
    if (config->host_name_count > 0 && config->is_behind_proxy)
        daemon->url = arena_format(daemon->arena, "https://%s", config->host_names[0]).data;
    else if (config->host_name_count > 0)
        daemon->url = arena_format(daemon->arena, "http://%s%.*s", config->host_names[0], VIEW_PRINT(port)).data;
    else
        daemon->url = arena_format(daemon->arena, "http://%.*s", VIEW_PRINT(address)).data;
    return true;
}

static bool start_tasks(struct daemon *daemon, struct daemon_task *const *tasks, size_t task_count, struct error *err)
{
    assert(task_count <= DAEMON_TASKS_MAX);
    for (size_t i = 0; i < task_count; i++) {
        if (!tasks[i]->start(tasks[i], &daemon->parts, err))
            return error_wrap(err, "%s", tasks[i]->name);
        daemon->tasks[daemon->task_count++] = tasks[i];
    }
    return true;
}

bool daemon_start(const struct config *config, struct daemon_task *const *tasks, size_t task_count,
    struct daemon **daemon, struct error *err)
{
    sigset_t set;
    waited_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    struct daemon *made = memory_alloc(sizeof(*made));
    memset(made, 0, sizeof(*made));
    made->arena = arena_new();
    made->lock = -1;
    made->parts = (struct daemon_parts){.config = config, .clock = clock_system()};
    raise_descriptor_limit();
    /* The zygote comes first, while this process holds nothing. */
    if (!sandbox_start(config->sandbox, &made->parts.sandbox, err) || !open_store(made, err) ||
        !start_tasks(made, tasks, task_count, err) || !start_server(made, err)) {
        daemon_stop(made);
        return false;
    }
    *daemon = made;
    return true;
}

void daemon_stop(struct daemon *daemon)
{
    if (daemon == NULL)
        return;
    server_stop(daemon->server);
    rate_limit_free(daemon->api.requests);
    rate_limit_free(daemon->api.failures);
    rate_limit_free(daemon->api.guesses);
    signer_keys_free(daemon->api.signer_keys);
    while (daemon->task_count > 0) {
        struct daemon_task *task = daemon->tasks[--daemon->task_count];
        task->stop(task);
    }
    store_close(daemon->parts.store);
    keyring_close(daemon->parts.keyring);
    sandbox_stop(daemon->parts.sandbox);
    if (daemon->lock >= 0)
        close(daemon->lock);
    arena_free(daemon->arena);
    free(daemon);
}

const struct daemon_parts *daemon_parts(const struct daemon *daemon)
{
    return &daemon->parts;
}

bool daemon_is_first_start(const struct daemon *daemon)
{
    return daemon->is_first_start;
}

const char *daemon_url(const struct daemon *daemon)
{
    return daemon->url;
}

bool daemon_sign_in_link(struct daemon *daemon, struct arena *arena, struct view *link, struct error *err)
{
    struct token token;
    if (!store_new_sign_in_token(daemon->parts.store, daemon->admin.user, SIGN_IN_LINK_MS, &token, err))
        return false;
    *link = arena_format(arena, "%s/session?token=%s", daemon->url, token.text);
    token_wipe(&token);
    return true;
}

static void switch_log_level(struct daemon *daemon)
{
    daemon->is_debugging = !daemon->is_debugging;
    log_set_level(daemon->is_debugging ? LOG_DEBUG : daemon->parts.config->log_level);
    LOG(LOG_WARNING, "log level changed", {"level", view_text(daemon->is_debugging ? "debug" : "as configured")});
}

int daemon_wait(struct daemon *daemon, int timeout_ms)
{
    sigset_t set;
    waited_signals(&set);
    const struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
    for (;;) {
        int number = timeout_ms < 0 ? sigwaitinfo(&set, NULL) : sigtimedwait(&set, NULL, &timeout);
        if (number < 0 && errno == EAGAIN)
            return 0;
        if (number == SIGHUP)
            switch_log_level(daemon);
        if (number != SIGTERM && number != SIGINT)
            continue;
        signal(SIGTERM, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        return number;
    }
}
