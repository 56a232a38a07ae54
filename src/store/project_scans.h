/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up the tags of single projects: by each project's own frequency, or when somebody asks. The due projects of a registry are
   looked up together, by a job that is recorded as a sync run of kind "projects". When a tag was last looked up counts from
   whatever did it. */
#ifndef STORE_PROJECT_SCANS_H
#define STORE_PROJECT_SCANS_H

#include "base/uuid.h"
#include "store/registry_scans.h"

#define PROJECT_SCAN "project_scan" /* the kind of job */

/* Between two looks at the due projects of one registry, however the first one went. */
#define PROJECT_SCANS_APART_MS (INT64_C(3600) * 1000)

/* After a tag that could not be read, whatever its frequency. */
#define PROJECT_POSTPONED_MS (INT64_C(24) * 3600 * 1000)

/* By a person, at once; `*run` is the job's and will be the run's, or that of one that waits already. ERROR_NOT_FOUND, and
   ERROR_CONFLICT if it has no tag to look up: it is inactive, stands for a digest, or its registry is not connected any more. */
bool store_start_project_scan(struct store *store, int64_t organization, const struct uuid *project, struct view who,
    struct uuid *run, struct error *err) MUST_CHECK;

/* Queues a job for each integration with due projects, unless one looks at it already: then they come after it. */
bool store_queue_due_project_scans(struct store *store, size_t *count, struct error *err) MUST_CHECK;

/* As store_begin_sync. Such a run does not count as the integration's last, and goes beside one that lists the registry. */
bool store_begin_project_scan(struct store *store, int64_t organization, int64_t integration, struct view who,
    const struct uuid *job, int64_t *run, struct error *err) MUST_CHECK;

/* The due ones of the integration, the longest due first, at most PROJECT_TAGS_PAGE; with `only` that one, due or not, if it is
   there and active. */
bool store_due_projects(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    const struct uuid *only, struct project_tag **items, size_t *count, struct error *err) MUST_CHECK;

/* That the tags of these projects were looked up now. */
bool store_note_looks(struct store *store, int64_t organization, const int64_t *projects, size_t count, enum look look,
    struct error *err) MUST_CHECK;

/* The same for the project of a tag, if it is at the digest that the tag names. */
bool store_note_look_at(struct store *store, int64_t organization, int64_t integration, struct view repository,
    struct view tag, const struct digest *digest, enum look look, struct error *err) MUST_CHECK;

/* Their turn comes after PROJECT_POSTPONED_MS. */
bool store_postpone_projects(
    struct store *store, int64_t organization, const int64_t *projects, size_t count, struct error *err) MUST_CHECK;

#endif
