/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "job/sync_job.h"
#include "store/project_scans.h"

static bool is_asked_for(const struct sync_job *sync)
{
    return sync->project.text[0] != '\0';
}

static bool refresh(
    struct sync_job *sync, const struct project_tag *project, const struct digest *digest, struct error *err)
{
    const struct pending_import pending = {.tag = project->tag, .digest = *digest, .reason = "scan"};
    return sync_import_tag(sync, project->repository, &pending, err);
}

/* What its tag names now, asked of the registry. One that is gone stays as it is: only a whole listing tells that. */
static bool look_up(
    struct sync_job *sync, const struct project_tag *project, struct digest *digest, bool *is_gone, struct error *err)
{
    struct registry *registry = NULL;
    struct view name;
    *is_gone = false;
    if (adapter_locate(sync->connection.adapter, project->repository, &registry, &name, err) &&
        registry_resolve(registry, name, project->tag, digest, err))
        return true;
    *is_gone = err->code == ERROR_NOT_FOUND;
    return *is_gone;
}

static struct view name_of(struct arena *arena, const struct project_tag *project)
{
    return arena_format(arena, "%.*s:%.*s", VIEW_PRINT(project->repository), VIEW_PRINT(project->tag));
}

/* Without a listing nobody else tells. */
static bool note_gone(struct sync_job *sync, const struct project_tag *project, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct view name = name_of(arena, project);
    struct view text = arena_format(arena,
        "%.*s is not in the registry; its project stays as it is until the registry is listed", VIEW_PRINT(name));
    return !sync->is_of_projects ||
           store_note_sync_text(sync->run->surroundings->store, sync->run->job->organization, sync->run_id, text, err);
}

static bool scan_project(struct sync_job *sync, const struct project_tag *project, struct error *err)
{
    struct digest digest = project->observed;
    bool is_gone = false;
    if (!digest_is_set(&digest) && !look_up(sync, project, &digest, &is_gone, err))
        return false;
    if (is_gone)
        return note_gone(sync, project, err);
    sync->counts.tags += sync->is_of_projects;
    if (!digest_equal(&digest, &project->digest) || is_asked_for(sync)) /* who asks has a failed scan tried again */
        return refresh(sync, project, &digest, err);
    sync->counts.images_unchanged += sync->is_of_projects;
    return true;
}

/* What became of a page of projects. */
struct looks {
    int64_t done[PROJECT_TAGS_PAGE];
    size_t done_count;
    int64_t failed[PROJECT_TAGS_PAGE];
    size_t failed_count;
};

static bool scan_page(struct sync_job *sync, struct arena *arena, const struct project_tag *projects, size_t count,
    struct looks *looks, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct error why;
        struct view name = name_of(arena, &projects[i]);
        if (!cancel_check(sync->run->cancel, err))
            return false;
        if (scan_project(sync, &projects[i], &why)) {
            looks->done[looks->done_count++] = projects[i].id;
            continue;
        }
        if (sync_error_ends_run(&why)) {
            *err = why;
            return error_wrap(err, "%.*s", VIEW_PRINT(name));
        }
        looks->failed[looks->failed_count++] = projects[i].id;
        sync_note_error(sync, name, &why);
    }
    return true;
}

/* Also of a page that was not done to its end, so that the next attempt goes on there. */
static bool note_page(struct sync_job *sync, const struct looks *looks, struct error *err)
{
    struct store *store = sync->run->surroundings->store;
    int64_t organization = sync->run->job->organization;
    return store_note_looks(store, organization, looks->done, looks->done_count, sync_look(sync), err) &&
           store_postpone_projects(store, organization, looks->failed, looks->failed_count, err);
}

static bool read_page(struct sync_job *sync, struct arena *arena, int64_t after, struct project_tag **projects,
    size_t *count, struct error *err)
{
    struct store *store = sync->run->surroundings->store;
    int64_t organization = sync->run->job->organization, integration = sync->connection.integration.id;
    if (sync->is_of_projects)
        return store_due_projects(
            store, arena, organization, integration, is_asked_for(sync) ? &sync->project : NULL, projects, count, err);
    return store_unlisted_projects(store, arena, organization, integration, sync->run_id, after, projects, count, err);
}

bool sync_scan_projects(struct sync_job *sync, struct error *err)
{
    int64_t after = 0;
    size_t count;
    do {
        AUTO_ARENA *arena = arena_new();
        struct project_tag *projects;
        struct error why;
        struct looks looks = {.done_count = 0};
        if (!read_page(sync, arena, after, &projects, &count, err))
            return false;
        bool is_done = scan_page(sync, arena, projects, count, &looks, &why);
        if (!note_page(sync, &looks, err))
            return false;
        if (!is_done) {
            *err = why;
            return false;
        }
        if (!store_note_sync(
                sync->run->surroundings->store, sync->run->job->organization, sync->run_id, &sync->counts, err))
            return false;
        after = count > 0 ? projects[count - 1].id : after;
    } while (count == PROJECT_TAGS_PAGE);
    return true;
}
