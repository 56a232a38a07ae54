/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over a registry: list repositories and tags, record what changed, import what is new. Import policies will
   choose among the tags; until an integration has one, every tag is imported, or the newest ones if the job says so. */
#include "base/fault.h"
#include "base/log.h"
#include "job/sync_job.h"
#include "version/version.h"

#include <stdlib.h>

static void sync_job_done(struct sync_job *sync)
{
    scope_done(&sync->scope);
    connection_done(&sync->connection);
}

struct name_list {
    struct registry_names names;
    struct arena *arena;
    const struct scope *scope;
    struct view *items;
    size_t count;
    size_t capacity;
};

struct tag_list {
    struct tag_entries entries;
    struct arena *arena;
    struct listed_tag *items;
    size_t count;
    size_t capacity;
};

static bool on_repository(struct registry_names *names, struct view name, struct error *err)
{
    (void)err;
    struct name_list *list = (struct name_list *)names;
    if (scope_has_repository(list->scope, name))
        *(struct view *)ARENA_PUSH(list->arena, list) = arena_copy(list->arena, name);
    return true;
}

static bool on_tag(struct tag_entries *entries, const struct tag_entry *entry, struct error *err)
{
    (void)err;
    struct tag_list *list = (struct tag_list *)entries;
    struct listed_tag *tag = ARENA_PUSH(list->arena, list);
    *tag = (struct listed_tag){
        .tag = arena_copy(list->arena, entry->tag),
        .digest = entry->digest,
        .pushed_ms = entry->pushed_at_ms,
        .push_source = view_text(push_source_name(entry->push_source)),
    };
    return true;
}

void sync_note_error(struct sync_job *sync, struct view what, const struct error *err)
{
    sync->counts.errors++;
    if (sync->first_error.size == 0)
        sync->first_error = arena_format(sync->run->arena, "%.*s: %s", VIEW_PRINT(what), err->message);
    LOG(LOG_WARNING, "could not read from registry", {"integration", sync->connection.integration.name}, {"what", what},
        {"error", view_text(err->message)});
}

bool sync_error_ends_run(const struct error *err)
{
    return job_may_retry(err) && err->code != ERROR_CRASHED;
}

static void count_import(struct sync_job *sync, enum import_result result)
{
    switch (result) {
    case IMPORT_UNCHANGED:
        sync->counts.images_unchanged++;
        break;
    case IMPORT_KNOWN:
    case IMPORT_QUEUED:
        sync->counts.images_new++;
        break;
    case IMPORT_ARTIFACT:
        sync->counts.artifacts++;
        break;
    }
}

bool sync_import_tag(
    struct sync_job *sync, struct view repository, const struct pending_import *pending, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct reference reference = {.host = sync->connection.host, .tag = pending->tag, .digest = pending->digest};
    struct registry *registry = NULL;
    struct digest found;
    struct view document;
    struct manifest manifest;
    enum import_result result;
    if (!adapter_locate(sync->connection.adapter, repository, &registry, &reference.repository, err) ||
        !registry_manifest(registry, arena, &reference, &document, &found, err) ||
        !digest_verify(document, &pending->digest, "manifest", err) ||
        !manifest_parse(arena, document, &pending->digest, &manifest, err))
        return false;
    struct import import = {
        .organization = sync->run->job->organization,
        .integration = sync->connection.integration.id,
        .run = sync->run_id,
        .repository = repository,
        .tag = pending->tag,
        .digest = pending->digest,
        .kind = manifest.kind,
        .artifact_type = manifest.artifact_type,
        .lane = JOB_LANE_BULK,
    };
    fault_point(FAULT_SYNC_BEFORE_ENQUEUE);
    if (!store_import(sync->run->surroundings->store, &import, &result, err))
        return false;
    count_import(sync, result);
    return true;
}

