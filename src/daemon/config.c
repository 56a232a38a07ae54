/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/config.h"

#include "daemon/data_dir.h"
#include "http/outbound.h"

#include <stdlib.h>

const struct config_option config_options[] = {
#define OPTION(name, argument, initial, is_repeatable, help) {name, argument, initial, is_repeatable, help},
#include "daemon/options.def"
#undef OPTION
};
const size_t config_option_count = sizeof(config_options) / sizeof(config_options[0]);

struct reader {
    const struct config_source *source;
    struct arena *arena;
};

/* "log-level" → "TIDEWAITER_LOG_LEVEL" */
static const char *variable_name(struct arena *arena, const char *name)
{
    char *variable = arena_text(arena, arena_format(arena, "TIDEWAITER_%s", name));
    for (char *c = variable; *c != '\0'; c++) {
        if (*c == '-')
            *c = '_';
        else if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
    return variable;
}

static const struct config_option *find_option(const char *name)
{
    size_t i = 0;
    while (strcmp(config_options[i].name, name) != 0)
        i++;
    return &config_options[i];
}

/* The value of an option that is given once: command line, environment, default; empty if there is none. */
static struct view read_value(const struct reader *reader, const char *name)
{
    struct view value;
    if (reader->source->value(reader->source->context, name, 0, &value))
        return value;
    const char *variable = getenv(variable_name(reader->arena, name));
    return view_text(variable != NULL && variable[0] != '\0' ? variable : find_option(name)->initial);
}

static bool read_switch(const struct reader *reader, const char *name, bool *is_on, struct error *err)
{
    struct view given;
    if (reader->source->value(reader->source->context, name, 0, &given)) {
        *is_on = true;
        return true;
    }
    struct view value = read_value(reader, name);
    if (value.size > 0 && !view_is(value, "true") && !view_is(value, "false"))
        return error_set(err, ERROR_USAGE, "variable \"%s\" must be true or false, not \"%.*s\"",
            variable_name(reader->arena, name), VIEW_PRINT(value));
    *is_on = view_is(value, "true");
    return true;
}

struct value_list {
    struct view *items;
    size_t count;
    size_t capacity;
};

static bool read_list(const struct reader *reader, const char *name, struct value_list *list, struct error *err)
{
    struct view value;
    *list = (struct value_list){0};
    for (int i = 0; reader->source->value(reader->source->context, name, i, &value); i++)
        *(struct view *)ARENA_PUSH(reader->arena, list) = value;
    struct view rest = view_text(list->count > 0 ? NULL : getenv(variable_name(reader->arena, name)));
    while (rest.size > 0) {
        value = view_trim(view_cut(&rest, ','));
        if (value.size > 0)
            *(struct view *)ARENA_PUSH(reader->arena, list) = value;
    }
    if (list->count > CONFIG_LIST_MAX)
        return error_set(err, ERROR_USAGE, "option \"--%s\" may be given %d times at most", name, CONFIG_LIST_MAX);
    return true;
}

static bool read_host_names(const struct reader *reader, struct config *config, struct error *err)
{
    struct value_list list;
    if (!read_list(reader, "host-name", &list, err))
        return false;
    if (list.count > HOST_NAMES_MAX)
        return error_set(err, ERROR_USAGE, "option \"--host-name\" may be given %d times at most", HOST_NAMES_MAX);
    for (size_t i = 0; i < list.count; i++) {
        if (!view_equal(host_name(list.items[i]), list.items[i]))
            return error_set(err, ERROR_USAGE,
                "option \"--host-name\" takes a name without port and scheme, not \"%.*s\"", VIEW_PRINT(list.items[i]));
        config->host_names[config->host_name_count++] = arena_text(reader->arena, list.items[i]);
    }
    return true;
}

static bool read_network(const struct reader *reader, struct config *config, struct error *err)
{
    struct value_list list;
    if (!read_list(reader, "network-allow", &list, err))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        if (!outbound_check_entry(list.items[i], err)) {
            err->code = ERROR_USAGE;
            return error_wrap(err, "option \"--network-allow\"");
        }
    }
    config->network_allow = list.items;
    config->network_allow_count = list.count;
    return true;
}

