/* SPDX-License-Identifier: Apache-2.0 */
/* A registry said that a tag was pushed or deleted: it is asked itself what the tag names now, and what is new is imported
   as a sync run would. */
#include "job/connection.h"
#include "job/scope.h"

struct hook_job {
    struct job_run *run;
    struct connection connection;
    struct scope scope;
};

static void hook_job_done(struct hook_job *hook)
{
    scope_done(&hook->scope);
    connection_done(&hook->connection);
}

static bool open_scope(struct hook_job *hook, struct error *err)
{
    struct job_run *run = hook->run;
    struct store *store = run->surroundings->store;
    struct view *others = NULL;
    size_t count = 0;
    return store_integration_paths(
               store, run->arena, run->job->organization, &hook->connection.integration, &others, &count, err) &&
           scope_open(&hook->connection.integration, others, count, store_now_ms(store), &hook->scope, err);
}

static bool import_tag(struct hook_job *hook, const struct reference *reference, struct error *err)
{
    struct job_run *run = hook->run;
    enum import_result result;
    struct import import = {
        .organization = run->job->organization,
        .integration = hook->connection.integration.id,
        .repository = reference->repository,
        .tag = reference->tag,
        .digest = reference->digest,
        .lane = JOB_LANE_NORMAL,
    };
    return store_find_kind(run->surroundings->store, run->arena, &import, err) &&
           store_import(run->surroundings->store, &import, &result, err);
}

/* What is gone is the next sync run's business: only a whole listing tells. */
static bool run_hook(struct job_run *run, struct error *err)
{
    CLEANUP(hook_job_done) struct hook_job hook = {.run = run};
    struct reference reference = {
        .repository = job_parameter(run, "repository"),
        .tag = job_parameter(run, "tag"),
    };
    if (!connection_open(run, job_parameter(run, "integration"), &hook.connection, err) || !open_scope(&hook, err))
        return false;
    if (!scope_has_repository(&hook.scope, reference.repository))
        return true;
    reference.host = hook.connection.host;
    struct error why;
    if (!registry_resolve(
            adapter_registry(hook.connection.adapter), reference.repository, reference.tag, &reference.digest, &why)) {
        *err = why;
        return why.code == ERROR_NOT_FOUND;
    }
    return import_tag(&hook, &reference, err);
}

const struct job_kind job_hook = {"hook", run_hook, NULL};