/* `tags` of the repository were listed; those that are not pending are unchanged. */
static bool import_pending(
    struct sync_job *sync, struct arena *arena, struct view repository, size_t tags, struct error *err)
{
    struct pending_import *pending;
    size_t count;
    if (!store_pending_imports(sync->run->surroundings->store, arena, sync->run->job->organization,
            sync->connection.integration.id, repository, &pending, &count, err))
        return false;
    sync->counts.images_unchanged += tags > count ? (int64_t)(tags - count) : 0;
    for (size_t i = 0; i < count; i++) {
        struct error why;
        if (!cancel_check(sync->run->cancel, err))
            return false;
        if (sync_import_tag(sync, repository, &pending[i], &why))
            continue;
        if (sync_error_ends_run(&why)) {
            *err = why;
            return error_wrap(err, "%.*s:%.*s", VIEW_PRINT(repository), VIEW_PRINT(pending[i].tag));
        }
        sync_note_error(
            sync, arena_format(arena, "%.*s:%.*s", VIEW_PRINT(repository), VIEW_PRINT(pending[i].tag)), &why);
    }
    return true;
}

/* Newest first: by push time where the registry tells one; then versions before other names, higher ones first. "latest" is
   taken for the newest of all. */
static int compare_newest(const void *left, const void *right)
{
    const struct listed_tag *a = left;
    const struct listed_tag *b = right;
    const struct version_order *order = version_order_named(view_text("semver"));
    if (a->pushed_ms != b->pushed_ms)
        return a->pushed_ms > b->pushed_ms ? -1 : 1;
    bool a_is_latest = view_is(a->tag, "latest");
    bool b_is_latest = view_is(b->tag, "latest");
    if (a_is_latest != b_is_latest)
        return a_is_latest ? -1 : 1;
    bool a_is_version = order->is_valid(a->tag);
    bool b_is_version = order->is_valid(b->tag);
    if (a_is_version != b_is_version)
        return a_is_version ? -1 : 1;
    int by_version = a_is_version ? order->compare(b->tag, a->tag) : 0;
    return by_version != 0 ? by_version : view_compare(b->tag, a->tag);
}

/* Keeps the newest tags of a listing and drops those that are too old; what was cut off is not "gone", so the listing counts as incomplete. */
static bool keep_newest(const struct sync_job *sync, struct tag_list *tags)
{
    size_t listed = tags->count;
    tags->count = 0;
    for (size_t i = 0; i < listed; i++) {
        if (scope_has_age(&sync->scope, tags->items[i].pushed_ms))
            tags->items[tags->count++] = tags->items[i];
    }
    if (sync->newest_tags == 0 || tags->count <= (size_t)sync->newest_tags)
        return tags->count < listed;
    qsort(tags->items, tags->count, sizeof(tags->items[0]), compare_newest);
    tags->count = (size_t)sync->newest_tags;
    return true;
}

static bool sync_repository(struct sync_job *sync, struct view repository, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct tag_list tags = {.entries = {on_tag}, .arena = arena};
    struct registry_listing listing;
    struct store *store = sync->run->surroundings->store;
    size_t changed;
    if (!adapter_tags(sync->connection.adapter, arena, repository, &tags.entries, &listing, err))
        return false;
    sync->has_incomplete_listing = sync->has_incomplete_listing || !listing.is_complete;
    bool is_cut = keep_newest(sync, &tags);
    struct listing record = {
        .organization = sync->run->job->organization,
        .integration = sync->connection.integration.id,
        .run = sync->run_id,
        .repository = repository,
        .tags = tags.items,
        .tag_count = tags.count,
        .is_complete = listing.is_complete && !is_cut,
    };
    fault_point(FAULT_SYNC_AFTER_LIST);
    if (!store_record_listing(store, &record, &changed, err))
        return false;
    if (!sync->has_policy && !import_pending(sync, arena, repository, tags.count, err))
        return false;
    sync->counts.tags += (int64_t)tags.count;
    sync->counts.repositories_done++;
    return store_note_sync(store, sync->run->job->organization, sync->run_id, &sync->counts, err);
}

static bool sync_repositories(struct sync_job *sync, const struct name_list *list, struct error *err)
{
    size_t count = list->count;
    if (sync->repositories_max > 0 && count > (size_t)sync->repositories_max)
        count = (size_t)sync->repositories_max;
    sync->counts.repositories = (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        struct error why;
        if (!cancel_check(sync->run->cancel, err))
            return false;
        if (sync_repository(sync, list->items[i], &why))
            continue;
        if (sync_error_ends_run(&why)) {
            *err = why;
            return error_wrap(err, "repository \"%.*s\"", VIEW_PRINT(list->items[i]));
        }
        sync_note_error(sync, list->items[i], &why);
    }
    return true;
}

