/* SPDX-License-Identifier: Apache-2.0 */
/* A vulnerability of a project: what the present images of its tag have of it together, over all their packages and platforms. */
#ifndef STORE_ISSUES_H
#define STORE_ISSUES_H

#include "base/uuid.h"
#include "store/images.h"

/* A package that has the vulnerability. */
struct issue_package {
    struct view name;
    struct view version;
    struct view *fixed_versions;
    size_t fixed_version_count;
    int64_t first_ms; /* when it was first found to have it; 0 = unknown */
};

struct issue_row {
    struct uuid uuid; /* the same as long as the project has the vulnerability */
    struct uuid project_uuid;
    struct view vulnerability;
    struct view summary;
    enum severity severity; /* the highest that a package gives it */
    bool is_fixable;
    int64_t first_ms; /* the earliest of its packages; 0 = unknown */
    int64_t last_ms; /* the latest of its packages; 0 = unknown */
    struct severity_rating *ratings;
    size_t rating_count;
    const struct vulnerability_facts *facts; /* NULL if no feed has any */
    struct issue_package *packages;
    size_t package_count;
    struct view cursor;
};

/* Filters that are not set let everything through; all of them together must be met. */
struct issue_query {
    struct page_request page;
    struct uuid project; /* empty text = all */
    struct owner_filter owners; /* of the project's repository */
    unsigned severities; /* set of 1 << SEVERITY_…, 0 = all */
    int64_t first_after_ms; /* 0 = whenever */
    int64_t first_before_ms;
    int64_t last_after_ms;
    int64_t last_before_ms;
};

/* Projects in the order of their keys, the issues of each by the vulnerability's name. One project is read at a time. */
bool store_list_issues(struct store *store, struct arena *arena, int64_t organization, const struct issue_query *query,
    struct issue_row **rows, size_t *count, bool *has_more, struct error *err) MUST_CHECK;

/* ERROR_NOT_FOUND, also for one that is resolved. */
bool store_find_issue(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct issue_row *row, struct error *err) MUST_CHECK;

#endif
