/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the server, from the command line and the environment. Read once at the start, immutable afterwards;
   lives in the arena of whoever read it. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include "api/server.h"
#include "base/log.h"
#include "sandbox/sandbox.h"

#define CONFIG_LIST_MAX 64 /* values of a repeatable option */
#define CONFIG_WORKERS_MAX 64
#define CONFIG_RATE_MAX 1000000
#define CONFIG_WEBHOOK_DELAY_S_MAX 300
#define CONFIG_CONNECTIONS_MAX 32 /* to one registry; http/client.h takes no more */

struct config_option {
    const char *name;
    const char *argument; /* NULL = a switch */
    const char *initial; /* default; NULL = none */
    bool is_repeatable;
    const char *help;
};

/* All rows of options.def. */
extern const struct config_option config_options[];
extern const size_t config_option_count;

/* What was given on the command line: value number `index` of an option; false if there is none. A switch that was given
   has an empty value. */
struct config_source {
    bool (*value)(const void *context, const char *name, int index, struct view *value);
    const void *context;
};

struct config {
    struct server_address listen;
    const char *listen_text;
    const char *data; /* absolute */
    const char *index; /* absolute */
    const char *host_names[HOST_NAMES_MAX];
    size_t host_name_count;
    const struct view *network_allow;
    size_t network_allow_count;
    enum log_level log_level;
    enum sandbox_mode sandbox;
    unsigned workers;
    unsigned registry_connections;
    unsigned rate_limit; /* requests a minute; 0 = no limits */
    int64_t webhook_delay_ms;
    bool is_behind_proxy;
    bool is_insecure_http;
};

/* ERROR_USAGE names the option (or variable) that is wrong, and what it may be. Listening elsewhere than on loopback without
   `behind-proxy` or `insecure-http` is refused. */
bool config_read(
    const struct config_source *source, struct arena *arena, struct config *config, struct error *err) MUST_CHECK;

#endif
