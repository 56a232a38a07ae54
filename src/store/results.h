/* SPDX-License-Identifier: Apache-2.0 */
/* Results: scans that are committed, packages that are matched again when advisories change, and the generation of
   advisories that is current. A package is stored once and shared by all images; its findings belong to it. The counters
   of an image move in the transaction that changes what they count.

   Gaps that depend on the feeds (GAP_NO_FEED, GAP_FEED_RECORD) are not stored: they are derived on reading from the feeds
   that are current then. */
#ifndef STORE_RESULTS_H
#define STORE_RESULTS_H

#include "base/uuid.h"
#include "index/index.h"
#include "scan/extent.h"
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
    struct scan_extent extent; /* each is an image of its own */
};

/* Commits image, access, inventory, packages, findings of packages that are new or lag behind, gaps, counters and
   the links to all projects of the repository at task->digest. If `generation` is not the current one, a match of exactly
   the packages that came with this scan is queued; what others stored is not overwritten by older findings. */
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

/* Which generation of advisories is current. */
struct generation_state {
    int64_t number; /* 0 = none yet */
    struct digest digest; /* of the index's list; empty for advisories without an index */
    int64_t matcher; /* MATCHER_VERSION of the program that made it current */
};
bool store_read_generation(struct store *store, struct generation_state *state, struct error *err) MUST_CHECK;

struct generation_new {
    int64_t number; /* from 1 */
    struct digest digest;
    const struct feed_state *feeds;
    size_t feed_count;
    const struct index_delta *delta; /* what changed since `since`; NULL: nobody knows, so everything may have */
    struct generation_state since; /* the current generation when `delta` was asked for */
};

/* Makes a generation of advisories current, with the state of its feeds; or, if it is current already, renews the feeds'
   states (after a check that found nothing new). Marks the packages and vulnerabilities that the delta names as lagging
   behind, or all of them without a delta or when the matcher's rules changed, and queues a "rematch" job if there are any. ERROR_CONFLICT if a
   later generation is current. */
bool store_set_generation(struct store *store, const struct generation_new *given, struct error *err) MUST_CHECK;

/* 0 and no feeds as long as none was set. */
bool store_current_generation(struct store *store, struct arena *arena, int64_t *generation, struct feed_state **feeds,
    size_t *feed_count, struct error *err) MUST_CHECK;

/* The ecosystems of all stored packages, without release, sorted: "Alpine" "Debian" "npm". */
bool store_ecosystems(
    struct store *store, struct arena *arena, struct view **ecosystems, size_t *count, struct error *err) MUST_CHECK;

/* Why something lags behind. The first import of a feed and other rules of the matcher say nothing new of the images: what they
   change is told in one event each, not one by one. Of several causes the first that came counts. */
enum lag_cause { LAG_ADVISORY, LAG_FIRST_IMPORT, LAG_RULE, LAG_CAUSE_COUNT };

/* A package whose findings may be older than the current generation. */
struct lagging_package {
    int64_t id;
    enum lag_cause cause;
    struct package package;
    const struct package *owner; /* that its files belong to in the images that hold it; NULL if to none */
    int64_t fingerprint; /* of the answer that is stored; 0 = another has to be given in full */
};

#define REMATCH_BATCH_MAX 10000

/* At most `limit` of them by rising keys from after `after` on (0 = all), 0 when all are up to date; `*generation` is the current
   one. */
bool store_lagging_packages(struct store *store, struct arena *arena, int64_t after, int limit,
    struct lagging_package **items, size_t *count, int64_t *generation, struct error *err) MUST_CHECK;

/* A vulnerability of which the feeds about vulnerabilities may say something else now. */
struct lagging_vulnerability {
    int64_t id;
    struct view name;
};

/* As store_lagging_packages, from the first one on. */
bool store_lagging_vulnerabilities(struct store *store, struct arena *arena, int limit,
    struct lagging_vulnerability **items, size_t *count, int64_t *generation, struct error *err) MUST_CHECK;

struct rematch_counts {
    size_t packages_changed;
    size_t findings_added;
    size_t findings_removed;
    size_t images_changed;
};

struct vulnerability_answer {
    int64_t id;
    const struct vulnerability_facts *facts; /* NULL = no feed knows it */
};

/* Stores what the feeds say of these vulnerabilities and moves the counters of the images that have one that came to be, or
   ceased to be, known as exploited. ERROR_CONFLICT if `generation` is not current any more: ask again. */
bool store_commit_facts(struct store *store, int64_t generation, const struct vulnerability_answer *answers,
    size_t count, struct rematch_counts *counts, struct error *err) MUST_CHECK;

/* What matching a package gave. */
struct package_answer {
    struct finding_list findings;
    struct finding_list suppressed; /* that do not count because of what is said of the owner */
};

/* Of everything that is stored of the answer; never 0. */
int64_t package_answer_fingerprint(const struct package_answer *answer);

struct package_match {
    int64_t id;
    const struct package_answer *answer; /* NULL: `fingerprint` is the stored one */
    int64_t fingerprint;
};

/* Stores what the match of these packages, by rising keys, gave and moves the counters of all their images. Where the answer is
   the stored one nothing but that is noted. ERROR_CONFLICT if `generation` is not current any more: match again. */
bool store_commit_rematch(struct store *store, int64_t generation, const struct package_match *matches, size_t count,
    struct rematch_counts *counts, struct error *err) MUST_CHECK;

#endif
