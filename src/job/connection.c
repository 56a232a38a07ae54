/* SPDX-License-Identifier: Apache-2.0 */
#include "job/connection.h"

#include "http/gate.h"

#include <pthread.h>

#define HOSTS_MAX 1000

/* The gates of all registries that this process asks: kept until it ends, since jobs come and go while limits last. */
static struct http_gate *gate_of(struct view host, unsigned parallel)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static struct {
        char host[256];
        struct http_gate *gate;
    } gates[HOSTS_MAX];
    static size_t count;
    struct http_gate *gate = NULL;
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; gate == NULL && i < count; i++) {
        if (view_is(host, gates[i].host))
            gate = gates[i].gate;
    }
    if (gate == NULL && count < HOSTS_MAX && host.size < sizeof(gates[0].host)) {
        const struct http_gate_limits limits = {.parallel = parallel};
        memcpy(gates[count].host, host.data, host.size);
        gate = gates[count++].gate = http_gate_new(&limits, clock_system());
    }
    pthread_mutex_unlock(&mutex);
    return gate;
}

static void set_policy(const struct connection_setup *setup, struct arena *arena, struct connection *connection)
{
    struct view allowed = connection->integration.settings.allowed_hosts;
    size_t count = 1;
    connection->own = ARENA_ARRAY(arena, struct view, INTEGRATION_LIST_ITEMS_MAX + 1);
    connection->own[0] = connection->host;
    while (allowed.size > 0 && count <= INTEGRATION_LIST_ITEMS_MAX)
        connection->own[count++] = view_cut(&allowed, '\n');
    connection->policy = (struct outbound_policy){
        .own = connection->own,
        .own_count = count,
        .allowed = setup->network_allow,
        .allowed_count = setup->network_allow_count,
        .integration = connection->integration.name,
    };
}

static void set_route(struct connection *connection)
{
    const struct integration_settings *settings = &connection->integration.settings;
    connection->route = (struct http_route){
        .authorities = settings->authorities,
        .certificate = settings->certificate,
        .certificate_key = credential_secret(&connection->stored.fields, "certificate_key"),
        .skips_verification = settings->skips_tls,
        .proxy = settings->proxy,
        .proxy_login = credential_secret(&connection->stored.fields, "proxy_login"),
        .proxy_exceptions = settings->proxy_exceptions,
    };
}

/* What the protocol's own sign-in takes. */
static bool set_credentials(const struct connection_setup *setup, struct arena *arena, struct connection *connection,
    const struct registry_credentials **credentials, struct error *err)
{
    const struct credential_set *fields = &connection->stored.fields;
    connection->credentials = (struct registry_credentials){
        .username = credential_text(fields, "username"),
        .password = credential_secret(fields, "password"),
        .identity_token = credential_secret(fields, "identity_token"),
        .registry_token = credential_secret(fields, "registry_token"),
    };
    *credentials = NULL;
    if (connection->credentials.password != NULL || connection->credentials.identity_token != NULL ||
        connection->credentials.registry_token != NULL)
        *credentials = &connection->credentials;
    if (*credentials != NULL || !setup->uses_environment)
        return true;
    const struct login_wanted wanted = {.host = connection->host, .repository = connection->integration.address.path};
    if (!registry_credentials_find(arena, &wanted, &connection->login, err))
        return false;
    if (connection->login.is_found)
        *credentials = &connection->login.credentials;
    return true;
}

bool connection_make(const struct connection_setup *setup, struct arena *arena, int64_t organization,
    const struct integration *integration, struct connection *connection, struct error *err)
{
    const struct registry_credentials *credentials = NULL;
    const struct adapter_type *type = adapter_find(integration->type);
    if (type == NULL)
        return error_set(err, ERROR_UNSUPPORTED,
            "integration \"%.*s\" has the type \"%.*s\", which this program does not know",
            VIEW_PRINT(integration->name), VIEW_PRINT(integration->type));
    connection->integration = *integration;
    connection->host = integration->address.host;
    set_policy(setup, arena, connection);
    if (!store_open_credentials(setup->store, setup->keyring, organization, integration, &connection->stored, err) ||
        !set_credentials(setup, arena, connection, &credentials, err))
        return false;
    set_route(connection);
    struct registry_options options = {
        .host = connection->host,
        .is_plain_http = integration->address.is_plain_http,
        .wants_tls = !view_is(view_text(integration_tls_mode(&integration->settings)), "verify"),
        .credentials = credentials,
        .fields = &connection->stored.fields,
        .policy = &connection->policy,
        .route = &connection->route,
        .ca_file = setup->ca_file,
        .cancel = setup->cancel,
        .tries_max = setup->tries_max,
        .token_host = integration->settings.token_host,
        .gate = gate_of(connection->host, setup->parallel),
        .parallel = setup->parallel,
        .is_patient = setup->is_patient,
    };
    return adapter_open(type, &options, &connection->adapter, err);
}

bool connection_open(struct job_run *run, struct view name_or_uuid, struct connection *connection, struct error *err)
{
    const struct job_surroundings *surroundings = run->surroundings;
    struct connection_setup setup = {
        .store = surroundings->store,
        .keyring = surroundings->keyring,
        .network_allow = surroundings->network_allow,
        .network_allow_count = surroundings->network_allow_count,
        .ca_file = surroundings->ca_file,
        .cancel = run->cancel,
        .uses_environment = surroundings->uses_environment,
        .parallel = surroundings->registry_parallel,
        .is_patient = run->job->lane == JOB_LANE_BULK,
    };
    struct integration integration;
    return store_find_integration_uncounted(
               surroundings->store, run->arena, run->job->organization, name_or_uuid, &integration, err) &&
           connection_make(&setup, run->arena, run->job->organization, &integration, connection, err);
}

void connection_done(struct connection *connection)
{
    adapter_close(connection->adapter);
    registry_login_done(&connection->login);
    integration_credentials_done(&connection->stored);
}
