/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to an integration's registry: address, unsealed credentials, certificates, proxy and the outbound rule put
   together for its adapter. Used by jobs, and by whoever tests a connection. */
#ifndef JOB_CONNECTION_H
#define JOB_CONNECTION_H

#include "job/kind.h"
#include "registry/adapter.h"
#include "registry/docker_config.h"
#include "store/integrations.h"

/* What every connection of a process is made with. All borrowed. */
struct connection_setup {
    struct store *store;
    struct keyring *keyring; /* NULL: nothing can be unsealed */
    const struct view *network_allow;
    size_t network_allow_count;
    const char *ca_file; /* NULL: the system's */
    const struct cancel *cancel;
    bool uses_environment; /* without stored credentials, look where `docker login` and the environment keep them */
    unsigned tries_max; /* of each request; 0 = as usual */
    unsigned
        parallel; /* requests at a time to one registry, by the whole process: the first to ask sets it; 0 = as usual */
    bool is_patient; /* bulk work, which the other requests to the registry go before */
};

struct connection {
    struct integration integration;
    struct view host;
    struct view *own; /* the host, and the hosts that the integration allows */
    struct outbound_policy policy;
    struct integration_credentials stored;
    struct registry_login login; /* found elsewhere */
    struct registry_credentials credentials;
    struct http_route route;
    struct adapter *adapter;
};

/* Of an integration that was read. Zero `connection` first; connection_done releases it in any case. */
bool connection_make(const struct connection_setup *setup, struct arena *arena, int64_t organization,
    const struct integration *integration, struct connection *connection, struct error *err) MUST_CHECK;

/* The same for a job; `name_or_uuid` of the integration. */
bool connection_open(
    struct job_run *run, struct view name_or_uuid, struct connection *connection, struct error *err) MUST_CHECK;

void connection_done(struct connection *connection);

#endif
