/* SPDX-License-Identifier: Apache-2.0 */
/* Images that a person asked for by name. Each has a result of its own; one that cannot be imported does not keep the others
   from it. Done again after an interruption, what has a result is left alone. */
#include "base/log.h"
#include "base/regex.h"
#include "image/reference.h"
#include "job/connection.h"
#include "job/scope.h"
#include "store/import_jobs.h"
#include "store/projects.h"

/* Tags that one "repository" without a tag stands for. */
enum { TAGS_MAX = 10000 };

struct import_run {
    struct job_run *run;
    struct connection connection;
    struct scope scope;
    struct import_job record;
};

static void import_run_done(struct import_run *import)
{
    scope_done(&import->scope);
    connection_done(&import->connection);
}

static bool open_scope(struct import_run *import, struct error *err)
{
    struct job_run *run = import->run;
    struct store *store = run->surroundings->store;
    struct view *others = NULL;
    size_t count = 0;
    return store_integration_paths(
               store, run->arena, run->job->organization, &import->connection.integration, &others, &count, err) &&
           scope_open(&import->connection.integration, others, count, store_now_ms(store), &import->scope, err);
}

struct digest_at {
    struct view tag;
    struct digest digest;
};

/* The manifest is looked at now, so that the answer can say that it is not an image. */
static bool find_kind(struct import_run *import, struct arena *arena, struct import *given, struct error *err)
{
    struct reference reference = {.host = import->connection.host, .tag = given->tag, .digest = given->digest};
    struct registry *registry = NULL;
    struct digest found;
    struct view document;
    struct manifest manifest;
    if (!adapter_locate(import->connection.adapter, given->repository, &registry, &reference.repository, err) ||
        !registry_manifest(registry, arena, &reference, &document, &found, err) ||
        !digest_verify(document, &given->digest, "manifest", err) ||
        !manifest_parse(arena, document, &given->digest, &manifest, err))
        return false;
    given->kind = manifest.kind;
    given->artifact_type = manifest.artifact_type;
    return true;
}

static bool import_one(struct import_run *import, struct view repository, const struct digest_at *at,
    struct import_item *item, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    enum import_result result;
    struct import given = {
        .organization = import->run->job->organization,
        .integration = import->connection.integration.id,
        .repository = repository,
        .tag = at->tag,
        .digest = at->digest,
        .lane = JOB_LANE_NOW,
        .look = LOOK_IMPORT,
        .is_manual = true,
        .importer = import->record.importer,
    };
    if (!find_kind(import, arena, &given, err) || !store_import(import->run->surroundings->store, &given, &result, err))
        return false;
    if (result == IMPORT_ARTIFACT || given.kind == MANIFEST_ARTIFACT)
        return error_set(err, ERROR_UNSUPPORTED, "this is not an image%s%.*s", given.artifact_type.size > 0 ? ": " : "",
            VIEW_PRINT(given.artifact_type));
    item->imported++;
    return true;
}

struct found_tags {
    struct tag_entries entries;
    struct arena *arena;
    struct digest_at *items;
    size_t count;
    size_t capacity;
};

static bool on_tag(struct tag_entries *entries, const struct tag_entry *entry, struct error *err)
{
    struct found_tags *tags = (struct found_tags *)entries;
    if (tags->count == TAGS_MAX)
        return error_set(err, ERROR_LIMIT, "the repository has more than %d tags: import them by policy", TAGS_MAX);
    if (digest_is_set(&entry->digest))
        *(struct digest_at *)ARENA_PUSH(tags->arena, tags) =
            (struct digest_at){arena_copy(tags->arena, entry->tag), entry->digest};
    return true;
}

/* Artifacts among the tags of a repository are no failure. */
static bool import_all(struct import_run *import, struct view repository, struct import_item *item, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct registry_listing listing;
    struct found_tags tags = {.entries = {on_tag}, .arena = arena};
    if (!adapter_tags(import->connection.adapter, arena, repository, &tags.entries, &listing, err))
        return false;
    if (tags.count == 0)
        return error_set(err, ERROR_NOT_FOUND, "the repository has no tags");
    for (size_t i = 0; i < tags.count; i++) {
        if (!cancel_check(import->run->cancel, err) ||
            (!import_one(import, repository, &tags.items[i], item, err) && err->code != ERROR_UNSUPPORTED))
            return error_wrap(err, "tag %.*s", VIEW_PRINT(tags.items[i].tag));
    }
    return item->imported > 0 || error_set(err, ERROR_UNSUPPORTED, "none of its tags is an image");
}

