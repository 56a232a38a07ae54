/* SPDX-License-Identifier: Apache-2.0 */
/* Scans of whole registries: a run that lists the registry again and looks every project's tag up, whatever caps and import
   policies say about new tags. By a schedule of the integration, or when somebody asks. */
#ifndef STORE_REGISTRY_SCANS_H
#define STORE_REGISTRY_SCANS_H

#include "base/uuid.h"
#include "store/integrations.h"

/* Where neither integration nor import policy says otherwise. */
#define SCAN_AGE_DAYS_DEFAULT 90
#define SCAN_TAGS_DEFAULT 5
#define SCAN_REPOSITORIES_DEFAULT 500

/* By a person; `*run` is the job's and will be the run's. ERROR_NOT_FOUND, and ERROR_CONFLICT while a run is unfinished. */
bool store_start_registry_scan(struct store *store, int64_t organization, const struct uuid *integration,
    struct view who, struct uuid *run, struct error *err) MUST_CHECK;

/* Queues the scans whose time has come, unless a run of the integration is unfinished: then they come after it. */
bool store_queue_due_scans(struct store *store, size_t *count, struct error *err) MUST_CHECK;

/* That a run is a scan. */
bool store_note_registry_scan(struct store *store, int64_t organization, int64_t run, struct error *err) MUST_CHECK;

/* The tags of a repository that projects stand for: those that are there and active. */
bool store_project_tags(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    struct view repository, struct view **tags, size_t *count, struct error *err) MUST_CHECK;

/* A project whose tag a run has to look at. */
struct project_tag {
    int64_t id;
    struct view repository;
    struct view tag;
    struct digest digest; /* that it is at; unset = none yet */
    struct digest observed; /* that its tag was listed at; unset = the run did not list its repository */
};
#define PROJECT_TAGS_PAGE 200

/* Of the integration, by id after `after`: those whose tag was listed at another digest than their own, and those whose
   repository `run` did not list; at most PROJECT_TAGS_PAGE. */
bool store_unlisted_projects(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    int64_t run, int64_t after, struct project_tag **items, size_t *count, struct error *err) MUST_CHECK;

#endif
