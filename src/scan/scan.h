/* SPDX-License-Identifier: Apache-2.0 */
/* One image from bytes to verdict: layer records (cached) → inventory → findings → verdict. Used by `tidewaiter scan` and
   by the server's scan job alike. One thread per scan; the sandbox, cache and lookup are shared. */
#ifndef SCAN_SCAN_H
#define SCAN_SCAN_H

#include "base/cancel.h"
#include "base/clock.h"
#include "finding/accepted_risk.h"
#include "image/blob_source.h"
#include "policy/evaluate.h"
#include "sandbox/sandbox.h"
#include "scan/cache.h"
#include "scan/inventory.h"

/* Told while a scan runs, for progress on a terminal; may be NULL. Calls come from the scanning thread. */
struct scan_progress {
    void (*layer)(
        struct scan_progress *progress, size_t index, size_t count, const struct descriptor *layer, bool is_cached);
    void (*bytes)(struct scan_progress *progress, uint64_t bytes); /* compressed bytes read since the last call */
};

/* Whether the inventory has what lock files list. In an image what is installed counts: lock files there are often left over
   from a build. A directory may be a source tree, which has nothing else. */
enum lock_files { LOCK_FILES_AUTO, LOCK_FILES_YES, LOCK_FILES_NO }; /* AUTO: of directories, not of images */

struct scan_context {
    struct sandbox *sandbox;
    struct layer_cache *cache; /* NULL: keep nothing */
    struct scan_progress *progress;
    const struct cancel *cancel;
    enum lock_files lock_files;
    int64_t layer_deadline_ms; /* a layer that takes longer is a gap; 0 = 10 minutes */
    const char *spool_folder; /* where a large layer record lies while it is made; NULL: in memory */
};

/* A feed as far as verdicts need it. */
struct feed_state {
    struct view name; /* "osv/Debian" */
    struct view ecosystem; /* "Debian" */
    struct view *releases; /* all complete ecosystems that occur in it: "Debian:12" */
    size_t release_count;
    uint64_t records;
    uint64_t gap_count; /* records that could not be used */
    int64_t date_ms; /* newest `modified` in it */
    int64_t checked_ms; /* last successful check */
    bool is_remote; /* age counts from the check, else from the date */
    bool is_complete;
    bool is_demo; /* the built-in set: counts are "at least" */
    struct view alarm; /* why a newer one was refused; empty: the last one was good */
    int64_t alarm_ms; /* since when */
};

enum suppression_kind {
    SUPPRESSION_OWNED, /* a language package inside a package of the distribution, whose advisories speak of that */
    SUPPRESSION_VEX, /* a VEX document says that it is not affected, or fixed */
    SUPPRESSION_KIND_COUNT
};
const char *suppression_kind_name(enum suppression_kind kind); /* "owned" "vex" */

/* A finding of a package that does not count in this image. */
struct suppression {
    enum suppression_kind kind;
    size_t package; /* index in the inventory */
    struct finding finding;
    struct view reason; /* for people */
};

struct scan_image {
    struct image_choice choice;
    struct image_config config;
    struct inventory inventory;
    struct finding_list *findings; /* one list per inventory package, in the same order */
    struct suppression *suppressions; /* findings that are in none of these lists, in the order of packages */
    size_t suppression_count;
    const struct vex_outcome *vex; /* scan/vex.h; NULL if no document was applied */
    const struct accepted_risk *accepted; /* the image as a whole is; NULL: it is not */
    struct view *accepted_rules; /* ruleTypes of policies whose violations are accepted */
    size_t accepted_rule_count;
    bool knows_use; /* somebody reports what is running: only a server knows */
    bool is_in_use; /* it was reported as running */
    size_t expired_risk_count; /* accepted risks that were given, but count no more */
    size_t layers_fetched;
    size_t layers_cached;
};

/* Fetches what the cache lacks, parses it in the sandbox and merges. Fails only if the manifest or config cannot be had, or
   on cancel; a layer that cannot be read is a gap. Everything lives in the arena. */
bool scan_inventory(const struct scan_context *context, struct blob_source *source, struct arena *arena,
    const struct image_choice *choice, struct scan_image *image, struct error *err) MUST_CHECK;

/* The same for a directory tree, as one layer; never cached. */
bool scan_directory(const struct scan_context *context, const char *directory, struct arena *arena,
    struct scan_image *image, struct error *err) MUST_CHECK;

/* Adds the findings. Packages that no advisory source covers become gaps (one per ecosystem, not one per package); they are
   not looked up, so `lookup` may be NULL if there is no feed. */
bool scan_match(const struct lookup *lookup, const struct feed_state *feeds, size_t feed_count, struct arena *arena,
    int64_t now_ms, struct scan_image *image, struct error *err) MUST_CHECK;

/* Adds a gap for each ecosystem of the inventory's packages that no feed covers, or covers without its release, or whose
   release gets no updates any more; and for packages that no advisory can cover. */
void scan_cover_gaps(
    struct arena *arena, const struct feed_state *feeds, size_t count, int64_t now_ms, struct inventory *inventory);

/* Adds the gap of an index of which so many manifests are not in the registry; none for 0. */
void scan_add_missing_platforms(struct arena *arena, int64_t count, struct gap_list *gaps);

/* Whether the feed covers a package of the image. */
bool scan_uses_feed(const struct scan_image *image, const struct feed_state *feed);

/* Whether some feed covers this ecosystem, so that its packages can be looked up. */
bool scan_is_covered(const struct feed_state *feeds, size_t feed_count, struct view ecosystem);

enum verdict { VERDICT_PASSED, VERDICT_FAILED, VERDICT_COULD_NOT_TELL, VERDICT_COUNT };
const char *verdict_name(enum verdict verdict); /* "passed" "failed" "could-not-tell" */

struct gate {
    bool has_threshold; /* --fail-on; without it the answer is passed or could not tell */
    enum severity fail_on;
    int64_t feed_age_max_ms; /* default 7 days */
    bool allow_stale;
    bool allow_gaps;
    bool fails_on_unattributed; /* --fail-on-unattributed */
    bool unknown_severity_is_set; /* --unknown-severity pass|fail */
    bool unknown_severity_fails;
    bool only_fixed; /* --only-fixed: findings with a fixed version alone count */
    bool only_new; /* --new-since: findings that are not `is_known` alone count */
    const struct vulnerability_policy *const *policies;
    size_t policy_count;
};

struct verdict_result {
    enum verdict verdict;
    struct view *reasons; /* at least one unless passed */
    size_t reason_count;
    const struct evaluation *evaluation; /* NULL: no policy was asked */
};

/* A gate never passes on nothing (exit status 0, 1, 2 = the enum's values). */
void scan_verdict(const struct scan_image *image, const struct feed_state *feeds, size_t feed_count,
    const struct gate *gate, int64_t now_ms, struct arena *arena, struct verdict_result *result);

/* The sandbox tasks of scanning, for the table of tasks: a tar blob, a directory stream, and the files of a database that has
   several. */
extern const struct sandbox_task layer_task;
extern const struct sandbox_task tree_task;
extern const struct sandbox_task together_task;

#endif
