/* SPDX-License-Identifier: Apache-2.0 */
/* Observing a registry: its repositories are listed one after the other and their tags recorded, by a few lanes at a time
   which share one bound on requests. Nothing of the registry is held in memory as a whole. A run that was interrupted goes
   on where it stopped: repositories that it recorded to their end are not listed again. What becomes of a recorded
   repository (imports) is the visitor's business. */
#ifndef JOB_CRAWL_H
#define JOB_CRAWL_H

#include "job/connection.h"
#include "job/scope.h"

/* A repository whose tags are recorded. Valid during the call. */
struct crawled {
    struct view repository;
    size_t tag_count; /* present, as recorded */
    bool is_complete; /* what is not among the tags is gone */
    bool is_fresh; /* listed now; else this run did it before it was interrupted */
    struct arena *arena;
    struct adapter *adapter; /* of this lane */
};

/* Called by several lanes at once. */
struct crawl_visitor {
    /* False ends the crawl with the error that it set. */
    bool (*recorded)(struct crawl_visitor *visitor, const struct crawled *crawled, struct error *err);

    /* A repository could not be read; the crawl goes on. */
    void (*unread)(struct crawl_visitor *visitor, struct view repository, const struct error *why);

    /* A repository was found. */
    void (*found)(struct crawl_visitor *visitor);
};

struct crawl_options {
    struct job_run *run;
    int64_t run_id;
    struct connection *connection; /* for the list of repositories */
    const struct scope *scope;
    int64_t repositories_max; /* 0 = all */
    int64_t newest_tags; /* of each repository; 0 = all */
    bool keeps_projects; /* tags of projects are recorded whatever their age and number */
    struct crawl_visitor *visitor;
};

struct crawl_result {
    bool is_complete; /* the list of repositories was */
    struct view reason; /* why not; in the run's arena */
};

bool crawl(const struct crawl_options *options, struct crawl_result *result, struct error *err) MUST_CHECK;

/* Errors that would meet every other repository as well end a crawl. */
bool crawl_ends_by(const struct error *err);

#endif