static bool import_named(struct import_run *import, struct import_item *item, struct error *err)
{
    struct view repository, tag, name_there;
    struct registry *registry = NULL;
    if (!import_name_split(import->connection.integration.address.host, item->name, &repository, &tag))
        return error_set(err, ERROR_INVALID, "this is no name of an image: write repository:tag, without a digest");
    if (!scope_has_repository(&import->scope, repository))
        return error_set(err, ERROR_NOT_FOUND, "repository \"%.*s\" is outside of the integration's path and filters",
            VIEW_PRINT(repository));
    if (tag.size == 0)
        return import_all(import, repository, item, err);
    struct digest_at at = {.tag = tag};
    if (!adapter_locate(import->connection.adapter, repository, &registry, &name_there, err) ||
        !registry_resolve(registry, name_there, tag, &at.digest, err))
        return false;
    return import_one(import, repository, &at, item, err);
}

/* The project of the only tag, so that people find it. */
static bool find_project(struct import_run *import, struct import_item *item, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct view repository, tag;
    struct project_row *rows;
    size_t count;
    bool has_more;
    if (item->imported != 1 ||
        !import_name_split(import->connection.integration.address.host, item->name, &repository, &tag) || tag.size == 0)
        return true;
    struct view name = arena_format(arena, "%.*s:%.*s", VIEW_PRINT(repository), VIEW_PRINT(tag));
    struct project_query query = {
        .integration = import->connection.integration.id, .names = {&name, 1}, .page = {.limit = 1}};
    if (!store_list_projects(import->run->surroundings->store, arena, import->run->job->organization, &query, &rows,
            &count, &has_more, err))
        return false;
    if (count > 0)
        item->project = rows[0].uuid;
    return true;
}

static bool do_item(struct import_run *import, struct import_item *item, struct error *err)
{
    struct error why;
    item->status = view_text("imported");
    if (!import_named(import, item, &why)) {
        if (job_may_retry(&why)) {
            *err = why;
            return false;
        }
        item->status = view_text("failed");
        item->message = why.code == ERROR_NOT_FOUND
                            ? arena_format(import->run->arena, "not found in the registry: %s", why.message)
                            : arena_format(import->run->arena, "%s", why.message);
    }
    return find_project(import, item, err) &&
           store_end_import_item(import->run->surroundings->store, import->record.id, item, err);
}

static bool find_record(struct job_run *run, struct import_job *record, struct error *err)
{
    struct uuid uuid;
    if (!uuid_parse(job_parameter(run, "import_job"), &uuid))
        return error_set(err, ERROR_INVALID, "the job does not name its import job");
    return store_find_import_job(run->surroundings->store, run->arena, run->job->organization, &uuid, record, err);
}

static bool import_items(struct import_run *import, struct error *err)
{
    struct job_run *run = import->run;
    struct import_item *items;
    size_t count;
    if (!connection_open(run, job_parameter(run, "integration"), &import->connection, err) ||
        !open_scope(import, err) || !registry_ping(adapter_registry(import->connection.adapter), err) ||
        !store_list_import_items(
            run->surroundings->store, run->arena, run->job->organization, &import->record.uuid, &items, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!cancel_check(run->cancel, err))
            return false;
        if (view_is(items[i].status, "pending") && !do_item(import, &items[i], err))
            return false;
    }
    return true;
}

static bool run_import(struct job_run *run, struct error *err)
{
    CLEANUP(import_run_done) struct import_run import = {.run = run};
    struct error why;
    if (!find_record(run, &import.record, err))
        return false;
    if (!view_is(import.record.state, "pending"))
        return true; /* an earlier attempt ended it, and its process died before the job was completed */
    if (import_items(&import, err))
        return store_end_import_job(run->surroundings->store, import.record.id, view_text(""), err);
    if (job_may_retry(err) && !store_note_import_job(run->surroundings->store, import.record.id,
                                  arena_format(run->arena, "tried again soon: %s", err->message), &why))
        LOG(LOG_WARNING, "could not note why an import is tried again", {"error", view_text(why.message)});
    return false;
}

static void import_failed(struct job_run *run, const struct error *why)
{
    struct error err;
    struct import_job record;
    if (!find_record(run, &record, &err) ||
        !store_end_import_job(run->surroundings->store, record.id, view_text(why->message), &err))
        LOG(LOG_ERROR, "could not record a failed import", {"job", view_text(run->job->uuid.text)},
            {"error", view_text(err.message)});
}

const struct job_kind job_import = {"import", run_import, import_failed};
