/* SPDX-License-Identifier: Apache-2.0 */
/* Targets (repositories) and their projects (tags): lists with filters, what people set, and deleting, restoring and purging
   them. Making projects is importing (integrations.h). */
#ifndef STORE_PROJECTS_H
#define STORE_PROJECTS_H

#include "base/uuid.h"
#include "package/package.h"
#include "scan/scan.h"
#include "store/owners.h"
#include "store/store.h"

/* The team that owns a repository. */
struct owning_team {
    int64_t id; /* 0 = nobody's */
    struct view uuid; /* empty = nobody's */
    struct view name;
};

struct target_row {
    struct uuid uuid;
    struct owning_team team;
    struct view repository; /* full path without the host */
    struct view host;
    struct uuid integration_uuid;
    struct view integration_type;
    int64_t created_ms;
    int64_t projects; /* that are not deleted */
    struct view cursor;
};

/* Texts of one line each. */
struct view_list {
    const struct view *items;
    size_t count;
};

struct target_query {
    struct page_request page;
    bool has_empty; /* those without projects as well */
    struct view prefix; /* of the repository's name */
    struct view_list types; /* of integrations; none = all */
    struct owner_filter owners;
    int64_t created_from_ms; /* 0 = any age */
};

/* In the order of their making; `*total` counts all that the filters let through. */
bool store_list_targets(struct store *store, struct arena *arena, int64_t organization,
    const struct target_query *query, struct target_row **items, size_t *count, size_t *total, bool *has_more,
    struct error *err) MUST_CHECK;
bool store_find_target(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct target_row *target, struct error *err) MUST_CHECK;

/* Deletes all of its projects as store_delete_project does; the next import brings the target back. */
bool store_delete_target(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err) MUST_CHECK;

#define PROJECT_VALUES_MAX 50 /* tags of a project */
#define PROJECT_VALUE_BYTES_MAX 256

/* What people set. Lists have one value a line; tags are "key:value". */
struct project_settings {
    bool is_active; /* else it is left out of lists of images and counters, and a moved tag is not scanned */
    struct view frequency; /* "daily" "weekly" "never": when its tag is looked up by itself (project_scans.h) */
    struct view tags;
    struct view criticality;
    struct view environment;
    struct view lifecycle;
    struct uuid owner; /* a user; empty = nobody */
};

struct project_row {
    int64_t id;
    struct uuid uuid;
    struct uuid target_uuid;
    struct owning_team team;
    struct view repository;
    struct view tag;
    struct view host;
    struct uuid integration_uuid;
    struct view integration_name;
    struct view integration_type;
    struct view digest; /* of the manifest or index; empty = none yet */
    struct view platform; /* of its first image; empty = unknown */
    struct view distribution; /* id of its first image: "debian"; empty = unknown */
    struct uuid importer; /* who imported it by hand; empty = sync did, or a token */
    struct project_settings settings;
    int64_t created_ms;
    int64_t looked_ms; /* when its tag was last looked up; 0 = not yet */
    struct view looked_by; /* what did: look_name */
    int64_t next_look_ms; /* by its frequency; 0 = never */
    int64_t gone_ms; /* since when its tag is not in the registry; 0 = it is */
    int64_t out_of_policy_ms;
    int64_t deleted_ms;
    struct view deleted_by; /* "sync", or a user */
    struct view cursor;
};

/* The package manager of the image's distribution as the published shape names it: "deb" "apk" "rpm" "linux". */
const char *project_type(const struct project_row *project);

/* Distinct vulnerabilities over the images of all its platforms. */
struct project_counts {
    int64_t images;
    int64_t scanned_images;
    int64_t packages;
    int64_t vulnerabilities;
    int64_t by_severity[SEVERITY_COUNT];
    int64_t scanned_ms; /* the latest; 0 = never */
};

enum project_mark { PROJECT_MARK_ANY, PROJECT_MARK_NONE, PROJECT_MARK_GONE, PROJECT_MARK_OUT_OF_POLICY };

/* Filters of one kind are alternatives; all kinds must be met. Empty ones let everything through. */
struct project_query {
    struct page_request page;
    bool is_deleted; /* those that can be restored instead of those that are there */
    enum project_mark mark;
    int64_t integration;
    struct view tag;
    struct view_list targets; /* UUIDs */
    struct view_list ids; /* UUIDs */
    struct view_list names; /* "repository:tag" */
    struct view_list prefixes; /* of names */
    struct view_list origins; /* types of integrations */
    struct view_list types;
    struct view_list tags; /* "key:value" */
    struct view_list criticality;
    struct view_list environment;
    struct view_list lifecycle;
    struct view_list importers; /* UUIDs */
    struct owner_filter owners;
};

/* In the order of their making. */
bool store_list_projects(struct store *store, struct arena *arena, int64_t organization,
    const struct project_query *query, struct project_row **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

/* All that the filters let through, whatever the page. */
bool store_count_matching_projects(struct store *store, int64_t organization, const struct project_query *query,
    int64_t *total, struct error *err) MUST_CHECK;

/* One that is not deleted; ERROR_NOT_FOUND. */
bool store_find_project(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct project_row *project, struct error *err) MUST_CHECK;

bool store_count_project(struct store *store, int64_t organization, const struct project_row *project,
    struct project_counts *counts, struct error *err) MUST_CHECK;

/* ERROR_NOT_FOUND; ERROR_INVALID if the owner is no user of the organization. */
bool store_edit_project(struct store *store, int64_t organization, const struct uuid *uuid,
    const struct project_settings *settings, struct view who, struct error *err) MUST_CHECK;

/* A user deletes it: it leaves a tombstone, so that no sync brings it back. */
bool store_delete_project(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err) MUST_CHECK;

/* Brings back what a user or sync deleted within PROJECT_RESTORE_MS, with its history, and clears the tombstone. What a
   person restored, sync does not delete again. ERROR_NOT_FOUND. */
bool store_restore_project(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err) MUST_CHECK;

/* Deletes for good what can no longer be restored. Tombstones stay. */
bool store_purge_projects(struct store *store, struct error *err) MUST_CHECK;

#endif
