/* SPDX-License-Identifier: Apache-2.0 */
#include "job/connection.h"

bool connection_open(struct job_run *run, struct view name_or_uuid, struct connection *connection, struct error *err)
{
    const struct job_surroundings *surroundings = run->surroundings;
    struct integration *integration = &connection->integration;
    if (!store_find_integration(
            surroundings->store, run->arena, run->job->organization, name_or_uuid, integration, err))
        return false;
    const struct adapter_type *type = adapter_find(integration->type);
    if (type == NULL)
        return error_set(err, ERROR_UNSUPPORTED,
            "integration \"%.*s\" has the type \"%.*s\", which this program does not know",
            VIEW_PRINT(integration->name), VIEW_PRINT(integration->type));
    connection->host = integration->address.host;
    connection->policy = (struct outbound_policy){
        .own = &connection->host,
        .own_count = 1,
        .allowed = surroundings->network_allow,
        .allowed_count = surroundings->network_allow_count,
    };
    if (!registry_credentials_find(run->arena, connection->host, integration->address.path, &connection->login, err))
        return false;
    struct registry_options options = {
        .host = connection->host,
        .is_plain_http = integration->address.is_plain_http,
        .credentials = connection->login.is_found ? &connection->login.credentials : NULL,
        .policy = &connection->policy,
        .ca_file = surroundings->ca_file,
        .cancel = run->cancel,
    };
    return adapter_open(type, &options, &connection->adapter, err);
}

void connection_done(struct connection *connection)
{
    adapter_close(connection->adapter);
    registry_login_done(&connection->login);
}