static bool list_and_sync(struct sync_job *sync, struct error *err)
{
    struct name_list list = {.names = {on_repository}, .arena = sync->run->arena, .scope = &sync->scope};
    struct registry_listing listing;
    if (!registry_ping(adapter_registry(sync->connection.adapter), err) ||
        !adapter_repositories(sync->connection.adapter, sync->run->arena, &list.names, &listing, err) ||
        !sync_repositories(sync, &list, err))
        return false;
    bool is_complete = listing.is_complete && !sync->has_incomplete_listing && sync->counts.errors == 0;
    if (sync->has_policy && !sync_apply_policy(sync, is_complete, err))
        return false;
    if (!listing.is_complete && sync->first_error.size == 0)
        sync->first_error = listing.incomplete_reason;
    return store_finish_sync(sync->run->surroundings->store, sync->run->job->organization, sync->run_id, &sync->counts,
        sync->first_error, listing.is_complete && sync->counts.errors == 0, err);
}

/* Of two limits of which 0 is none. */
static int64_t tighter(int64_t a, int64_t b)
{
    return a == 0 || (b > 0 && b < a) ? b : a;
}

bool sync_open_scope(
    struct job_run *run, const struct integration *integration, bool has_caps, struct scope *scope, struct error *err)
{
    struct store *store = run->surroundings->store;
    struct view *others = NULL;
    size_t count = 0;
    if (!store_integration_paths(store, run->arena, run->job->organization, integration, &others, &count, err) ||
        !scope_open(integration, others, count, store_now_ms(store), scope, err))
        return false;
    if (!has_caps)
        scope->oldest_ms = scope->tags_max = scope->repositories_max = 0;
    return true;
}

static bool begin(struct sync_job *sync, struct error *err)
{
    struct job_run *run = sync->run;
    struct view who = job_parameter(run, "who");
    struct integration integration;
    return store_find_integration(run->surroundings->store, run->arena, run->job->organization,
               job_parameter(run, "integration"), &integration, err) &&
           store_begin_sync(run->surroundings->store, run->job->organization, integration.id, who, &run->job->uuid,
               &sync->run_id, err);
}

/* The integration's own limits, and those of this run: the tighter ones count. With an import policy everything within the
   integration's paths and patterns is listed, and the policy alone chooses. */
static bool choose_limits(struct sync_job *sync, struct error *err)
{
    struct job_run *run = sync->run;
    sync->has_policy = store_find_import_policy(run->surroundings->store, run->arena, run->job->organization,
        &sync->connection.integration.uuid, &sync->policy, err);
    if (!sync->has_policy && err->code != ERROR_NOT_FOUND)
        return false;
    if (!sync_open_scope(run, &sync->connection.integration, !sync->has_policy, &sync->scope, err))
        return false;
    sync->repositories_max = sync->has_policy ? 0 : tighter(sync->repositories_max, sync->scope.repositories_max);
    sync->newest_tags = sync->has_policy ? 0 : tighter(sync->newest_tags, sync->scope.tags_max);
    return true;
}

static bool run_sync(struct job_run *run, struct error *err)
{
    CLEANUP(sync_job_done)
    struct sync_job sync = {
        .run = run,
        .repositories_max = job_parameter_integer(run, "repositories_max"),
        .newest_tags = job_parameter_integer(run, "newest_tags"),
    };
    if (!begin(&sync, err))
        return false;
    if (sync.run_id == 0)
        return true; /* an earlier attempt ended the run, and its process died before the job was completed */
    return connection_open(run, job_parameter(run, "integration"), &sync.connection, err) &&
           choose_limits(&sync, err) && list_and_sync(&sync, err);
}

/* Closes the run, so that people see why it failed. */
static void sync_failed(struct job_run *run, const struct error *why)
{
    struct error err;
    struct sync_job sync = {.run = run};
    if (!begin(&sync, &err) ||
        (sync.run_id != 0 && !store_finish_sync(run->surroundings->store, run->job->organization, sync.run_id,
                                 &sync.counts, view_text(why->message), false, &err)))
        LOG(LOG_ERROR, "could not record a failed sync", {"job", view_text(run->job->uuid.text)},
            {"error", view_text(err.message)});
}

const struct job_kind job_sync = {"sync", run_sync, sync_failed};
