/* SPDX-License-Identifier: Apache-2.0 */
/* Results: scans that are committed, packages that are matched again when advisories change, and the generation of
   advisories that is current. A package is stored once and shared by all images; its findings belong to it. The counters
   of an image move in the transaction that changes what they count.

   Gaps that depend on the feeds (GAP_NO_FEED, GAP_FEED_RECORD) are not stored: they are derived on reading from the feeds
   that are current then. */
#ifndef STORE_RESULTS_H
#define STORE_RESULTS_H

#include "base/uuid.h"
#include "scan/scan.h"
#include "store/store.h"

/* What a scan job works on: one manifest or index of one repository. */
struct scan_task {
    int64_t organization;
    int64_t integration;
    int64_t repository;
    struct view repository_name;
    struct digest digest;
};

/* From the payload of a "scan" job; ERROR_NOT_FOUND if the integration is gone, ERROR_INVALID if it is no such payload. */
bool store_find_scan_task(struct store *store, struct arena *arena, int64_t organization, struct view payload,
    struct scan_task *task, struct error *err) MUST_CHECK;

/* The result for one image: the manifest itself, or one platform of the index. */
struct scan_result {
    const struct scan_task *task;
    struct digest manifest; /* of this image; equal to task->digest unless that is an index */
    struct platform platform; /* where unknown, the config's is taken */
    const struct scan_image *image; /* with findings */
    int64_t generation; /* that the findings were made with */
};

/* Commits image, access, inventory, packages, findings of packages that had none of this generation, gaps, counters and
   the links to all projects of the repository at task->digest. If `generation` is not the current one, a match of the
   packages that lag behind is queued. What another scan stored at the current generation is not overwritten by older. */
bool store_commit_scan(struct store *store, const struct scan_result *result, struct error *err) MUST_CHECK;

/* One image of the index (or the manifest itself) could not be scanned; `platform` may be empty. A success replaces it,
   it never replaces a success. */
struct scan_failure {
    const struct scan_task *task;
    struct digest manifest; /* equal to task->digest if nothing could be read */
    struct platform platform;
    struct view error;
};
bool store_commit_scan_failure(struct store *store, const struct scan_failure *failure, struct error *err) MUST_CHECK;

/* All images of the task have a result or a failure. `missing_platforms` children of the index are not in the registry.
   An index or manifest without any image becomes "not an image" with this artifact type. ERROR_CONFLICT if another tag of
   the digest was imported since the images were committed: scan again, which finds all layers cached. */
bool store_finish_scan(struct store *store, const struct scan_task *task, size_t missing_platforms,
    struct view artifact_type, struct error *err) MUST_CHECK;

/* Makes a generation of advisories current, with the state of its feeds; or, if it is current already, renews the feeds'
   states (after a check that found nothing new). Queues a "rematch" job if packages lag behind. ERROR_CONFLICT if a later
   one is current. */
bool store_set_generation(struct store *store, int64_t generation, const struct feed_state *feeds, size_t feed_count,
    struct error *err) MUST_CHECK;

/* 0 and no feeds as long as none was set. */
bool store_current_generation(struct store *store, struct arena *arena, int64_t *generation, struct feed_state **feeds,
    size_t *feed_count, struct error *err) MUST_CHECK;

/* The ecosystems of all stored packages, without release, sorted: "Alpine" "Debian" "npm". */
bool store_ecosystems(
    struct store *store, struct arena *arena, struct view **ecosystems, size_t *count, struct error *err) MUST_CHECK;

/* A package whose findings are older than the current generation. */
struct lagging_package {
    int64_t id;
    struct package package;
};

#define REMATCH_BATCH_MAX 10000

/* At most `limit` of them, 0 when all are up to date; `*generation` is the current one. */
bool store_lagging_packages(struct store *store, struct arena *arena, int limit, struct lagging_package **items,
    size_t *count, int64_t *generation, struct error *err) MUST_CHECK;

struct package_match {
    int64_t id;
    struct finding_list findings;
};

struct rematch_counts {
    size_t packages_changed;
    size_t findings_added;
    size_t findings_removed;
    size_t images_changed;
};

/* Stores what the match of these packages gave and moves the counters of all their images. ERROR_CONFLICT if `generation`
   is not current any more: match again. */
bool store_commit_rematch(struct store *store, int64_t generation, const struct package_match *matches, size_t count,
    struct rematch_counts *counts, struct error *err) MUST_CHECK;

#endif
