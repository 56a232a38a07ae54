/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "job/sync_job.h"
#include "store/registry_scans.h"

static bool refresh(
    struct sync_job *sync, const struct unlisted_project *project, const struct digest *digest, struct error *err)
{
    const struct pending_import pending = {.tag = project->tag, .digest = *digest, .reason = "scan"};
    return sync_import_tag(sync, project->repository, &pending, err);
}

/* What its tag names now, asked of the registry. One that is gone stays as it is: only a whole listing tells that. */
static bool look_up(struct sync_job *sync, const struct unlisted_project *project, struct digest *digest, bool *is_gone,
    struct error *err)
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

static bool scan_project(struct sync_job *sync, const struct unlisted_project *project, struct error *err)
{
    struct digest digest = project->observed;
    bool is_gone = false;
    if (!digest_is_set(&digest) && !look_up(sync, project, &digest, &is_gone, err))
        return false;
    return is_gone || digest_equal(&digest, &project->digest) || refresh(sync, project, &digest, err);
}

bool sync_scan_projects(struct sync_job *sync, struct error *err)
{
    struct job_run *run = sync->run;
    int64_t after = 0;
    size_t count;
    do {
        AUTO_ARENA *arena = arena_new();
        struct unlisted_project *projects;
        if (!store_unlisted_projects(run->surroundings->store, arena, run->job->organization,
                sync->connection.integration.id, sync->run_id, after, &projects, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            struct error why;
            if (!cancel_check(run->cancel, err))
                return false;
            after = projects[i].id;
            if (scan_project(sync, &projects[i], &why))
                continue;
            if (sync_error_ends_run(&why)) {
                *err = why;
                return error_wrap(err, "%.*s:%.*s", VIEW_PRINT(projects[i].repository), VIEW_PRINT(projects[i].tag));
            }
            sync_note_error(sync,
                arena_format(arena, "%.*s:%.*s", VIEW_PRINT(projects[i].repository), VIEW_PRINT(projects[i].tag)),
                &why);
        }
    } while (count == UNLISTED_PROJECTS_PAGE);
    return true;
}
