/* SPDX-License-Identifier: Apache-2.0 */
/* Import policies of integrations, what their evaluation needs (observed tags, baselines, projects, tombstones), and what it
   leaves behind. The evaluation itself is in sync/. */
#ifndef STORE_IMPORT_POLICIES_H
#define STORE_IMPORT_POLICIES_H

#include "store/integrations.h"
#include "sync/plan.h"

/* A deleted project can be restored for so long. */
#define PROJECT_RESTORE_MS (INT64_C(7) * 24 * 3600 * 1000)

struct import_policy_row {
    int64_t integration;
    struct uuid integration_uuid;
    struct view document; /* as import_policy_write gives it */
    struct view who; /* who saved it last */
    int64_t posted_ms; /* when it was made or replaced: its baseline counts from here */
    int64_t changed_ms;
    int64_t next_run_ms;
    int64_t baseline_run; /* the listing that the baseline was taken at; 0 = not yet taken */
    bool is_first_run; /* no run has finished since it was changed */
    int64_t held_run; /* whose deletions wait; 0 = none do */
    struct view held_listing; /* fingerprint of what that run listed */
    int64_t held_ms;
    int64_t approved_run; /* whose deletions a person approved; 0 = none */
};

struct import_policy_save {
    struct view document;
    int64_t schedule_ms;
    bool is_replacement; /* POST: takes a new baseline; PATCH keeps the old one */
    struct view who;
};

/* Saves the policy and queues its first run, at once. ERROR_NOT_FOUND if there is no such integration, or, unless it is a
   replacement, no policy to change. */
bool store_save_import_policy(struct store *store, int64_t organization, const struct uuid *integration,
    const struct import_policy_save *save, struct error *err) MUST_CHECK;

/* ERROR_NOT_FOUND if there is no such integration or it has no policy. */
bool store_find_import_policy(struct store *store, struct arena *arena, int64_t organization,
    const struct uuid *integration, struct import_policy_row *row, struct error *err) MUST_CHECK;

/* Projects, tombstones and observation times stay. ERROR_NOT_FOUND as above. */
bool store_delete_import_policy(struct store *store, int64_t organization, const struct uuid *integration,
    struct view who, struct error *err) MUST_CHECK;

/* Queues a sync for each policy whose time has come and that has none unfinished, and sets its next time. `*count` were
   queued. */
bool store_queue_due_syncs(struct store *store, size_t *count, struct error *err) MUST_CHECK;

/* A person lets the held deletions of this run happen: the next run does them. ERROR_CONFLICT if the run holds none. */
bool store_approve_deletions(
    struct store *store, int64_t organization, const struct uuid *run, struct view who, struct error *err) MUST_CHECK;

/* The last listing that was complete. */
struct complete_listing {
    int64_t first_run; /* 0 = there was none */
    int64_t last_run;
    int64_t tags;
};
bool store_find_complete_listing(struct store *store, int64_t organization, int64_t integration,
    struct complete_listing *listing, struct error *err) MUST_CHECK;

/* What is there now, except what was pushed after the policy was posted, is the policy's baseline. Once for each policy. */
bool store_take_baseline(
    struct store *store, int64_t organization, int64_t integration, int64_t run, struct error *err) MUST_CHECK;

/* The repository of that name; 0 if it was never listed. */
bool store_find_repository(struct store *store, int64_t organization, int64_t integration, struct view name,
    int64_t *repository, struct error *err) MUST_CHECK;

/* Repositories of an integration in the order of their names. */
struct repository_row {
    int64_t id;
    struct view name;
    int64_t listed_run; /* the last that listed it to its end; 0 = none */
};
#define REPOSITORY_PAGE_SIZE 256
bool store_list_repositories(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    struct view after, struct repository_row **items, size_t *count, struct error *err) MUST_CHECK;

/* A repository as the evaluation sees it. */
struct repository_state {
    struct observed_tag *tags; /* those of its last listing */
    size_t tag_count;
    struct plan_project *projects; /* that are not deleted */
    size_t project_count;
    struct project_marks {
        bool is_gone;
        bool is_out_of_policy;
    } * marks; /* one for each project */
    struct view *tombstones;
    size_t tombstone_count;
};

/* Which tags are baseline: those of the stored baseline, or, for a policy that is not saved or has no baseline yet, all that
   were not pushed after `posted_ms`. */
struct baseline_rule {
    bool is_stored;
    int64_t posted_ms;
};
bool store_read_repository(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    int64_t repository, const struct baseline_rule *rule, struct repository_state *state, struct error *err) MUST_CHECK;

/* Projects of an integration that are not deleted. */
bool store_count_projects(
    struct store *store, int64_t organization, int64_t integration, int64_t *count, struct error *err) MUST_CHECK;

/* What a run does to projects of one repository, in one transaction; each change is written to the run's journal. */
struct project_change {
    struct view tag;
    enum { PROJECT_DELETE, PROJECT_MARK } kind;
    struct project_marks marks; /* PROJECT_MARK: from now on */
    const char *reason; /* what happens, for the journal: "deleted" */
    const char *why; /* for the journal: a reason of the plan or of the selection; NULL = none is needed */
};
bool store_change_projects(struct store *store, int64_t organization, int64_t run, int64_t repository,
    const struct project_change *changes, size_t count, struct error *err) MUST_CHECK;

/* Dry runs: results are kept for so long. */
#define DRY_RUN_KEEP_MS (INT64_C(7) * 24 * 3600 * 1000)

struct dry_run {
    int64_t id;
    struct uuid uuid;
    struct uuid integration_uuid;
    struct view document;
    struct view status; /* "pending" "running" "completed" "failed" */
    struct view error;
    struct view summary; /* one line for people: how many were selected, and why the others were not */
    int64_t created_ms;
    int64_t started_ms;
    int64_t completed_ms;
    int64_t total; /* images looked at */
};
enum dry_run_part { DRY_RUN_IMPORT, DRY_RUN_DELETE, DRY_RUN_PART_COUNT };

struct dry_run_new {
    struct view document;
    struct view who; /* for the audit trail */
};

/* ERROR_CONFLICT while another one of the integration is unfinished. */
bool store_new_dry_run(struct store *store, struct arena *arena, int64_t organization, const struct uuid *integration,
    const struct dry_run_new *given, struct dry_run *made, struct error *err) MUST_CHECK;
bool store_find_dry_run(struct store *store, struct arena *arena, int64_t organization, const struct uuid *integration,
    const struct uuid *uuid, struct dry_run *run, struct error *err) MUST_CHECK;
bool store_begin_dry_run(
    struct store *store, int64_t id, struct error *err) MUST_CHECK; /* forgets chunks of an earlier attempt */
bool store_add_dry_run_chunk(struct store *store, int64_t id, enum dry_run_part part, int64_t position,
    struct view content, struct error *err) MUST_CHECK;
/* Completed, or failed if `error` is not empty. `keeps_deletions` false forgets what was to be deleted: the listing turned
   out to be incomplete. */
struct dry_run_end {
    int64_t total;
    struct view summary;
    bool keeps_deletions;
    struct view error;
};
bool store_finish_dry_run(struct store *store, int64_t id, const struct dry_run_end *end, struct error *err) MUST_CHECK;
/* All repositories of a part as items of the array that the writer is in, in the form of plan_chunk_write. ERROR_LIMIT if they
   are more than its buffer takes. */
bool store_write_dry_run_part(
    struct store *store, int64_t id, enum dry_run_part part, struct json_writer *writer, struct error *err) MUST_CHECK;

#endif
