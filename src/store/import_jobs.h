/* SPDX-License-Identifier: Apache-2.0 */
/* Imports that a person asked for: a list of images of one integration, each with its own result. */
#ifndef STORE_IMPORT_JOBS_H
#define STORE_IMPORT_JOBS_H

#include "base/uuid.h"
#include "store/owners.h"
#include "store/store.h"

#define IMPORT_JOB_ITEMS_MAX 1000
#define IMPORT_JOB_NAME_BYTES_MAX 512

/* Import jobs are kept for so long. */
#define IMPORT_JOB_KEPT_MS (INT64_C(30) * 24 * 3600 * 1000)

struct import_item {
    int64_t position;
    struct view name; /* as asked for: "repository:tag", or "repository" for all of its tags */
    struct view status; /* "pending" "imported" "failed" */
    struct view message; /* why it failed, or what to know beside the result */
    int64_t imported; /* tags */
    struct uuid project; /* of the only tag; empty if there are several or none */
    int64_t team; /* that owns the repository; 0 = nobody */
};

/* "repository:tag" or "repository", with the registry's own host before it if somebody copied that as well. False if it is
   neither. */
bool import_name_split(struct view host, struct view name, struct view *repository, struct view *tag);

struct import_job {
    int64_t id;
    struct uuid uuid;
    struct uuid integration_uuid;
    struct view integration_name;
    struct view who;
    struct view importer; /* UUID of a user; empty = a token */
    struct view state; /* "pending" "complete" "failed" */
    struct view error;
    int64_t created_ms;
    int64_t finished_ms; /* 0 = not yet */
    int64_t total; /* items */
    int64_t failed; /* of them */
    struct view cursor;
};

struct import_job_new {
    const struct uuid *integration;
    const struct view *names;
    size_t count;
    struct view who;
    struct view importer;
};

/* Queues the work in the same transaction. ERROR_NOT_FOUND if there is no such integration, ERROR_LIMIT above
   IMPORT_JOB_ITEMS_MAX names. */
bool store_new_import_job(struct store *store, int64_t organization, const struct import_job_new *given,
    struct uuid *uuid, struct error *err) MUST_CHECK;

bool store_find_import_job(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct import_job *job, struct error *err) MUST_CHECK;

/* With an image that passes the owners; those alone are counted. Newest first. */
struct import_job_query {
    struct page_request page;
    struct owner_filter owners;
};
bool store_list_import_jobs(struct store *store, struct arena *arena, int64_t organization,
    const struct import_job_query *query, struct import_job **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

/* All of them, in the order in which they were given. */
bool store_list_import_items(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct import_item **items, size_t *count, struct error *err) MUST_CHECK;

/* The result of one item, from the job that does the work. */
bool store_end_import_item(
    struct store *store, int64_t import_job, const struct import_item *item, struct error *err) MUST_CHECK;

/* With an empty `error` the job is complete, whatever its items are; else it failed, with what is left of it. */
bool store_end_import_job(struct store *store, int64_t import_job, struct view error, struct error *err) MUST_CHECK;

/* Why an attempt failed that is made again: shown with the job while it is pending. */
bool store_note_import_job(struct store *store, int64_t import_job, struct view error, struct error *err) MUST_CHECK;

bool store_prune_import_jobs(struct store *store, struct error *err) MUST_CHECK;

#endif
