/* SPDX-License-Identifier: Apache-2.0 */
/* The second half of a sync run: what the import policy makes of what was listed. The plan is made twice: first only
   counted, since whether deletions are held depends on all of them, then done, repository by repository. */
#include "base/digest.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/map.h"
#include "job/plan_repository.h"
#include "job/sync_job.h"

struct application {
    struct sync_job *sync;
    struct planner planner;
    struct hash *listing; /* fingerprint of what was listed */
    bool is_complete;
    bool deletes; /* this run may delete */
};

static void application_done(struct application *application)
{
    import_policy_release(&application->planner.policy);
    hash_free(application->listing);
}

typedef bool repository_visitor(
    struct application *application, struct arena *arena, const struct repository_row *repository, struct error *err);

static bool each_repository(struct application *application, repository_visitor *visit, struct error *err)
{
    AUTO_ARENA *pages = arena_new();
    struct sync_job *sync = application->sync;
    struct view after = view_text("");
    size_t count;
    do {
        AUTO_ARENA *arena = arena_new();
        struct repository_row *rows;
        if (!store_list_repositories(sync->run->surroundings->store, arena, sync->run->job->organization,
                sync->connection.integration.id, after, &rows, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            AUTO_ARENA *scratch = arena_new();
            if (!cancel_check(sync->run->cancel, err) || !visit(application, scratch, &rows[i], err))
                return false;
        }
        if (count > 0)
            after = arena_copy(pages, rows[count - 1].name);
    } while (count == REPOSITORY_PAGE_SIZE);
    return true;
}

/* A repository that a complete listing did not name is gone, with all of its tags. */
static bool is_gone(const struct application *application, const struct repository_row *repository)
{
    return application->is_complete && repository->listed_run != application->sync->run_id;
}

static bool count_repository(
    struct application *application, struct arena *arena, const struct repository_row *repository, struct error *err)
{
    struct planned planned;
    if (!planner_read(&application->planner, arena, repository, is_gone(application, repository), &planned, err))
        return false;
    for (size_t i = 0; i < planned.state.tag_count; i++) {
        hash_update(application->listing, repository->name);
        hash_update(application->listing, view_of("\0", 1));
        hash_update(application->listing, planned.state.tags[i].name);
        hash_update(application->listing, view_of("\0", 1));
        hash_update(application->listing, planned.state.tags[i].digest);
        hash_update(application->listing, view_of("\0", 1));
    }
    return true;
}

static bool import_step(struct sync_job *sync, struct view repository, const struct plan_step *step, struct error *err)
{
    struct error why;
    struct pending_import pending = {.tag = step->tag};
    if (step->selection != NULL) {
        pending.reason = selection_reason_code(step->selection->reason);
        pending.clock = step->selection->clock == CLOCK_NONE ? NULL : selection_clock_name(step->selection->clock);
    }
    if (!digest_parse(step->observed->digest, &pending.digest, err))
        return error_wrap(err, "stored tag");
    if (sync_import_tag(sync, repository, &pending, &why))
        return true;
    if (sync_error_ends_run(&why)) {
        *err = why;
        return error_wrap(err, "%.*s:%.*s", VIEW_PRINT(repository), VIEW_PRINT(step->tag));
    }
    sync_note_error(
        sync, arena_format(sync->run->arena, "%.*s:%.*s", VIEW_PRINT(repository), VIEW_PRINT(step->tag)), &why);
    return true;
}

/* Tags of kept projects that failed to be scanned, or wait for a scan that no job will do. */
static bool read_pending(struct application *application, struct arena *arena, struct view repository,
    struct map *pending, struct error *err)
{
    struct sync_job *sync = application->sync;
    struct pending_import *items;
    size_t count;
    map_init(pending, arena);
    if (!store_pending_imports(sync->run->surroundings->store, arena, sync->run->job->organization,
            sync->connection.integration.id, repository, &items, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        map_set(pending, items[i].tag, &items[i]);
    return true;
}

static bool wants_import(const struct plan_step *step, const struct map *pending)
{
    return step->action == PLAN_IMPORT || step->action == PLAN_REFRESH ||
           (step->action == PLAN_KEEP && step->observed != NULL && step->selection->is_selected &&
               map_get(pending, step->tag) != NULL);
}

/* What the step means for its project; false if nothing changes. */
static bool change_of(const struct application *application, const struct planned *planned,
    const struct plan_step *step, struct project_change *change)
{
    bool is_deletion = step->action == PLAN_DELETE || step->action == PLAN_DELETE_GONE;
    if (step->project == NULL || (step->observed == NULL && !application->is_complete))
        return false;
    *change = (struct project_change){.tag = step->tag, .kind = PROJECT_DELETE, .reason = "deleted"};
    change->why =
        step->selection != NULL ? selection_reason_code(step->selection->reason) : plan_action_name(step->action);
    if (is_deletion && application->deletes)
        return true;
    const struct project_marks *had = &planned->state.marks[step->project - planned->state.projects];
    change->kind = PROJECT_MARK;
    change->marks.is_gone = step->action == PLAN_MARK_GONE || step->action == PLAN_DELETE_GONE;
    change->marks.is_out_of_policy = step->action == PLAN_MARK_OUT_OF_POLICY || step->action == PLAN_DELETE;
    change->reason = change->marks.is_gone            ? "gone-from-registry"
                     : change->marks.is_out_of_policy ? "out-of-policy"
                                                      : "back";
    return had->is_gone != change->marks.is_gone || had->is_out_of_policy != change->marks.is_out_of_policy;
}

static bool do_repository(
    struct application *application, struct arena *arena, const struct repository_row *repository, struct error *err)
{
    struct sync_job *sync = application->sync;
    struct planned planned;
    struct map pending;
    size_t change_count = 0;
    if (!planner_read(&application->planner, arena, repository, is_gone(application, repository), &planned, err) ||
        !read_pending(application, arena, repository->name, &pending, err))
        return false;
    struct project_change *changes = ARENA_ARRAY(arena, struct project_change, planned.step_count);
    for (size_t i = 0; i < planned.step_count; i++) {
        const struct plan_step *step = &planned.steps[i];
        if (!cancel_check(sync->run->cancel, err))
            return false;
        if (wants_import(step, &pending) && !import_step(sync, repository->name, step, err))
            return false;
        sync->counts.images_unchanged += step->action == PLAN_KEEP && step->observed != NULL;
        change_count += change_of(application, &planned, step, &changes[change_count]);
    }
    return store_change_projects(sync->run->surroundings->store, sync->run->job->organization, sync->run_id,
               repository->id, changes, change_count, err) &&
           store_note_sync(
               sync->run->surroundings->store, sync->run->job->organization, sync->run_id, &sync->counts, err);
}

/* Whether this run's deletions wait; ends the first pass. */
static bool weigh_deletions(
    struct application *application, const struct complete_listing *before, struct view listing, struct error *err)
{
    struct sync_job *sync = application->sync;
    struct store *store = sync->run->surroundings->store;
    const struct import_policy_row *row = &sync->policy;
    const struct plan_totals *totals = &application->planner.totals;
    int64_t projects = 0;
    if (!store_count_projects(store, sync->run->job->organization, sync->connection.integration.id, &projects, err))
        return false;
    struct plan_history history = {
        .project_count = (size_t)projects,
        .listed_before = (size_t)before->tags,
        .listed_now = totals->processed,
        .is_approved = row->approved_run != 0 && row->approved_run == row->held_run,
        .is_after_policy_change = row->is_first_run,
        .was_held = row->held_run != 0,
        .is_same_listing = view_equal(row->held_listing, listing),
        .is_interval_over = application->planner.now_ms - row->held_ms >=
                            application->planner.policy.schedule_frequency_hours * 3600 * 1000,
    };
    enum plan_hold hold = application->is_complete ? plan_hold_deletions(totals, &history) : HOLD_NONE;
    application->deletes = application->is_complete && hold == HOLD_NONE;
    if (hold == HOLD_NONE)
        return true;
    sync->first_error =
        arena_format(sync->run->arena, "%zu deletions are held: %s; \"tidewaiter sync approve %s\" lets them happen",
            totals->deletions, plan_hold_text(hold), sync->run->job->uuid.text);
    LOG(LOG_WARNING, "deletions are held", {"integration", sync->connection.integration.name},
        {"reason", view_text(plan_hold_text(hold))});
    return true;
}

/* The baseline is taken at the first complete listing after the policy was posted; until then everything that was there
   counts as known. */
static bool settle_baseline(struct sync_job *sync, bool is_complete, struct planner *planner, struct error *err)
{
    struct store *store = sync->run->surroundings->store;
    bool is_stored = sync->policy.baseline_run != 0;
    if (!is_stored && is_complete) {
        if (!store_take_baseline(
                store, sync->run->job->organization, sync->connection.integration.id, sync->run_id, err))
            return false;
        is_stored = true;
    }
    planner->baseline = (struct baseline_rule){is_stored, sync->policy.posted_ms};
    return true;
}

bool sync_apply_policy(struct sync_job *sync, bool is_complete, struct policy_outcome *outcome, struct error *err)
{
    struct store *store = sync->run->surroundings->store;
    int64_t organization = sync->run->job->organization, integration = sync->connection.integration.id;
    CLEANUP(application_done)
    struct application application = {.sync = sync, .is_complete = is_complete};
    struct complete_listing before;
    struct digest fingerprint;
    planner_init(&application.planner, store, organization, integration, is_complete);
    application.listing = hash_new(&(struct digest){0});
    if (!import_policy_parse_text(sync->run->arena, sync->policy.document, &application.planner.policy, err) ||
        !sync_check_rights(
            sync->run, application.planner.policy.run_as, application.planner.policy.delete_images, err) ||
        !store_find_complete_listing(store, organization, integration, &before, err) ||
        !settle_baseline(sync, is_complete, &application.planner, err) ||
        !each_repository(&application, count_repository, err))
        return false;
    hash_finish(application.listing, &fingerprint);
    struct view listing = digest_view(&fingerprint);
    if (!weigh_deletions(&application, &before, listing, err))
        return false;
    *outcome = (struct policy_outcome){
        .is_holding = is_complete && !application.deletes && application.planner.totals.deletions > 0,
        .listing = arena_copy(sync->run->arena, listing),
    };
    sync->imports_max = application.planner.policy.imports_max;
    outcome->is_waiting = application.planner.policy.waits_when_capped;
    planner_restart(&application.planner);
    fault_point(FAULT_SYNC_AFTER_WEIGHING);
    return each_repository(&application, do_repository, err);
}