static bool read_words(const struct reader *reader, struct config *config, struct error *err)
{
    static const char *const levels[LOG_LEVEL_COUNT] = {"debug", "info", "warning", "error"};
    struct view level = read_value(reader, "log-level");
    struct view sandbox = read_value(reader, "sandbox");
    int found = 0;
    while (found < LOG_LEVEL_COUNT && !view_is(level, levels[found]))
        found++;
    if (found == LOG_LEVEL_COUNT)
        return error_set(err, ERROR_USAGE, "option \"--log-level\" must be debug, info, warning or error, not \"%.*s\"",
            VIEW_PRINT(level));
    if (!view_is(sandbox, "required") && !view_is(sandbox, "best-effort"))
        return error_set(err, ERROR_USAGE, "option \"--sandbox\" must be required or best-effort, not \"%.*s\"",
            VIEW_PRINT(sandbox));
    config->log_level = (enum log_level)found;
    config->sandbox = view_is(sandbox, "required") ? SANDBOX_REQUIRED : SANDBOX_BEST_EFFORT;
    return true;
}

/* A whole number from `lowest` to `highest`. */
struct number_option {
    const char *name;
    int64_t lowest;
    int64_t highest;
};

static bool read_number(
    const struct reader *reader, const struct number_option *option, int64_t *number, struct error *err)
{
    struct view text = read_value(reader, option->name);
    if (view_to_integer(text, number) && *number >= option->lowest && *number <= option->highest)
        return true;
    return error_set(err, ERROR_USAGE, "option \"--%s\" must be a number from %lld to %lld, not \"%.*s\"", option->name,
        (long long)option->lowest, (long long)option->highest, VIEW_PRINT(text));
}

static bool read_numbers(const struct reader *reader, struct config *config, struct error *err)
{
    static const struct number_option workers = {"workers", 1, CONFIG_WORKERS_MAX};
    static const struct number_option connections = {"registry-connections", 1, CONFIG_CONNECTIONS_MAX};
    static const struct number_option rate = {"rate-limit", 0, CONFIG_RATE_MAX};
    static const struct number_option delay = {"webhook-delay", 0, CONFIG_WEBHOOK_DELAY_S_MAX};
    int64_t worker_count, connection_count, rate_limit, delay_s;
    if (!read_number(reader, &workers, &worker_count, err) ||
        !read_number(reader, &connections, &connection_count, err) || !read_number(reader, &rate, &rate_limit, err) ||
        !read_number(reader, &delay, &delay_s, err))
        return false;
    config->workers = (unsigned)worker_count;
    config->registry_connections = (unsigned)connection_count;
    config->rate_limit = (unsigned)rate_limit;
    config->webhook_delay_ms = delay_s * 1000;
    return true;
}

static bool read_address(const struct reader *reader, struct config *config, struct error *err)
{
    config->listen_text = arena_text(reader->arena, read_value(reader, "listen"));
    if (!read_switch(reader, "behind-proxy", &config->is_behind_proxy, err) ||
        !read_switch(reader, "insecure-http", &config->is_insecure_http, err) ||
        !server_address_parse(config->listen_text, &config->listen, err))
        return false;
    if (config->is_behind_proxy && config->is_insecure_http)
        return error_set(err, ERROR_USAGE, "options \"--behind-proxy\" and \"--insecure-http\" contradict each other");
    if (!config->listen.is_loopback && !config->is_behind_proxy && !config->is_insecure_http)
        return error_set(err, ERROR_USAGE,
            "\"%s\" is not a loopback address, and this version has no TLS of its own yet: put a proxy with TLS in front "
            "and give --behind-proxy, or give --insecure-http if nobody can listen on the network",
            config->listen_text);
    return true;
}

static bool read_folders(const struct reader *reader, struct config *config, struct error *err)
{
    struct view data;
    bool is_given = reader->source->value(reader->source->context, "data", 0, &data);
    /* TIDEWAITER_DATA and the default are data_dir_find's business: commands that share the folder ask it as well. */
    if (!data_dir_find(reader->arena, is_given ? arena_text(reader->arena, data) : NULL, &config->data, err))
        return false;
    struct view index = read_value(reader, "index");
    if (index.size > 0) /* relative to the current folder, as the data folder is */
        return data_dir_find(reader->arena, arena_text(reader->arena, index), &config->index, err);
    config->index = arena_format(reader->arena, "%s/index", config->data).data;
    return true;
}

bool config_read(const struct config_source *source, struct arena *arena, struct config *config, struct error *err)
{
    const struct reader reader = {source, arena};
    struct config read = {0};
    if (!read_address(&reader, &read, err) || !read_host_names(&reader, &read, err) ||
        !read_network(&reader, &read, err) || !read_words(&reader, &read, err) || !read_numbers(&reader, &read, err) ||
        !read_folders(&reader, &read, err))
        return false;
    *config = read;
    return true;
}
