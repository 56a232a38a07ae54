/* SPDX-License-Identifier: Apache-2.0 */
/* The connection of one job to its integration's registry: address, credentials (which are held in memory only, found in
   the environment or Docker's config.json when they are needed) and the outbound rule. */
#ifndef JOB_CONNECTION_H
#define JOB_CONNECTION_H

#include "job/kind.h"
#include "registry/adapter.h"
#include "registry/docker_config.h"
#include "store/integrations.h"

struct connection {
    struct integration integration;
    struct view host;
    struct outbound_policy policy;
    struct registry_login login;
    struct adapter *adapter;
};

/* Zero `connection` first; connection_done releases it in any case. `name_or_uuid` of the integration. */
bool connection_open(
    struct job_run *run, struct view name_or_uuid, struct connection *connection, struct error *err) MUST_CHECK;
void connection_done(struct connection *connection);

#endif
