/* SPDX-License-Identifier: Apache-2.0 */
/* A registry said that a tag was pushed or deleted: it is asked itself what the tag names now, and what is new is imported
   as a sync run would: if it is within the integration's paths and caps and the import policy chooses it; what a user
   deleted stays so. */
#include "base/json.h"
#include "job/connection.h"
#include "job/plan_repository.h"
#include "job/scope.h"
#include "store/project_scans.h"

struct hook_job {
    struct job_run *run;
    struct connection connection;
    struct scope scope;
    struct planner planner;
    bool has_policy;
    struct import_policy_row policy;
};

static void hook_job_done(struct hook_job *hook)
{
    import_policy_release(&hook->planner.policy);
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

static bool open_policy(struct hook_job *hook, struct error *err)
{
    struct job_run *run = hook->run;
    struct store *store = run->surroundings->store;
    struct error why;
    planner_init(&hook->planner, store, run->job->organization, hook->connection.integration.id, false);
    hook->has_policy = store_find_import_policy(
        store, run->arena, run->job->organization, &hook->connection.integration.uuid, &hook->policy, &why);
    if (!hook->has_policy) {
        *err = why;
        return why.code == ERROR_NOT_FOUND;
    }
    hook->planner.baseline = (struct baseline_rule){hook->policy.baseline_run != 0, hook->policy.posted_ms};
    return import_policy_parse_text(run->arena, hook->policy.document, &hook->planner.policy, err);
}

/* Before a policy's first listing nobody knows what counts as new: a run decides then. */
static bool queue_sync(struct hook_job *hook, struct error *err)
{
    AUTO_BUFFER payload;
    struct json_writer writer;
    struct uuid uuid;
    bool is_new;
    buffer_init(&payload, JOB_PAYLOAD_BYTES_MAX);
    json_writer_init(&writer, &payload);
    json_begin_object(&writer);
    json_pair_text(&writer, "integration", hook->connection.integration.uuid.text);
    json_pair_text(&writer, "who", "webhook");
    json_end_object(&writer);
    struct job_new job = {
        .organization = hook->run->job->organization,
        .kind = view_text("sync"),
        .key = view_text(hook->connection.integration.uuid.text),
        .payload = buffer_view(&payload),
        .lane = JOB_LANE_NORMAL,
    };
    return store_enqueue_job(hook->run->surroundings->store, &job, &uuid, &is_new, err);
}

/* The tags as a listing would show them now: with this one, at this digest. */
static void observe(
    struct repository_state *state, struct arena *arena, const struct reference *reference, int64_t now_ms)
{
    struct observed_tag *tags = ARENA_ARRAY(arena, struct observed_tag, state->tag_count + 1);
    struct observed_tag *tag = NULL;
    for (size_t i = 0; i < state->tag_count; i++) {
        tags[i] = state->tags[i];
        if (view_equal(tags[i].name, reference->tag))
            tag = &tags[i];
    }
    if (tag != NULL && view_equal(tag->digest, digest_view(&reference->digest)))
        return;
    if (tag == NULL)
        tag = &tags[state->tag_count++];
    *tag = (struct observed_tag){.name = reference->tag,
        .digest = digest_view(&reference->digest),
        .pushed_ms = now_ms,
        .first_observed_ms = now_ms};
    state->tags = tags;
}

static bool policy_imports(struct hook_job *hook, struct planned *planned, const struct reference *reference)
{
    observe(&planned->state, hook->run->arena, reference, hook->planner.now_ms);
    planner_plan(&hook->planner, hook->run->arena, reference->repository, planned);
    for (size_t i = 0; i < planned->step_count; i++) {
        const struct plan_step *step = &planned->steps[i];
        if (view_equal(step->tag, reference->tag))
            return step->action == PLAN_IMPORT || step->action == PLAN_REFRESH;
    }
    return false;
}

/* Without a policy only the integration's own caps hold; of the tags of a repository the one that was pushed is the newest. */
static bool caps_let_in(const struct hook_job *hook, int64_t repository, bool *lets_in, struct error *err)
{
    struct integration integration;
    *lets_in = repository != 0 || hook->scope.repositories_max == 0;
    if (*lets_in)
        return true;
    if (!store_find_integration(hook->run->surroundings->store, hook->run->arena, hook->run->job->organization,
            view_text(hook->connection.integration.uuid.text), &integration, err))
        return false;
    *lets_in = integration.repository_count < hook->scope.repositories_max;
    return true;
}

static bool decide(struct hook_job *hook, const struct reference *reference, bool *imports, struct error *err)
{
    struct job_run *run = hook->run;
    struct store *store = run->surroundings->store;
    struct planned planned = {0};
    int64_t repository = 0;
    if (!store_find_repository(
            store, run->job->organization, hook->connection.integration.id, reference->repository, &repository, err) ||
        (repository != 0 &&
            !store_read_repository(store, run->arena, run->job->organization, hook->connection.integration.id,
                repository, &hook->planner.baseline, &planned.state, err)))
        return false;
    if (!hook->has_policy)
        return caps_let_in(hook, repository, imports, err);
    *imports = policy_imports(hook, &planned, reference);
    return true;
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
        .look = LOOK_WEBHOOK,
    };
    return store_find_kind(run->surroundings->store, run->arena, &import, err) &&
           store_import(run->surroundings->store, &import, &result, err);
}

/* `*is_there` is false for a tag that is gone. */
static bool resolve(struct hook_job *hook, struct reference *reference, bool *is_there, struct error *err)
{
    struct registry *registry = NULL;
    struct view name;
    struct error why;
    *is_there = adapter_locate(hook->connection.adapter, reference->repository, &registry, &name, &why) &&
                registry_resolve(registry, name, reference->tag, &reference->digest, &why);
    if (*is_there)
        return true;
    *err = why;
    return why.code == ERROR_NOT_FOUND;
}

/* What is gone is the next sync run's business: only a whole listing tells. */
static bool run_hook(struct job_run *run, struct error *err)
{
    CLEANUP(hook_job_done) struct hook_job hook = {.run = run};
    struct reference reference = {
        .repository = job_parameter(run, "repository"),
        .tag = job_parameter(run, "tag"),
    };
    bool is_there, imports;
    if (!connection_open(run, job_parameter(run, "integration"), &hook.connection, err) || !open_scope(&hook, err) ||
        !open_policy(&hook, err))
        return false;
    if (!scope_has_repository(&hook.scope, reference.repository))
        return true;
    if (hook.has_policy && hook.policy.baseline_run == 0)
        return queue_sync(&hook, err);
    if (!resolve(&hook, &reference, &is_there, err) || (is_there && !decide(&hook, &reference, &imports, err)))
        return false;
    if (!is_there)
        return true;
    return imports
               ? import_tag(&hook, &reference, err)
               : store_note_look_at(run->surroundings->store, run->job->organization, hook.connection.integration.id,
                     reference.repository, reference.tag, &reference.digest, LOOK_WEBHOOK, err);
}

const struct job_kind job_hook = {"hook", run_hook, NULL};
