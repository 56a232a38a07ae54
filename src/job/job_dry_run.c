/* SPDX-License-Identifier: Apache-2.0 */
/* What an import policy would do now: the registry is listed as in a sync run, but nothing is written down except the
   result. A repository is looked at as soon as it is listed, so memory holds one repository and the names of all. */
#include "base/log.h"
#include "base/map.h"
#include "job/dry_run_result.h"
#include "job/sync_job.h"

#include <stdlib.h>

struct dry_run_job {
    struct job_run *run;
    struct connection connection;
    struct dry_run record;
    struct planner planner;
    struct complete_listing before;
    struct registry_names names;
    struct map seen; /* names of repositories that the registry listed */
    struct scope scope;
    struct dry_run_result result;
};

static void dry_run_done(struct dry_run_job *dry_run)
{
    import_policy_release(&dry_run->planner.policy);
    dry_run_result_done(&dry_run->result);
    scope_done(&dry_run->scope);
    connection_done(&dry_run->connection);
}

struct listed_tags {
    struct tag_entries entries;
    struct dry_run_job *dry_run;
    struct arena *arena;
    struct map known; /* struct observed_tag by name, as stored */
    struct observed_tag *items;
    size_t count;
    size_t capacity;
};

/* The tag as the next run would find it in the store. */
static bool on_tag(struct tag_entries *entries, const struct tag_entry *entry, struct error *err)
{
    (void)err;
    struct listed_tags *list = (struct listed_tags *)entries;
    const struct planner *planner = &list->dry_run->planner;
    const struct observed_tag *known = map_get(&list->known, entry->tag);
    bool is_known =
        known != NULL && (!digest_is_set(&entry->digest) || view_equal(known->digest, digest_view(&entry->digest)));
    if (!is_known && !digest_is_set(&entry->digest))
        return true;
    struct observed_tag *tag = ARENA_PUSH(list->arena, list);
    *tag = (struct observed_tag){
        .name = arena_copy(list->arena, entry->tag),
        .digest = arena_copy(list->arena, digest_view(&entry->digest)),
        .first_observed_ms = planner->now_ms,
        .is_of_first_listing = list->dry_run->before.first_run == 0,
    };
    if (is_known)
        *tag = *known;
    if (entry->pushed_at_ms != 0)
        tag->pushed_ms = entry->pushed_at_ms;
    if (!planner->baseline.is_stored)
        tag->is_baseline = tag->pushed_ms <= planner->baseline.posted_ms;
    return true;
}

static bool look_at_repository(struct dry_run_job *dry_run, struct view name, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct planner *planner = &dry_run->planner;
    struct planned planned = {.steps = NULL};
    struct registry_listing listing;
    struct error why;
    int64_t repository = 0;
    struct listed_tags list = {.entries = {on_tag}, .dry_run = dry_run, .arena = arena};
    if (!cancel_check(dry_run->run->cancel, err) ||
        !store_find_repository(planner->store, planner->organization, planner->integration, name, &repository, err) ||
        (repository != 0 && !store_read_repository(planner->store, arena, planner->organization, planner->integration,
                                repository, &planner->baseline, &planned.state, err)))
        return false;
    map_init(&list.known, arena);
    for (size_t i = 0; i < planned.state.tag_count; i++)
        map_set(&list.known, planned.state.tags[i].name, &planned.state.tags[i]);
    if (!adapter_tags(dry_run->connection.adapter, arena, name, &list.entries, &listing, &why)) {
        dry_run->planner.is_listing_complete = false;
        *err = why;
        return !sync_error_ends_run(&why) || error_wrap(err, "repository \"%.*s\"", VIEW_PRINT(name));
    }
    dry_run->planner.is_listing_complete = dry_run->planner.is_listing_complete && listing.is_complete;
    planned.state.tags = list.items;
    planned.state.tag_count = list.count;
    planner_plan(planner, arena, name, &planned);
    return dry_run_result_add(&dry_run->result, name, &planned, err);
}

static bool on_repository(struct registry_names *names, struct view name, struct error *err)
{
    (void)err;
    struct dry_run_job *dry_run = (struct dry_run_job *)((char *)names - offsetof(struct dry_run_job, names));
    if (scope_has_repository(&dry_run->scope, name))
        map_set(&dry_run->seen, arena_copy(dry_run->run->arena, name), dry_run);
    return true;
}

/* Repositories of the store that the registry does not have any more: their projects are gone. */
static bool look_at_gone(struct dry_run_job *dry_run, struct error *err)
{
    struct planner *planner = &dry_run->planner;
    struct view after = view_text("");
    size_t count = REPOSITORY_PAGE_SIZE;
    while (count == REPOSITORY_PAGE_SIZE) {
        AUTO_ARENA *arena = arena_new();
        struct repository_row *rows;
        if (!store_list_repositories(
                planner->store, arena, planner->organization, planner->integration, after, &rows, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            struct planned planned;
            if (map_get(&dry_run->seen, rows[i].name) != NULL)
                continue;
            if (!planner_read(planner, arena, &rows[i], true, &planned, err) ||
                !dry_run_result_add(&dry_run->result, rows[i].name, &planned, err))
                return false;
        }
        after = count > 0 ? arena_copy(dry_run->run->arena, rows[count - 1].name) : after;
    }
    return true;
}

static int compare_entries(const void *a, const void *b)
{
    return view_compare(((const struct map_entry *)a)->key, ((const struct map_entry *)b)->key);
}

static bool list_and_plan(struct dry_run_job *dry_run, struct error *err)
{
    struct registry_listing listing;
    if (!registry_ping(adapter_registry(dry_run->connection.adapter), err) ||
        !adapter_repositories(dry_run->connection.adapter, dry_run->run->arena, &dry_run->names, &listing, err))
        return false;
    dry_run->planner.is_listing_complete = listing.is_complete;
    struct map_entry *sorted = ARENA_ARRAY(dry_run->run->arena, struct map_entry, dry_run->seen.count);
    if (dry_run->seen.count > 0) { /* an empty registry has no entries to point at */
        memcpy(sorted, dry_run->seen.entries, dry_run->seen.count * sizeof(sorted[0]));
        qsort(sorted, dry_run->seen.count, sizeof(sorted[0]), compare_entries);
    }
    for (size_t i = 0; i < dry_run->seen.count; i++) {
        if (!look_at_repository(dry_run, sorted[i].key, err))
            return false;
    }
    return (!dry_run->planner.is_listing_complete || look_at_gone(dry_run, err)) &&
           dry_run_result_flush(&dry_run->result, err);
}

/* The stored policy meets its own baseline; any other one is looked at as if it were posted now. */
static bool choose_baseline(struct dry_run_job *dry_run, const struct uuid *integration, struct error *err)
{
    struct planner *planner = &dry_run->planner;
    struct import_policy_row row;
    planner->baseline = (struct baseline_rule){.posted_ms = planner->now_ms};
    if (!store_find_import_policy(planner->store, dry_run->run->arena, planner->organization, integration, &row, err))
        return err->code == ERROR_NOT_FOUND;
    if (view_equal(row.document, dry_run->record.document))
        planner->baseline = (struct baseline_rule){row.baseline_run != 0, row.posted_ms};
    return true;
}

static bool find_record(struct job_run *run, struct dry_run *record, struct error *err)
{
    struct uuid integration, uuid;
    if (!uuid_parse(job_parameter(run, "integration"), &integration) ||
        !uuid_parse(job_parameter(run, "dry_run"), &uuid))
        return error_set(err, ERROR_INVALID, "the job does not name its dry run");
    return store_find_dry_run(
        run->surroundings->store, run->arena, run->job->organization, &integration, &uuid, record, err);
}

static bool run_dry(struct job_run *run, struct error *err)
{
    CLEANUP(dry_run_done) struct dry_run_job dry_run = {.run = run, .names = {on_repository}};
    struct store *store = run->surroundings->store;
    if (!find_record(run, &dry_run.record, err))
        return false;
    if (view_is(dry_run.record.status, "completed"))
        return true; /* an earlier attempt ended it, and its process died before the job was completed */
    map_init(&dry_run.seen, run->arena);
    dry_run_result_init(&dry_run.result, store, dry_run.record.id);
    if (!store_begin_dry_run(store, dry_run.record.id, err) ||
        !connection_open(run, job_parameter(run, "integration"), &dry_run.connection, err))
        return false;
    const struct integration *integration = &dry_run.connection.integration;
    planner_init(&dry_run.planner, store, run->job->organization, integration->id, false);
    if (!sync_open_scope(run, integration, false, &dry_run.scope, err) ||
        !import_policy_parse_text(run->arena, dry_run.record.document, &dry_run.planner.policy, err) ||
        !store_find_complete_listing(store, run->job->organization, integration->id, &dry_run.before, err) ||
        !choose_baseline(&dry_run, &integration->uuid, err) || !list_and_plan(&dry_run, err))
        return false;
    const struct plan_totals *totals = &dry_run.planner.totals;
    struct dry_run_end end = {
        .total = (int64_t)totals->processed,
        .summary = plan_summary(run->arena, totals),
        .keeps_deletions = dry_run.planner.is_listing_complete,
    };
    return store_finish_dry_run(store, dry_run.record.id, &end, err);
}

static void dry_run_failed(struct job_run *run, const struct error *why)
{
    struct error err;
    struct dry_run record;
    if (!find_record(run, &record, &err) || !store_finish_dry_run(run->surroundings->store, record.id,
                                                &(struct dry_run_end){.error = view_text(why->message)}, &err))
        LOG(LOG_ERROR, "could not record a failed dry run", {"job", view_text(run->job->uuid.text)},
            {"error", view_text(err.message)});
}

const struct job_kind job_dry_run = {"dry_run", run_dry, dry_run_failed};
